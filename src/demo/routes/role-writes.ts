import { z } from 'zod';
import { auditTarget, bodyOf, noContent, recordChange } from '../change.ts';
import type { Row } from '../directory-object.ts';
import { badRequest, GraphFault, invalidValue, notFound } from '../errors.ts';
import { Group } from '../groups/groups.ts';
import { contextOf } from '../listing.ts';
import { render } from '../odata/resource.ts';
import { directoryTime } from '../people/generated.ts';
import type { Answer } from '../request.ts';
import { roleAssignmentResource } from '../role-resources.ts';
import { everywhere, type RoleGrant, type RoleState } from '../roles.ts';
import { type Call, param, type Routes } from '../router.ts';

const expiration = z.object({
  type: z.enum(['noExpiration', 'afterDateTime', 'afterDuration', 'notSpecified']),
  endDateTime: z.iso.datetime({ offset: true }).nullish(),
  duration: z.string().nullish(),
});
const grant = z.object({ principalId: z.guid(), roleDefinitionId: z.guid(), directoryScopeId: z.string() });
const scheduleRequest = grant.extend({
  action: z.string(),
  justification: z.string().nullish(),
  isValidationOnly: z.boolean().nullish(),
  scheduleInfo: z
    .object({ startDateTime: z.iso.datetime({ offset: true }).nullish(), expiration: expiration.nullish() })
    .nullish(),
});

function read<T extends RoleGrant>(call: Call, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(bodyOf(call));
  if (!parsed.success) throw invalidValue(parsed.error.issues[0]?.path.join('/') ?? 'body', 'UnifiedRoleAssignment');
  return parsed.data;
}

/** Throws unless the principal, the role and the scope are there and fit. */
function checkGrant(call: Call, { principalId, roleDefinitionId, directoryScopeId }: RoleGrant): void {
  const principal = call.tenant.find(principalId);
  if (principal === undefined) throw notFound(principalId);
  if (call.tenant.roles.definitions.every(({ id }) => id !== roleDefinitionId)) throw notFound(roleDefinitionId);
  const unit = /^\/administrativeUnits\/(.+)$/.exec(directoryScopeId)?.[1];
  if (unit === undefined && directoryScopeId !== everywhere)
    throw invalidValue('directoryScopeId', 'UnifiedRoleAssignment');
  if (unit !== undefined && call.tenant.units.find(unit) === undefined) throw notFound(unit);
  const fits = principal.kind === 'user' || principal.kind === 'servicePrincipal';
  const isRoleGroup = principal instanceof Group && principal.get('isAssignableToRole') === true;
  if (!fits && !isRoleGroup) throw badRequest('The principal cannot be given a directory role.');
}

export function recordRole(call: Call, row: Row, isGiven: boolean): void {
  const principal = call.tenant.find(String(row.get('principalId')));
  recordChange(call, {
    activityDisplayName: isGiven ? 'Add member to role' : 'Remove member from role',
    category: 'RoleManagement',
    operationType: isGiven ? 'Assign' : 'Unassign',
    targets: [...(principal === undefined ? [] : [auditTarget(principal)]), auditTarget(row)],
  });
}

function createAssignment(call: Call): Answer {
  const asked = read(call, grant);
  checkGrant(call, asked);
  if (call.tenant.roles.granted('assigned', asked) !== undefined) {
    const message =
      'A conflicting object with one or more of the specified property values is present in the directory.';
    throw badRequest(message, [{ code: 'ConflictingObjects', target: 'principalId', message }]);
  }
  const row = call.tenant.roles.grant('assigned', asked, call.tenant.now());
  recordRole(call, row, true);
  const context = contextOf(call, 'roleManagement/directory/roleAssignments', undefined, true);
  return { status: 201, body: { '@odata.context': context, ...render(row, roleAssignmentResource) } };
}

function deleteAssignment(call: Call): Answer {
  const row = call.tenant.roles.assignments.find(({ id }) => id === param(call, 'id'));
  if (row === undefined) throw notFound(param(call, 'id'));
  call.tenant.roles.revoke('assigned', row);
  recordRole(call, row, false);
  return noContent;
}

type ScheduleRequest = z.infer<typeof scheduleRequest>;

/** A request to PIM, which is carried out at once. */
const requestSchedule =
  (state: RoleState, collection: string) =>
  (call: Call): Answer => {
    const asked = read(call, scheduleRequest);
    if (asked.action !== 'adminRemove' && asked.action !== 'adminAssign')
      throw badRequest(`The action '${asked.action}' is not supported for an application.`);
    checkGrant(call, asked);
    const row = asked.action === 'adminRemove' ? removed(call, state, asked) : assigned(call, state, asked);
    const now = directoryTime(call.tenant.now());
    const { id } = call.tenant.nextRecord();
    const answer = {
      id,
      status: asked.action === 'adminRemove' ? 'Revoked' : 'Provisioned',
      createdDateTime: now,
      completedDateTime: now,
      approvalId: null,
      customData: null,
      action: asked.action,
      principalId: asked.principalId,
      roleDefinitionId: asked.roleDefinitionId,
      directoryScopeId: asked.directoryScopeId,
      appScopeId: null,
      isValidationOnly: asked.isValidationOnly ?? false,
      targetScheduleId: row?.id ?? null,
      justification: asked.justification ?? null,
      createdBy: { application: null, device: null, user: null },
      scheduleInfo: asked.action === 'adminRemove' ? null : (row?.get('scheduleInfo') ?? null),
      ticketInfo: { ticketNumber: null, ticketSystem: null },
    };
    const context = contextOf(call, `roleManagement/directory/${collection}`, undefined, true);
    return { status: 201, body: { '@odata.context': context, ...answer } };
  };

function removed(call: Call, state: RoleState, asked: ScheduleRequest): Row {
  const row = call.tenant.roles.granted(state, asked);
  // Status and code as GRAPH.md D11 and public code have them; the pages of the API do not say.
  if (row === undefined) throw new GraphFault(404, 'RoleAssignmentDoesNotExist', 'The Role assignment does not exist.');
  if (asked.isValidationOnly === true) return row;
  call.tenant.roles.revoke(state, row);
  recordRole(call, row, false);
  return row;
}

function assigned(call: Call, state: RoleState, asked: ScheduleRequest): Row | undefined {
  if (call.tenant.roles.granted(state, asked) !== undefined)
    throw new GraphFault(400, 'RoleAssignmentExists', 'The Role assignment already exists.');
  const end = asked.scheduleInfo?.expiration;
  if (end === undefined || end === null)
    throw new GraphFault(400, 'InvalidScheduleInfo', 'The schedule information is missing or invalid.');
  if (end.type === 'afterDateTime' && end.endDateTime == null) throw invalidValue('scheduleInfo', 'RequestSchedule');
  if (asked.isValidationOnly === true) return undefined;
  const row = call.tenant.roles.grant(state, asked, call.tenant.now(), end.endDateTime ?? undefined);
  recordRole(call, row, true);
  return row;
}

const requests = (state: RoleState, collection: string): Routes => ({
  [`POST /roleManagement/directory/${collection}`]: requestSchedule(state, collection),
});

export const roleWrites: Routes = {
  'POST /roleManagement/directory/roleAssignments': createAssignment,
  'DELETE /roleManagement/directory/roleAssignments/{id}': deleteAssignment,
  ...requests('assigned', 'roleAssignmentScheduleRequests'),
  ...requests('eligible', 'roleEligibilityScheduleRequests'),
};
