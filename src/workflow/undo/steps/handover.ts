import { z } from 'zod';
import { type BatchWrite, type GraphWriter, path } from '../../../contract/index.ts';
import type { OffboardingFacts } from '../../offboarding/facts.ts';
import { itemsOf } from '../../offboarding/section.ts';
import { attempted, outcomeAt, sent } from '../../offboarding/steps/acting.ts';
import { handoverData } from '../../offboarding/steps/handover.ts';
import type { Kept, Work, WorkOutcome } from '../../step.ts';
import type { Returner } from '../returner.ts';
import { type Taken, takenBy } from '../taken.ts';
import { changedSince, isGone, keep, todoOf, type UndoStep } from './returning.ts';

const mailboxNeeds = { permissions: ['MailboxSettings.ReadWrite'] };
const driveNeeds = { permissions: ['Files.ReadWrite.All'] };
const peopleNeeds = { permissions: ['User.ReadWrite.All'] };

/** Takes back what was handed over: automatic replies, the OneDrive, reports and guests. */
export function handover(taken: readonly Taken[], original: OffboardingFacts): UndoStep {
  const handed = takenBy(taken, 'handover');
  return {
    name: 'handover',
    title: 'Taken back from whoever it was handed to',
    lists: true,
    after: ['restore-account'],
    todo: (returner, _facts, past) =>
      todoOf(
        handed.map((one): Work | Kept | undefined => {
          const { kind } = handoverData.parse(one.work.data);
          if (kind === 'drive') return driveTodo(one, returner);
          if (kind === 'person') return personTodo(one, returner);
          const isBegun = past?.begun.some(({ id }) => id === one.work.id) === true;
          return repliesTodo(one, returner, original, isBegun);
        }),
      ),
    act: async (work, { graph }) => {
      const people = await movePeople(graph, work);
      const outcomes: WorkOutcome[] = [];
      for (const one of work) {
        const data = handoverData.parse(one.data);
        if (data.kind === 'autoReply') outcomes.push(await setReplies(graph, one));
        else if (data.kind === 'drive') outcomes.push(await unshare(graph, one));
        else outcomes.push(people.get(one.id) ?? outcomeAt([], 0));
      }
      return outcomes;
    },
  };
}

function repliesTodo(
  { work }: Taken,
  { leaver }: Returner,
  original: OffboardingFacts,
  isBegun: boolean,
): Work | Kept | undefined {
  const data = handoverData.parse(work.data);
  const [settings] = leaver === undefined ? [] : itemsOf(leaver.mailbox);
  const now = settings?.automaticRepliesSetting;
  const ours = original.autoReply?.internal ?? '';
  const isOurs = now?.status === 'alwaysEnabled' && now.internalReplyMessage?.includes(ours) === true;
  // A mailbox that went with its license shows again once the license is back.
  if (isOurs || (settings === undefined && !isBegun)) return work;
  const before = data.kind === 'autoReply' ? data.before?.status : undefined;
  return isBegun || settings === undefined || now?.status === before ? undefined : keep(work, changedSince);
}

/** The permission that was made, as it was noted then, or as it shows now. The drive is part of the id. */
function driveTodo({ work, note }: Taken, { leaver }: Returner): Work | undefined {
  const data = handoverData.parse(work.data);
  if (data.kind !== 'drive') return undefined;
  const [drive] = leaver === undefined ? [] : itemsOf(leaver.drive);
  const noted = /^permission (.+)$/.exec(note ?? '')?.[1];
  const permission = drive?.permissions.find(
    ({ id, grantedToV2 }) => id === noted || (noted === undefined && grantedToV2?.user?.id === data.successorId),
  );
  if (permission === undefined) return undefined;
  return { id: permission.id, name: work.name, data: { ...data, driveId: work.id } };
}

function personTodo({ work }: Taken, { people }: Returner): Work | Kept | undefined {
  const data = handoverData.parse(work.data);
  const now = people.get(work.id);
  if (data.kind !== 'person' || now === undefined) return keep(work, isGone);
  const { leaverId, managerId, sponsorId } = data;
  const report = managerId !== null && now.managerId !== leaverId;
  const sponsor = sponsorId !== null && !now.sponsorIds.has(leaverId);
  const isOther = report && now.managerId !== managerId;
  if (!report && !sponsor) return undefined;
  if (isOther && !sponsor) return keep(work, changedSince);
  return {
    ...work,
    data: { ...data, managerId: report && !isOther ? managerId : null, sponsorId: sponsor ? sponsorId : null },
  };
}

async function movePeople(graph: GraphWriter, work: readonly Work[]): Promise<ReadonlyMap<string, WorkOutcome>> {
  const people = work.flatMap(({ id, data }) => {
    const parsed = handoverData.parse(data);
    return parsed.kind === 'person' ? [{ id, ...parsed }] : [];
  });
  const given = people.flatMap(({ id, leaverId, managerId, sponsorId }): { id: string; write: BatchWrite }[] => [
    ...(managerId === null
      ? []
      : [{ id, write: { kind: 'setRef' as const, at: path`/users/${id}/manager`, target: path`/users/${leaverId}` } }]),
    ...(sponsorId === null
      ? []
      : [{ id, write: { kind: 'addRef' as const, at: path`/users/${id}/sponsors`, targetId: leaverId } }]),
  ]);
  const outcomes = new Map<string, WorkOutcome>(people.map(({ id }) => [id, { ok: true }]));
  const first = await sent(
    graph,
    given.map(({ write }) => write),
    peopleNeeds,
  );
  for (const [i, { id }] of given.entries()) {
    const outcome = outcomeAt(first, i);
    if (!outcome.ok) outcomes.set(id, outcome);
  }
  // Whoever was made a sponsor in the leaver's place stops being one; who was one before stays.
  const freed = people.filter(
    ({ id, sponsorId, sponsorWas }) => sponsorId !== null && !sponsorWas && outcomes.get(id)?.ok === true,
  );
  const second = await sent(
    graph,
    freed.map(
      ({ id, sponsorId }): BatchWrite => ({ kind: 'removeRef', at: path`/users/${id}/sponsors/${sponsorId ?? ''}` }),
    ),
    peopleNeeds,
  );
  for (const [i, { id }] of freed.entries()) {
    const outcome = outcomeAt(second, i);
    if (!outcome.ok) outcomes.set(id, outcome);
  }
  return outcomes;
}

const shareData = z.object({ driveId: z.string() });

function unshare(graph: GraphWriter, { id, data }: Work): Promise<WorkOutcome> {
  const { driveId } = shareData.parse(data);
  return attempted(graph.delete(path`/drives/${driveId}/root/permissions/${id}`), driveNeeds);
}

function setReplies(graph: GraphWriter, { id, data }: Work): Promise<WorkOutcome> {
  const parsed = handoverData.parse(data);
  const before = parsed.kind === 'autoReply' ? parsed.before : undefined;
  const automaticRepliesSetting = {
    status: before?.status ?? 'disabled',
    externalAudience: before?.externalAudience ?? 'none',
    internalReplyMessage: before?.internalReplyMessage ?? '',
    externalReplyMessage: before?.externalReplyMessage ?? '',
    ...(before?.scheduledStartDateTime == null ? {} : { scheduledStartDateTime: before.scheduledStartDateTime }),
    ...(before?.scheduledEndDateTime == null ? {} : { scheduledEndDateTime: before.scheduledEndDateTime }),
  };
  return attempted(graph.patch(path`/users/${id}/mailboxSettings`, { automaticRepliesSetting }), mailboxNeeds);
}
