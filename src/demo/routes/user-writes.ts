import { auditTarget, bodyOf, isObject, linkedId, noContent, recordChange } from '../change.ts';
import { badRequest, GraphFault, invalidValue, notFound, synced } from '../errors.ts';
import { contextOf } from '../listing.ts';
import { render } from '../odata/resource.ts';
import { directoryTime } from '../people/generated.ts';
import type { Person } from '../people/person.ts';
import {
  masteredProperties,
  sensitiveProperties,
  sharePointProperties,
  userResource,
} from '../people/user-resource.ts';
import { privilegeOf } from '../privilege.ts';
import type { Answer } from '../request.ts';
import type { Call, Routes } from '../router.ts';
import { checkAddress, checkPassword, checkValues } from './user-values.ts';
import { userOf } from './users.ts';

function create(call: Call): Answer {
  const body = bodyOf(call);
  const { tenant } = call;
  const values = checkValues(body);
  for (const name of ['accountEnabled', 'displayName', 'mailNickname', 'userPrincipalName']) {
    if (values[name] === undefined || values[name] === null) throw missing(name);
  }
  const userPrincipalName = String(values['userPrincipalName']);
  const domain = checkAddress(tenant, userPrincipalName, undefined);
  if (domain === tenant.domains.federated) {
    if (typeof values['onPremisesImmutableId'] !== 'string') throw missing('onPremisesImmutableId');
  } else {
    checkPassword(body['passwordProfile'], true);
  }
  checkConflicts(call, values, undefined);
  const createdDateTime = directoryTime(tenant.now());
  const person = tenant.people.create(tenant.nextOrdinal(), {
    userType: 'Member',
    createdDateTime,
    lastPasswordChangeDateTime: createdDateTime,
    signInSessionsValidFromDateTime: createdDateTime,
    identities: [
      { signInType: 'userPrincipalName', issuer: tenant.domains.initial, issuerAssignedId: userPrincipalName },
    ],
    ...stored(values),
  });
  recordChange(call, {
    activityDisplayName: 'Add user',
    category: 'UserManagement',
    operationType: 'Add',
    targets: [auditTarget(person, stored(values))],
  });
  return {
    status: 201,
    headers: { location: `${call.request.root}/v1.0/users('${person.id}')` },
    body: { '@odata.context': contextOf(call, 'users', undefined, true), ...render(person, userResource) },
  };
}

const missing = (name: string): GraphFault =>
  badRequest(`A value is required for property '${name}' of resource 'User'.`, [
    { code: 'MissingValue', target: name },
  ]);

function update(call: Call): Answer {
  const person = userOf(call);
  const body = bodyOf(call);
  const values = checkValues(body);
  if (sharePointProperties.some((name) => name in body)) {
    throw new GraphFault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
  }
  checkAuthority(call, person, values);
  if (person.get('onPremisesSyncEnabled') === true && masteredProperties.some((name) => name in values)) throw synced();
  if (values['mail'] === null) throw invalidValue('mail', 'User');
  if (values['displayName'] === null) throw invalidValue('displayName', 'User');
  const userPrincipalName = values['userPrincipalName'];
  if (userPrincipalName !== undefined) checkAddress(call.tenant, String(userPrincipalName), person);
  if ('passwordProfile' in values) checkNewPassword(call, person, values['passwordProfile']);
  checkConflicts(call, values, person);
  if (Object.keys(values).length === 0) return noContent;
  const changes = merged(person, values, call.tenant.now());
  const target = auditTarget(person, changes);
  call.tenant.people.change(person, changes);
  if ('usageLocation' in values) call.tenant.usageLocations.begin(person.ordinal);
  const enabled = values['accountEnabled'];
  if (typeof enabled === 'boolean') {
    const activityDisplayName = enabled ? 'Enable account' : 'Disable account';
    recordChange(call, { activityDisplayName, category: 'UserManagement', operationType: 'Update', targets: [target] });
  }
  const activityDisplayName = 'passwordProfile' in values ? 'Reset user password' : 'Update user';
  recordChange(call, { activityDisplayName, category: 'UserManagement', operationType: 'Update', targets: [target] });
  return noContent;
}

/** Sensitive properties of role holders need a role of the app, and a password always does (GRAPH.md B9, B11). */
function checkAuthority({ tenant }: Call, person: Person, values: Readonly<Record<string, unknown>>): void {
  const target = privilegeOf(tenant, person);
  if ('passwordProfile' in values) tenant.authority.checkPassword(target);
  if (sensitiveProperties.some((name) => name in values)) tenant.authority.checkSensitive(target);
}

/** Another identity provider keeps the passwords of a federated domain. */
function checkNewPassword({ tenant }: Call, person: Person, profile: unknown): void {
  if (person.text('userPrincipalName').toLowerCase().endsWith(`@${tenant.domains.federated}`)) {
    throw badRequest('The password of a federated user cannot be set.', [
      { code: 'InvalidValue', target: 'passwordProfile' },
    ]);
  }
  checkPassword(profile, false);
}

