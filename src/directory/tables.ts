import { type Column, groupColumns, type Selection, userColumns } from './columns.ts';

/** A table that SQL of agents may read. */
export interface Table {
  readonly name: 'users' | 'groups' | 'memberships' | 'managers' | 'licenses' | 'changes';
  readonly description: string;
  readonly columns: readonly Column[];
}

const id = (name: string, description: string): Column => ({ name, type: 'text', description });
const object: Column = { name: 'object', type: 'json', description: 'all mirrored properties as JSON' };

/** The tables of a mirror, as they are documented: nothing else can be read by SQL. */
export function tablesOf(selection: Selection): readonly Table[] {
  return [
    {
      name: 'users',
      description: 'Users who are not deleted, guests among them.',
      columns: [
        id('id', 'object id'),
        ...userColumns(selection),
        id('managerId', 'users.id of the manager, if any'),
        object,
      ],
    },
    {
      name: 'groups',
      description: 'Groups that are not deleted.',
      columns: [id('id', 'object id'), ...groupColumns, object],
    },
    {
      name: 'memberships',
      description: 'Direct members of groups.',
      columns: [
        id('groupId', 'groups.id'),
        id('memberId', 'id of the member: users.id for users'),
        id('memberType', 'user, group, device, servicePrincipal, orgContact'),
      ],
    },
    {
      name: 'managers',
      description: 'Who manages whom.',
      columns: [id('userId', 'users.id'), id('managerId', 'users.id')],
    },
    {
      name: 'licenses',
      description: 'Licenses that users hold, direct or through a group.',
      columns: [
        id('userId', 'users.id'),
        id('skuId', 'GUID of the product'),
        id('skuPartNumber', 'name of the product, as SPE_E5; null where it is not known'),
        { name: 'disabledPlans', type: 'json', description: 'JSON list of service plans that are off' },
      ],
    },
    {
      name: 'changes',
      description: 'What changed since the first sync, kept for 90 days.',
      columns: [
        { name: 'sequence', type: 'integer', description: 'rises with each change' },
        id('time', 'ISO 8601: when the mirror saw it'),
        id('kind', 'user_created, user_updated, user_deleted, user_purged, group_…, member_added, member_removed'),
        id('id', 'users.id or groups.id; the group of memberships'),
        id('memberId', 'of member_added and member_removed'),
        id('memberType', 'as in memberships'),
        {
          name: 'fields',
          type: 'json',
          description: "JSON object: property to {old, new}; fields ->> '$.department.new'",
        },
      ],
    },
  ];
}

/** Tables of the sync itself begin so: no SQL of an agent may name one. */
export const internalPrefix = 'internal_';
