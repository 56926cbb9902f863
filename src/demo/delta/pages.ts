import type { DirectoryObject } from '../directory-object.ts';
import { Group } from '../groups/groups.ts';
import { type Resource, render } from '../odata/resource.ts';
import { Person } from '../people/person.ts';
import type { Tenant } from '../tenant.ts';
import type { ObjectChange, Related } from './feed.ts';
import { pageSize, type Round } from './round.ts';
import { relatedTo } from './watch.ts';

/** A page of a round, and where the next one begins; undefined at the end of the round. */
export interface Page {
  readonly value: readonly Record<string, unknown>[];
  readonly next: Pick<Round, 'after' | 'afterMember'> | undefined;
}

/** How many members of one group fit on a page; a group with more stands on the next one again (GRAPH.md C5). */
const mostMembers = 200;

/** All objects in order, as they are now. */
export function initialPage(tenant: Tenant, round: Round, resource: Resource): Page {
  const value: Record<string, unknown>[] = [];
  let { after } = round;
  for (const object of objectsFrom(tenant, round)) {
    if (value.length === pageSize) return { value, next: { after } };
    const resumes = object.ordinal === round.after && round.afterMember !== undefined;
    const related = round.relation ? relationOf(tenant, object, resumes ? round.afterMember : undefined) : nothing;
    value.push({ id: object.id, ...render(object, resource, round.select), ...related.body });
    after = object.ordinal;
    if (related.afterMember !== undefined) return { value, next: { after, afterMember: related.afterMember } };
  }
  return { value, next: undefined };
}

/** The objects that are still to come; first of them a group whose members are not all told yet. */
function* objectsFrom(tenant: Tenant, { collection, ids, after, afterMember }: Round): Iterable<DirectoryObject> {
  const from = afterMember === undefined ? after : after - 1;
  if (ids !== undefined) {
    const named = ids.flatMap((id) => (collection === 'users' ? tenant.people.byId(id) : tenant.groups.find(id)) ?? []);
    yield* named.filter(({ ordinal }) => ordinal > from).sort((a, b) => a.ordinal - b.ordinal);
  } else if (collection === 'users') yield* tenant.people.after(from);
  else yield* tenant.groups.all().filter(({ ordinal }) => ordinal > from);
}

const nothing = { body: {}, afterMember: undefined } as const;

/** Who stands in the followed relation; `afterMember` where more of them are to be told. */
function relationOf(
  tenant: Tenant,
  object: DirectoryObject,
  from = -1,
): { readonly body: Record<string, unknown>; readonly afterMember: number | undefined } {
  if (object instanceof Person) {
    const manager = tenant.people.managerOf(object);
    return manager === undefined
      ? nothing
      : { body: { 'manager@delta': [linkTo(relatedTo(manager, false))] }, afterMember: undefined };
  }
  if (!(object instanceof Group)) return nothing;
  const members: DirectoryObject[] = [];
  for (const member of tenant.groups.membersAfter([object], from, (id) => tenant.find(id))) {
    if (member.kind === 'servicePrincipal') continue;
    if (members.length === mostMembers) return { body: membersDelta(members), afterMember: members.at(-1)?.ordinal };
    members.push(member);
  }
  return members.length === 0 ? nothing : { body: membersDelta(members), afterMember: undefined };
}

const membersDelta = (members: readonly DirectoryObject[]): Record<string, unknown> => ({
  'members@delta': members.map((member) => linkTo(relatedTo(member, false))),
});

const linkTo = ({ id, type, removed }: Related): Record<string, unknown> => ({
  '@odata.type': `#${type}`,
  id,
  ...(removed ? { '@removed': { reason: 'deleted' } } : {}),
});

/** What changed since the round before, each object once. `minimal`: changed properties alone. */
export function changedPage(tenant: Tenant, round: Round, resource: Resource, minimal: boolean): Page {
  const kind = round.collection === 'users' ? 'user' : 'group';
  const value: Record<string, unknown>[] = [];
  let { after } = round;
  for (const change of tenant.feed.changes(kind, round.since, round.until)) {
    if (change.sequence <= round.after) continue;
    if (value.length === pageSize) return { value, next: { after } };
    after = change.sequence;
    if (round.ids !== undefined && !round.ids.includes(change.id)) continue;
    const body = changeBody(tenant, round, resource, change, minimal);
    if (body !== undefined) value.push(body);
  }
  return { value, next: undefined };
}

/** undefined where nothing changed that the round asks for. */
function changeBody(
  tenant: Tenant,
  round: Round,
  resource: Resource,
  change: ObjectChange,
  minimal: boolean,
): Record<string, unknown> | undefined {
  const { people, groups } = tenant;
  const isUser = round.collection === 'users';
  const object = isUser ? people.byId(change.id) : groups.find(change.id);
  if (object === undefined) {
    const restorable = isUser ? people.deletedById(change.id) : groups.deletedById(change.id);
    return { id: change.id, '@removed': { reason: restorable === undefined ? 'deleted' : 'changed' } };
  }
  const asked = round.select ?? resource.defaults ?? Object.keys(resource.properties);
  const { properties } = change;
  const touched = properties === undefined ? asked : asked.filter((name) => properties.has(name));
  const relation = round.relation ? relatedBody(tenant, object, change) : {};
  const isNew = properties === undefined;
  if (!isNew && touched.length === 0 && Object.keys(relation).length === 0) return undefined;
  return { id: object.id, ...render(object, resource, minimal ? touched : asked), ...relation };
}

/** New objects tell all who stand in relation to them, and who left it meanwhile; others only who came and went. */
function relatedBody(
  tenant: Tenant,
  object: DirectoryObject,
  { properties, related }: ObjectChange,
): Record<string, unknown> {
  const name = object instanceof Person ? 'manager@delta' : 'members@delta';
  const told = properties === undefined ? [...allRelated(tenant, object), ...related.filter(hasLeft)] : related;
  return told.length === 0 ? {} : { [name]: told.map(linkTo) };
}

const hasLeft = ({ removed }: Related): boolean => removed;

function allRelated(tenant: Tenant, object: DirectoryObject): Related[] {
  const { people, groups } = tenant;
  const manager = object instanceof Person ? people.managerOf(object) : undefined;
  const members = object instanceof Group ? groups.membersAfter([object], -1, (id) => tenant.find(id)) : [];
  return [...(manager === undefined ? [] : [manager]), ...members]
    .filter(({ kind }) => kind !== 'servicePrincipal')
    .map((other) => relatedTo(other, false));
}
