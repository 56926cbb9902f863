import type { Privilege } from './authority.ts';
import type { Person } from './people/person.ts';
import type { Tenant } from './tenant.ts';

/** What makes a person privileged: active roles, given directly or through a group, and a place in a role-assignable group. Roles that could be taken up do not count. */
export function privilegeOf(tenant: Tenant, person: Person): Privilege {
  const roleGroups = tenant.groups
    .withUnseen()
    .filter((group) => group.get('isAssignableToRole') === true && (group.has(person) || group.owners.has(person.id)));
  const holders = [person, ...roleGroups.filter((group) => group.has(person))];
  const roles = holders.flatMap(({ id }) => tenant.roles.heldBy(id).map((role) => String(role.get('displayName'))));
  return { roles, inRoleGroup: roleGroups.length > 0 };
}
