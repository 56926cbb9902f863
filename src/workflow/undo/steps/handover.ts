import { z } from 'zod';
import { type BatchWrite, type GraphWriter, path } from '../../../contract/index.ts';
import type { OffboardingFacts } from '../../offboarding/facts.ts';
import { mailbox } from '../../offboarding/graph-objects.ts';
import { itemsOf } from '../../offboarding/section.ts';
import { attempted, outcomeAt, sent } from '../../offboarding/steps/acting.ts';
import { handoverData } from '../../offboarding/steps/handover.ts';
import type { Kept, Work, WorkOutcome } from '../../step.ts';
import type { Returner } from '../returner.ts';
import { type Taken, takenBy } from '../taken.ts';
import { changedSince, keep, seenAs, todoOf, type UndoStep } from './returning.ts';

const mailboxNeeds = { permissions: ['MailboxSettings.ReadWrite'] };
const driveNeeds = { permissions: ['Files.ReadWrite.All'] };
const peopleNeeds = { permissions: ['User.ReadWrite.All'] };

/** How a thing is taken back. */
const backData = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('autoReply'), before: mailbox.shape.automaticRepliesSetting }),
  z.object({ kind: z.literal('drive'), driveId: z.string() }),
  z.object({
    kind: z.literal('person'),
    leaverId: z.string(),
    /** Reports to the leaver again. */
    reports: z.boolean(),
    /** The leaver becomes a sponsor again. */
    sponsored: z.boolean(),
    /** Who was made a sponsor instead, and stops being one. */
    insteadId: z.string().nullable(),
  }),
]);

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
        const data = backData.parse(one.data);
        if (data.kind === 'autoReply') outcomes.push(await setReplies(graph, one.id, data.before));
        else if (data.kind === 'drive') outcomes.push(await unshare(graph, data.driveId, one.id));
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
  // The drive of a deleted account does not show; what was noted then is believed.
  const id = permission?.id ?? (leaver?.isDeleted === true ? noted : undefined);
  if (id === undefined) return undefined;
  return { id, name: work.name, data: { kind: 'drive', driveId: work.id } };
}

function personTodo({ work }: Taken, { people }: Returner): Work | Kept | undefined {
  const data = handoverData.parse(work.data);
  const seen = seenAs(people, work.id);
  if ('reason' in seen) return keep(work, seen.reason);
  if (data.kind !== 'person') return undefined;
  const { now } = seen;
  const { leaverId, managerId, sponsorId, sponsorWas } = data;
  const hasOther = managerId !== null && now.managerId !== leaverId && now.managerId !== managerId;
  const reports = managerId !== null && now.managerId === managerId;
  const sponsored = sponsorId !== null && !now.sponsorIds.has(leaverId);
  const insteadId = sponsorId !== null && !sponsorWas && now.sponsorIds.has(sponsorId) ? sponsorId : null;
  if (!reports && !sponsored && insteadId === null) return hasOther ? keep(work, changedSince) : undefined;
  const { id, name, kind } = work;
  return {
    id,
    name,
    ...(kind === undefined ? {} : { kind }),
    data: { kind: 'person', leaverId, reports, sponsored, insteadId },
  };
}

/** What is given back first, then what whoever had it instead loses. */
async function movePeople(graph: GraphWriter, work: readonly Work[]): Promise<ReadonlyMap<string, WorkOutcome>> {
  const people = work.flatMap(({ id, data }) => {
    const parsed = backData.parse(data);
    return parsed.kind === 'person' ? [{ id, ...parsed }] : [];
  });
  const outcomes = new Map<string, WorkOutcome>(people.map(({ id }) => [id, { ok: true }]));
  const send = async (writes: readonly { id: string; write: BatchWrite }[]) => {
    const each = await sent(
      graph,
      writes.map(({ write }) => write),
      peopleNeeds,
    );
    for (const [i, { id }] of writes.entries()) {
      const outcome = outcomeAt(each, i);
      if (!outcome.ok) outcomes.set(id, outcome);
    }
  };
  await send(
    people.flatMap(({ id, leaverId, reports, sponsored }): { id: string; write: BatchWrite }[] => [
      ...(reports
        ? [{ id, write: { kind: 'setRef' as const, at: path`/users/${id}/manager`, target: path`/users/${leaverId}` } }]
        : []),
      ...(sponsored
        ? [{ id, write: { kind: 'addRef' as const, at: path`/users/${id}/sponsors`, targetId: leaverId } }]
        : []),
    ]),
  );
  await send(
    people.flatMap(({ id, insteadId }): { id: string; write: BatchWrite }[] =>
      insteadId === null || outcomes.get(id)?.ok !== true
        ? []
        : [{ id, write: { kind: 'removeRef', at: path`/users/${id}/sponsors/${insteadId}` } }],
    ),
  );
  return outcomes;
}

function unshare(graph: GraphWriter, driveId: string, id: string): Promise<WorkOutcome> {
  return attempted(graph.delete(path`/drives/${driveId}/root/permissions/${id}`), driveNeeds);
}

type Replies = z.output<typeof mailbox>['automaticRepliesSetting'];

function setReplies(graph: GraphWriter, id: string, before: Replies): Promise<WorkOutcome> {
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
