import { z } from 'zod';
import {
  type GraphReader,
  isGuid,
  type Json,
  type PlanDraft,
  path,
  type Target,
  ToolError,
} from '../../contract/index.ts';
import { readSubject, type Subject } from '../subjects.ts';

/** One object that a plan touches or names, as the server read it. */
export interface TouchedObject {
  readonly subject: Subject;
  /** `reference`: it is named in what is sent and not changed itself, as a new member, manager or owner. */
  readonly touch: Target['touch'] | 'reference';
}

/** Everything that policies are asked about, of one plan. */
export interface Touched {
  /** Targets and references; empty for a creation. */
  readonly objects: readonly TouchedObject[];
  /** Object ids of all users that are touched or named, those in lists too. */
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  /** How many people it is about: its users; where it names groups alone, who is in them. */
  readonly people: number;
  /** Something that it names could not be read, or is neither user nor group. */
  readonly isUnread: boolean;
  /** Its lists hold something that gives power over the directory. */
  readonly takesPrivilege: boolean;
}

/** More than any limit: where it cannot be counted, how many people are in a group. */
const uncounted = 1_000_000_000;

/** Reads what a plan names beside its targets, which `subjects` are. */
export async function readTouched(
  draft: PlanDraft<Json>,
  subjects: readonly Subject[],
  graph: GraphReader,
): Promise<Touched> {
  const targetIds = new Set(subjects.map(({ judged }) => judged.id));
  const others = [...new Set(draft.references ?? [])].filter((id) => !targetIds.has(id));
  const references = await Promise.all(others.map((id) => readReference(id, graph)));
  const objects = [
    ...subjects.map((subject): TouchedObject => ({ subject, touch: subject.judged.touch })),
    ...references.flatMap((subject): TouchedObject[] =>
      subject === undefined ? [] : [{ subject, touch: 'reference' }],
    ),
  ];
  const listed = (draft.observations ?? []).flatMap(({ items }) => items.filter(({ kept }) => kept === undefined));
  const idsOf = (kind: 'user' | 'group') =>
    new Set([
      ...objects.filter(({ subject }) => (subject.judged.kind === 'group') === (kind === 'group')).map(idOf),
      ...listed.filter((item) => item.kind === kind).map(({ id }) => id),
    ]);
  const users = idsOf('user');
  const groups = idsOf('group');
  return {
    objects,
    users,
    groups,
    people: users.size > 0 ? users.size : await membersOf(groups, graph),
    isUnread: references.includes(undefined),
    takesPrivilege: listed.some(({ privileged }) => privileged === true),
  };
}

const idOf = ({ subject }: TouchedObject) => subject.judged.id;
const onlyId = z.object({ id: z.string() });

/** A user or a group that is named by its id alone; `undefined` for anything else, and for what cannot be read. */
async function readReference(id: string, graph: GraphReader): Promise<Subject | undefined> {
  if (!isGuid(id)) return undefined;
  try {
    if ((await graph.find(path`/users/${id}`, onlyId)) !== undefined)
      return await readSubject({ kind: 'user', id, touch: 'change' }, graph);
    if ((await graph.find(path`/groups/${id}`, onlyId)) === undefined) return undefined;
    return await readSubject({ kind: 'group', id, touch: 'change' }, graph);
  } catch (error) {
    if (error instanceof ToolError && (error.code === 'NOT_PERMITTED' || error.code === 'NOT_FOUND')) return undefined;
    throw error;
  }
}

async function membersOf(groups: ReadonlySet<string>, graph: GraphReader): Promise<number> {
  const counts = await Promise.all([...groups].map((id) => countMembers(id, graph)));
  return Math.min(
    uncounted,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

async function countMembers(groupId: string, graph: GraphReader): Promise<number> {
  try {
    const at = path`/groups/${groupId}/transitiveMembers/microsoft.graph.user`;
    // A cast needs the advanced form. [learn.microsoft.com/graph/api/group-list-transitivemembers]
    const { total } = await graph.page(at, onlyId, { advanced: true, top: 1 });
    return total ?? uncounted;
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_PERMITTED') return uncounted;
    throw error;
  }
}
