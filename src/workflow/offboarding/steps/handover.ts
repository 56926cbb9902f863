import { z } from 'zod';
import { type BatchWrite, type GraphWriter, path } from '../../../contract/index.ts';
import type { Kept, Past, Todo, Work, WorkOutcome } from '../../step.ts';
import { heirOf, type OffboardingFacts } from '../facts.ts';
import { mailbox } from '../graph-objects.ts';
import type { Leaver } from '../leaver.ts';
import { itemsOf } from '../section.ts';
import { attempted, type OffboardingStep, outcomeAt, sent } from './acting.ts';

const mailboxNeeds = { permissions: ['MailboxSettings.ReadWrite'] };
const driveNeeds = { permissions: ['Files.ReadWrite.All'] };
const peopleNeeds = { permissions: ['User.ReadWrite.All'] };

/** What taking it back takes. */
export const handoverData = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('autoReply'), before: mailbox.shape.automaticRepliesSetting }),
  z.object({ kind: z.literal('drive'), successorId: z.string() }),
  z.object({
    kind: z.literal('person'),
    leaverId: z.string(),
    /** The new manager of a report; null where the person is none. */
    managerId: z.string().nullable(),
    /** The new sponsor; null where the leaver was none. */
    sponsorId: z.string().nullable(),
    /** The new sponsor was one already. */
    sponsorWas: z.boolean(),
  }),
]);
type HandoverData = z.output<typeof handoverData>;

/** Hands over what others need: mail is answered, files are reachable, reports and guests have someone. */
export const handover: OffboardingStep = {
  name: 'handover',
  title: 'Handed over',
  lists: true,
  needs: ({ data }) => {
    const { kind } = handoverData.parse(data);
    if (kind === 'autoReply') return mailboxNeeds.permissions;
    if (kind === 'drive') return [...driveNeeds.permissions, 'Sites.ReadWrite.All'];
    return [...peopleNeeds.permissions, 'Directory.ReadWrite.All'];
  },
  todo: (leaver, facts, past) => {
    const todos = [autoReplyTodo(leaver, facts, past), driveTodo(leaver, facts), peopleTodo(leaver, facts)];
    return {
      work: todos.flatMap(({ work }) => work),
      kept: [...todos.flatMap(({ kept = [] }) => kept), ...unreadParts(leaver)],
      partial: unreadParts(leaver).length > 0,
    };
  },
  act: async (work, { graph, facts }) => {
    const asked = work.map((one) => ({ ...one, data: handoverData.parse(one.data) }));
    const moved = await movePeople(graph, asked);
    const outcomes: WorkOutcome[] = [];
    for (const { id, data } of asked) {
      if (data.kind === 'autoReply') outcomes.push(await setReplies(graph, facts));
      else if (data.kind === 'drive') outcomes.push(await shareDrive(graph, id, data.successorId));
      else outcomes.push(moved.get(id) ?? outcomeAt([], 0));
    }
    return outcomes;
  },
};

function autoReplyTodo(
  { user, mailbox: section }: Leaver,
  { autoReply }: OffboardingFacts,
  past: Past | undefined,
): Todo {
  if (autoReply === undefined) return { work: [] };
  const keep = (reason: string): Todo => ({ work: [], kept: [{ id: user.id, name: 'Automatic replies', reason }] });
  if ('unread' in section) return keep(section.unread);
  const [settings] = section.items;
  if (settings === undefined) return keep('There is no mailbox in Exchange Online');
  const before = settings.automaticRepliesSetting;
  // Exchange may wrap a message in HTML, so that it does not read back as it was sent.
  const isSet =
    past?.begun.some(({ id }) => id === user.id) === true ||
    before?.internalReplyMessage?.includes(autoReply.internal) === true;
  if (before?.status === 'alwaysEnabled' && isSet) return { work: [] };
  return {
    work: [
      { id: user.id, name: 'Automatic replies', data: { kind: 'autoReply', before: z.json().parse(before ?? null) } },
    ],
  };
}

function driveTodo({ drive: section }: Leaver, { successor }: OffboardingFacts): Todo {
  if (successor === undefined || 'unread' in section) return { work: [] };
  const [drive] = section.items;
  if (drive === undefined) return { work: [] };
  const hasIt = drive.permissions.some(
    ({ roles, grantedToV2 }) =>
      grantedToV2?.user?.id === successor.id && roles?.some((role) => role !== 'read') === true,
  );
  if (hasIt) return { work: [] };
  const name = `OneDrive, to ${successor.userPrincipalName}`;
  return { work: [{ id: drive.id, name, data: { kind: 'drive', successorId: successor.id } }] };
}

