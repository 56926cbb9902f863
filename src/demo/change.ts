import type { Activity, Actor, AuditTarget } from './audit.ts';
import { callerOf } from './caller.ts';
import type { DirectoryObject, Kind } from './directory-object.ts';
import { badRequest, malformed } from './errors.ts';
import type { Answer } from './request.ts';
import type { Call } from './router.ts';

export const noContent: Answer = { status: 204 };

/** The body of a change: a JSON object. Throws BadRequest otherwise. */
export function bodyOf(call: Call): Record<string, unknown> {
  const { body } = call.request;
  if (!isObject(body))
    throw malformed('Write requests (excluding DELETE) must contain the Content-Type header declaration.');
  return body;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object id in an `@odata.id` or `@odata.bind` link. */
export function linkedId(link: unknown): string {
  const id =
    typeof link === 'string'
      ? /\/(?:directoryObjects|users|groups|devices|servicePrincipals|applications)(?:\/|\(')([^/')]+)(?:'\))?$/.exec(
          link,
        )?.[1]
      : undefined;
  if (id === undefined) throw badRequest('Invalid URL format specified in request body for reference.');
  return decodeURIComponent(id);
}

/** Notes a change that was made: the tenant has a new version and a new audit row. */
export function recordChange(call: Call, activity: Omit<Activity, 'initiatedBy' | 'correlationId'>): void {
  call.tenant.changed();
  for (const { id } of activity.targets) call.tenant.touched.add(id);
  call.tenant.audit.record({
    ...activity,
    initiatedBy: { app: actorOf(call) },
    correlationId: call.request.clientRequestId,
  });
}

const auditTypes: Readonly<Record<Kind, AuditTarget['type']>> = {
  user: 'User',
  group: 'Group',
  device: 'Device',
  servicePrincipal: 'ServicePrincipal',
  application: 'Application',
  administrativeUnit: 'AdministrativeUnit',
  directoryRole: 'Role',
  roleDefinition: 'Role',
  record: 'Other',
};

/** An object as the audit log names it. */
export function auditTarget(object: DirectoryObject, changes: Readonly<Record<string, unknown>> = {}): AuditTarget {
  const type = auditTypes[object.kind];
  const text = (name: string): string | null => {
    const value = object.get(name);
    return typeof value === 'string' ? value : null;
  };
  return {
    type,
    id: object.id,
    displayName: text('displayName'),
    ...(type === 'User' ? { userPrincipalName: text('userPrincipalName') } : {}),
    modifiedProperties: Object.entries(changes)
      .filter(([name]) => name !== 'passwordProfile')
      .map(([name, newValue]) => ({
        displayName: name,
        oldValue: JSON.stringify(object.get(name) ?? null),
        newValue: JSON.stringify(newValue),
      })),
  };
}

/** Who is calling, as the audit log names them. */
function actorOf(call: Call): Actor {
  const { appId, displayName } = callerOf(call.request.headers);
  const principal = call.tenant.apps.byAppId(appId);
  const name = displayName ?? principal?.get('displayName');
  return { appId, displayName: typeof name === 'string' ? name : appId, servicePrincipalId: principal?.id ?? null };
}