/** A password is taken and never kept: what stays is that it must be changed. */
function stored(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { passwordProfile, ...kept } = values;
  if (!isObject(passwordProfile)) return kept;
  const forced = { forceChangePasswordNextSignIn: true, forceChangePasswordNextSignInWithMfa: false };
  return { ...kept, passwordProfile: { ...forced, ...passwordProfile, password: null } };
}

/** What a PATCH does beyond the values it names: a new mail address becomes the primary proxy address (GRAPH.md B13). */
function merged(person: Person, values: Readonly<Record<string, unknown>>, nowMs: number): Record<string, unknown> {
  const changes = stored(values);
  const { mail, onPremisesExtensionAttributes } = values;
  if (typeof mail === 'string') {
    const before = person.get('proxyAddresses');
    const others = (Array.isArray(before) ? before : [])
      .map((address) => String(address).replace(/^SMTP:/, 'smtp:'))
      .filter((address) => address.toLowerCase() !== `smtp:${mail.toLowerCase()}`);
    changes['proxyAddresses'] = [`SMTP:${mail}`, ...others];
  }
  if (isObject(onPremisesExtensionAttributes)) {
    const before = person.get('onPremisesExtensionAttributes');
    changes['onPremisesExtensionAttributes'] = {
      ...(isObject(before) ? before : {}),
      ...onPremisesExtensionAttributes,
    };
  }
  const profile = values['passwordProfile'];
  if (isObject(profile) && 'password' in profile) {
    changes['lastPasswordChangeDateTime'] = directoryTime(nowMs);
    changes['signInSessionsValidFromDateTime'] = directoryTime(nowMs);
  }
  return changes;
}

/** A mail address that someone else, or a group, already has. */
function checkConflicts(call: Call, values: Readonly<Record<string, unknown>>, self: Person | undefined): void {
  const { mail } = values;
  if (typeof mail !== 'string') return;
  const low = mail.toLowerCase();
  const other = call.tenant.people.holderOfName(low) ?? call.tenant.people.holderOfMail(low);
  const group = call.tenant.groups.withUnseen().some((known) => String(known.get('mail') ?? '').toLowerCase() === low);
  if (group || (other !== undefined && other.id !== self?.id)) {
    throw badRequest(
      'A conflicting object with one or more of the specified property values is present in the directory.',
      [{ code: 'ConflictingObjects', target: 'mail' }],
    );
  }
}

function setManager(call: Call): Answer {
  const person = userOf(call);
  const manager = call.tenant.people.byId(linkedId(bodyOf(call)['@odata.id']));
  if (manager === undefined) throw notFound(linkedId(bodyOf(call)['@odata.id']));
  if (person.get('onPremisesSyncEnabled') === true) throw synced();
  if (manager.id === person.id) throw badRequest('A user cannot be their own manager.');
  call.tenant.people.setManager(person, manager);
  recordChange(call, {
    activityDisplayName: 'Set user manager',
    category: 'UserManagement',
    operationType: 'Update',
    targets: [auditTarget(person), auditTarget(manager)],
  });
  return noContent;
}

function removeManager(call: Call): Answer {
  const person = userOf(call);
  if (call.tenant.people.managerOf(person) === undefined) throw notFound('manager');
  if (person.get('onPremisesSyncEnabled') === true) throw synced();
  call.tenant.people.setManager(person, null);
  recordChange(call, {
    activityDisplayName: 'Remove user manager',
    category: 'UserManagement',
    operationType: 'Update',
    targets: [auditTarget(person)],
  });
  return noContent;
}

function revokeSessions(call: Call): Answer {
  const person = userOf(call);
  const signInSessionsValidFromDateTime = directoryTime(call.tenant.now());
  const target = auditTarget(person, { signInSessionsValidFromDateTime });
  call.tenant.people.change(person, { signInSessionsValidFromDateTime });
  recordChange(call, {
    activityDisplayName: 'Update StsRefreshTokenValidFrom Timestamp',
    category: 'UserManagement',
    operationType: 'Update',
    targets: [target],
  });
  return { status: 200, body: { '@odata.context': contextOf(call, 'Edm.Boolean'), value: true } };
}

/** Soft-deletes a user, also for a DELETE on a member that forgot `/$ref`. */
export function deleteUser(call: Call, person: Person): Answer {
  call.tenant.authority.checkSensitive(privilegeOf(call.tenant, person));
  const target = auditTarget(person);
  call.tenant.people.remove(person, call.tenant.now());
  recordChange(call, {
    activityDisplayName: 'Delete user',
    category: 'UserManagement',
    operationType: 'Delete',
    targets: [target],
  });
  return noContent;
}

export const userWrites: Routes = {
  'POST /users': create,
  'PATCH /users/{user}': update,
  'DELETE /users/{user}': (call) => deleteUser(call, userOf(call)),
  'POST /users/{user}/revokeSignInSessions': revokeSessions,
  'PUT /users/{user}/manager/$ref': setManager,
  'DELETE /users/{user}/manager/$ref': removeManager,
};
