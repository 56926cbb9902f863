import type { AuditTarget } from './audit.ts';
import { parts } from './people/cast.ts';
import type { Tenant } from './tenant.ts';

/** What people did before the tenant started. */
export function writeHistory(tenant: Tenant): void {
  const { population } = tenant.people.origin;
  const [adminIndex] = parts.globalAdmins;
  const admin = population.facts(adminIndex);
  const user = {
    id: tenant.idOf(adminIndex),
    displayName: admin.displayName,
    userPrincipalName: admin.userPrincipalName,
  };
  const about = (index: number): AuditTarget => {
    const { displayName, userPrincipalName } = population.facts(index);
    return { type: 'User', id: tenant.idOf(index), displayName, userPrincipalName };
  };
  const history = [
    {
      activityDisplayName: 'Add member to role',
      daysAgo: 25,
      target: about(parts.userAdmin),
      operationType: 'Assign',
    },
    { activityDisplayName: 'Disable account', daysAgo: 12, target: about(parts.disabled), operationType: 'Update' },
    { activityDisplayName: 'Add user', daysAgo: 3, target: about(parts.newcomer), operationType: 'Add' },
    { activityDisplayName: 'Delete user', daysAgo: 1, target: about(population.size), operationType: 'Delete' },
  ] as const;
  for (const { activityDisplayName, daysAgo, target, operationType } of history) {
    const correlationId = tenant.nextRecord().id;
    const activity = {
      activityDisplayName,
      category: 'UserManagement',
      operationType,
      targets: [target],
      initiatedBy: { user },
      correlationId,
    } as const;
    tenant.audit.record(activity, tenant.startedAt - daysAgo * 86_400_000);
  }
}
