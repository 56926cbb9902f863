import { auditTarget, bodyOf, linkedId, noContent, recordChange } from '../change.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { alreadyReferenced, badRequest, notFound } from '../errors.ts';
import type { Person } from '../people/person.ts';
import { inOrder, related } from '../reading.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { userOf } from './users.ts';

function add(call: Call): Answer {
  const person = userOf(call);
  const id = linkedId(bodyOf(call)['@odata.id']);
  const sponsor = call.tenant.find(id);
  if (sponsor === undefined) throw notFound(id);
  if (sponsor.kind !== 'user' && sponsor.kind !== 'group') throw badRequest('Only users and groups can be sponsors.');
  if (call.tenant.sponsors.of(person.id).includes(sponsor.id)) throw alreadyReferenced('sponsors');
  call.tenant.sponsors.add(person.id, sponsor.id);
  record(call, 'Add user sponsor', person, sponsor);
  return noContent;
}

function remove(call: Call): Answer {
  const person = userOf(call);
  const sponsor = call.tenant.find(param(call, 'sponsor'));
  if (sponsor === undefined || !call.tenant.sponsors.remove(person.id, sponsor.id))
    throw notFound(param(call, 'sponsor'));
  record(call, 'Remove user sponsor', person, sponsor);
  return noContent;
}

const record = (call: Call, activityDisplayName: string, person: Person, sponsor: DirectoryObject): void =>
  recordChange(call, {
    activityDisplayName,
    category: 'UserManagement',
    operationType: 'Update',
    targets: [auditTarget(person), auditTarget(sponsor)],
  });

export const sponsorRoutes: Routes = {
  'GET /users/{user}/sponsors': (call) => {
    const sponsors = call.tenant.sponsors.of(userOf(call).id).flatMap((id) => call.tenant.find(id) ?? []);
    return related(call, inOrder(sponsors), undefined);
  },
  'GET /users/{user}/sponsorOf': (call) => {
    const sponsored = call.tenant.sponsors.sponsoredBy(userOf(call)).flatMap((id) => call.tenant.find(id) ?? []);
    return related(call, inOrder(sponsored), undefined);
  },
  'POST /users/{user}/sponsors/$ref': add,
  'PUT /users/{user}/sponsors/$ref': add,
  'DELETE /users/{user}/sponsors/{sponsor}/$ref': remove,
};