/** One piece of work for each person: someone may both report to the leaver and be sponsored by them. */
function peopleTodo(leaver: Leaver, facts: OffboardingFacts): Todo {
  const { manager, user } = facts;
  const heir = heirOf(facts);
  const work = new Map<string, { name: string; data: Extract<HandoverData, { kind: 'person' }> }>();
  const kept: Kept[] = [];
  const plain = { kind: 'person' as const, leaverId: user.id, managerId: null, sponsorId: null, sponsorWas: false };
  for (const { id, displayName, userPrincipalName, onPremisesSyncEnabled } of itemsOf(leaver.reports)) {
    const name = displayName ?? userPrincipalName;
    const reason = whyKept(id, onPremisesSyncEnabled === true, manager?.id);
    if (reason !== undefined) kept.push({ id, name: `${name} (report)`, reason });
    else
      work.set(id, {
        name: `${name} (reports to ${manager?.userPrincipalName})`,
        data: { ...plain, managerId: manager?.id ?? null },
      });
  }
  for (const { id, displayName, userPrincipalName, sponsorIds } of itemsOf(leaver.sponsorOf)) {
    const name = displayName ?? userPrincipalName ?? id;
    if (heir === undefined || heir.id === id) {
      kept.push({
        id,
        name: `${name} (sponsored)`,
        reason: 'There is neither a successor nor a manager to sponsor them',
      });
      continue;
    }
    const known = work.get(id);
    const also = `sponsored by ${heir.userPrincipalName}`;
    work.set(id, {
      name: known === undefined ? `${name} (${also})` : `${known.name}, ${also}`,
      data: { ...(known?.data ?? plain), sponsorId: heir.id, sponsorWas: sponsorIds.includes(heir.id) },
    });
  }
  return {
    work: [...work].map(([id, one]): Work => ({ id, kind: 'user', ...one })),
    kept: kept.filter(({ id }) => !work.has(id)),
  };
}

function whyKept(id: string, isSynced: boolean, managerId: string | undefined): string | undefined {
  if (isSynced) return 'Synced from AD, where the manager is kept';
  if (managerId === undefined) return 'The leaver has no manager to report to instead';
  return id === managerId ? 'Nobody reports to themselves' : undefined;
}

function unreadParts({ reports, sponsorOf, drive }: Leaver): Kept[] {
  const parts = { reports, sponsorships: sponsorOf, OneDrive: drive };
  return Object.entries(parts).flatMap(([name, section]) =>
    'unread' in section ? [{ id: name, name, reason: section.unread }] : [],
  );
}

/** New managers and sponsors first; the leaver stops being a sponsor where another one is. */
async function movePeople(
  graph: GraphWriter,
  asked: readonly { readonly id: string; readonly data: HandoverData }[],
): Promise<ReadonlyMap<string, WorkOutcome>> {
  const people = asked.flatMap(({ id, data }) => (data.kind === 'person' ? [{ id, ...data }] : []));
  const given = people.flatMap(({ id, managerId, sponsorId, sponsorWas }): { id: string; write: BatchWrite }[] => [
    ...(managerId === null
      ? []
      : [
          { id, write: { kind: 'setRef' as const, at: path`/users/${id}/manager`, target: path`/users/${managerId}` } },
        ]),
    ...(sponsorId === null || sponsorWas
      ? []
      : [{ id, write: { kind: 'addRef' as const, at: path`/users/${id}/sponsors`, targetId: sponsorId } }]),
  ]);
  const outcomes = new Map<string, WorkOutcome>(people.map(({ id }) => [id, { ok: true }]));
  const note = (id: string, outcome: WorkOutcome) => {
    if (!outcome.ok) outcomes.set(id, outcome);
  };
  const first = await sent(
    graph,
    given.map(({ write }) => write),
    peopleNeeds,
  );
  for (const [index, { id }] of given.entries()) note(id, outcomeAt(first, index));
  const freed = people.filter(({ id, sponsorId }) => sponsorId !== null && outcomes.get(id)?.ok === true);
  const second = await sent(
    graph,
    freed.map(({ id, leaverId }) => ({ kind: 'removeRef', at: path`/users/${id}/sponsors/${leaverId}` })),
    peopleNeeds,
  );
  for (const [index, { id }] of freed.entries()) note(id, outcomeAt(second, index));
  return outcomes;
}

function setReplies(graph: GraphWriter, { user, autoReply }: OffboardingFacts): Promise<WorkOutcome> {
  const automaticRepliesSetting = {
    status: 'alwaysEnabled',
    externalAudience: autoReply?.external === undefined ? 'none' : 'all',
    internalReplyMessage: autoReply?.internal ?? '',
    externalReplyMessage: autoReply?.external ?? '',
  };
  return attempted(graph.patch(path`/users/${user.id}/mailboxSettings`, { automaticRepliesSetting }), mailboxNeeds);
}

const shared = z.object({ value: z.array(z.object({ id: z.string() })) });

/** The note names the permission that was made, for taking it back. */
async function shareDrive(graph: GraphWriter, driveId: string, objectId: string): Promise<WorkOutcome> {
  let note = '';
  const body = { recipients: [{ objectId }], roles: ['write'], requireSignIn: true, sendInvitation: false };
  const share = async () => {
    const { value } = await graph.post(path`/drives/${driveId}/root/invite`, body, shared);
    note = `permission ${value[0]?.id ?? ''}`;
  };
  const outcome = await attempted(share(), driveNeeds);
  return outcome.ok ? { ok: true, note } : outcome;
}
