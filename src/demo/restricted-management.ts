import { isRestricted } from './administrative-units.ts';
import { callerOf } from './caller.ts';
import { GraphFault } from './errors.ts';
import type { GraphRequest } from './request.ts';
import type { Tenant } from './tenant.ts';

/**
 * What restricted management does not protect from: questions asked by POST, settings that Exchange and SharePoint keep, and
 * what apps give. [learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management]
 */
const free = [/\/(get|check)Member/i, /\/mailboxSettings$/i, /\/appRoleAssignments(\/|$)/i];

/** Throws 403 where a request changes someone or something that only roles scoped to its administrative unit may change. */
export function checkRestricted(
  tenant: Tenant,
  { method, headers }: GraphRequest,
  segments: readonly string[],
  params: Readonly<Record<string, string>>,
): void {
  const path = `/${segments.join('/')}`;
  if (method === 'GET' || free.some((pattern) => pattern.test(path))) return;
  // DELETE on a member without `/$ref` deletes the member itself.
  const member = segments.at(-1) === '$ref' ? undefined : params['member'];
  const { user, group, device } = params;
  for (const key of [user, group, device, member]) if (key !== undefined) check(tenant, headers, key);
}

function check(tenant: Tenant, headers: GraphRequest['headers'], key: string): void {
  const id = tenant.people.find(key)?.id ?? key.toLowerCase();
  const restricting = tenant.units.all.filter((unit) => isRestricted(unit) && unit.members.has(id));
  if (restricting.length === 0) return;
  const caller = tenant.apps.byAppId(callerOf(headers).appId);
  const mayManage = restricting.some(({ row }) =>
    tenant.roles.scopedTo(row.id).some((assignment) => assignment.get('principalId') === caller?.id),
  );
  if (mayManage) return;
  throw new GraphFault(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation. Target object is a member of a restricted management administrative unit and can only be modified by administrators scoped to that administrative unit.',
  );
}
