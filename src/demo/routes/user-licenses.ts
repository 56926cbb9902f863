import { z } from 'zod';
import { auditTarget, bodyOf, recordChange } from '../change.ts';
import { licenseProperties } from '../delta/watch.ts';
import { badRequest } from '../errors.ts';
import type { DirectLicense } from '../licenses.ts';
import { contextOf } from '../listing.ts';
import { render } from '../odata/resource.ts';
import type { Person } from '../people/person.ts';
import { userResource } from '../people/user-resource.ts';
import { skus } from '../products.ts';
import type { Answer } from '../request.ts';
import type { Call, Routes } from '../router.ts';
import { userOf } from './users.ts';

const assignment = z.object({
  addLicenses: z.array(z.object({ skuId: z.guid(), disabledPlans: z.array(z.guid()).default([]) })),
  removeLicenses: z.array(z.guid()),
});

/** Gives and takes direct licenses, all or none (GRAPH.md F). */
function assignLicense(call: Call): Answer {
  const person = userOf(call);
  const parsed = assignment.safeParse(bodyOf(call));
  if (!parsed.success)
    throw badRequest(
      'One or more parameters of the operation assignLicense are missing or invalid: addLicenses and removeLicenses are both required.',
    );
  const add = parsed.data.addLicenses.map(({ skuId, disabledPlans }) => ({
    skuId: skuId.toLowerCase(),
    disabledPlans,
  }));
  const remove = parsed.data.removeLicenses.map((skuId) => skuId.toLowerCase());
  if (add.some(({ skuId }) => remove.includes(skuId))) throw badRequest('A license is both added and removed.');
  for (const skuId of remove) checkRemoval(call, person, skuId);
  for (const license of add) checkAddition(call, person, license);
  const kept = call.tenant.licenses
    .direct(person)
    .filter(({ skuId }) => !remove.includes(skuId) && !add.some((license) => license.skuId === skuId));
  checkPlans(call, person, [...kept, ...add]);
  const before = auditTarget(person);
  call.tenant.licenses.setDirect(person, [...kept, ...add]);
  call.tenant.feed.note('user', person, licenseProperties);
  recordChange(call, {
    activityDisplayName: 'Change user license',
    category: 'UserManagement',
    operationType: 'Update',
    targets: [before],
  });
  return {
    status: 200,
    body: { '@odata.context': contextOf(call, 'users', undefined, true), ...render(person, userResource) },
  };
}

const inherited = 'User license is inherited from a group membership and it cannot be removed directly from the user.';

function checkRemoval({ tenant }: Call, person: Person, skuId: string): void {
  if (tenant.licenses.direct(person).some((license) => license.skuId === skuId)) return;
  if (tenant.licenses.states(person).some((state) => state.skuId === skuId)) {
    throw badRequest(inherited);
  }
  throw badRequest('User does not have a corresponding license.');
}

function checkAddition(
  { tenant }: Call,
  person: Person,
  { skuId, disabledPlans }: { readonly skuId: string; readonly disabledPlans: readonly string[] },
): void {
  const sku = skus.find((known) => known.skuId === skuId);
  if (sku === undefined) throw badRequest(`License ${skuId} does not correspond to a valid company License.`);
  if (disabledPlans.some((id) => !sku.plans.some(({ servicePlanId }) => servicePlanId === id.toLowerCase()))) {
    throw badRequest(`A disabled plan does not belong to the license ${skuId}.`);
  }
  if (person.get('usageLocation') === null || tenant.usageLocations.hides(person.ordinal)) {
    throw badRequest('License assignment cannot be done for user with invalid usage location.');
  }
  const held = tenant.licenses.states(person).some((state) => state.skuId === skuId);
  const consumed = tenant.licenses.consumed(tenant.version).get(skuId) ?? 0;
  if (!held && consumed >= sku.seats(tenant.people.origin.population.size)) {
    throw badRequest(`Subscription with SKU ${skuId} does not have any available licenses.`);
  }
}

/** What the licenses bring must fit together: what is wrong already stays as it is. [GRAPH.md F4, F5] */
function checkPlans({ tenant }: Call, person: Person, direct: readonly DirectLicense[]): void {
  const { licenses } = tenant;
  const before = licenses.conflicts(licenses.assigned(person)).map(({ message }) => message);
  const conflict = licenses.conflicts(licenses.merged(person, direct)).find(({ message }) => !before.includes(message));
  if (conflict === undefined) return;
  // A group's license that needs a direct one shows as being inherited.
  const { plan: needy } = conflict;
  if (needy !== undefined && !direct.some((license) => licenses.brings(license, needy))) throw badRequest(inherited);
  throw badRequest(conflict.message);
}

export const userLicenses: Routes = { 'POST /users/{user}/assignLicense': assignLicense };
