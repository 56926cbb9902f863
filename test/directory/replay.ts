import type { DatabaseSync } from 'node:sqlite';
import type { DirectoryChange } from '../../src/contract/index.ts';

type Properties = Readonly<Record<string, unknown>>;

/** A directory as who follows the feed has it. */
export interface Replayed {
  /** By id: the properties that are not null, `managerId` among them. */
  readonly users: Map<string, Properties>;
  readonly groups: Map<string, Properties>;
  /** `<group id> <member id>` to the type of the member. */
  readonly memberships: Map<string, string>;
}

export function emptyReplay(): Replayed {
  return { users: new Map(), groups: new Map(), memberships: new Map() };
}

/** What stands in a mirror: whoever follows its feed must end up with it. */
export function contentsOf(db: DatabaseSync): Replayed {
  const contents = emptyReplay();
  for (const table of ['users', 'groups'] as const) {
    for (const { id, object } of db.prepare(`SELECT id, object FROM ${table}`).all()) {
      contents[table].set(String(id), JSON.parse(String(object)));
    }
  }
  for (const { groupId, memberId, memberType } of db.prepare('SELECT * FROM memberships').all()) {
    contents.memberships.set(`${groupId} ${memberId}`, String(memberType));
  }
  return contents;
}

/**
 * Applies changes in their order. They may be told again, from any earlier place on, as long as their order is kept: the
 * end is the same.
 */
export function replay(into: Replayed, changes: readonly DirectoryChange[]): Replayed {
  for (const change of changes) apply(into, change);
  return into;
}

function apply(into: Replayed, { kind, id, memberId, memberType, fields = {} }: DirectoryChange): void {
  const objects = kind.startsWith('user_') ? into.users : into.groups;
  switch (kind) {
    case 'user_created':
    case 'group_created':
      objects.set(id, merged({}, fields));
      break;
    case 'user_updated':
    case 'group_updated': {
      // Of what is not there, the deletion comes later in the feed.
      const known = objects.get(id);
      if (known !== undefined) objects.set(id, merged(known, fields));
      break;
    }
    case 'user_deleted':
    case 'user_purged':
    case 'group_deleted':
    case 'group_purged':
      objects.delete(id);
      for (const key of into.memberships.keys()) if (key.split(' ').includes(id)) into.memberships.delete(key);
      break;
    case 'member_added':
      into.memberships.set(`${id} ${memberId}`, memberType ?? '');
      break;
    case 'member_removed':
      into.memberships.delete(`${id} ${memberId}`);
      break;
  }
}

function merged(known: Properties, fields: NonNullable<DirectoryChange['fields']>): Properties {
  const now = { ...known, ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.new])) };
  return Object.fromEntries(Object.entries(now).filter(([, value]) => value !== null && value !== undefined));
}
