import { defaultAccess, expenseRoles, expensesAppId } from './apps.ts';
import { roleTemplateId } from './built-in-roles.ts';
import type { Group } from './groups/groups.ts';
import { defineGroup } from './groups/seeded-groups.ts';
import { parts } from './people/cast.ts';
import { directoryTime } from './people/generated.ts';
import type { Person } from './people/person.ts';
import { everywhere } from './roles.ts';
import type { Tenant } from './tenant.ts';

const dayMs = 86_400_000;
const groupsOfTheBusy = 100;

/** Gives the landmarks who are there to leave what they have beyond what everyone has. */
export function seedLeavers(tenant: Tenant): void {
  const leaver = person(tenant, parts.leaver);
  seedPrivileges(tenant, leaver);
  seedGroups(tenant, leaver);
  seedApps(tenant, leaver);
  seedRelations(tenant, leaver);
  const restricted = [tenant.idOf(parts.restricted)];
  tenant.units.create(tenant.next(), 'Protected Accounts', restricted, tenant.startedAt, true);
  seedBusyGroups(tenant, person(tenant, parts.busyLeaver));
}

function person(tenant: Tenant, index: number): Person {
  const found = tenant.people.byIndex(index);
  if (found === undefined) throw new RangeError(`nobody at ${index}`);
  return found;
}

/** A role, one for a while, one in a unit, one to take up, and one through a role-assignable group. */
function seedPrivileges(tenant: Tenant, leaver: Person): void {
  const { roles, startedAt } = tenant;
  const privileged = person(tenant, parts.privilegedLeaver);
  const atMs = startedAt - 60 * dayMs;
  const region = tenant.units.create(
    tenant.next(),
    'Sales Region',
    [tenant.idOf(parts.salesHead), leaver.id],
    startedAt,
  );
  roles.assign(privileged, 'Groups Administrator', atMs);
  roles.assign(privileged, 'User Administrator', atMs, `/administrativeUnits/${region.row.id}`);
  const forAWhile = {
    principalId: privileged.id,
    roleDefinitionId: roleTemplateId('Security Reader'),
    directoryScopeId: everywhere,
  };
  roles.grant('assigned', forAWhile, startedAt - dayMs, directoryTime(startedAt + 90 * dayMs));
  roles.makeEligible(privileged, 'User Administrator', atMs);
  const reviewers = defineGroup(tenant, {
    displayName: 'Access Reviewers',
    description: 'Holds the Reports Reader role',
    values: { isAssignableToRole: true },
    owners: [parts.globalAdmins[0]],
    members: [parts.privilegedLeaver],
  });
  roles.assign(reviewers, 'Reports Reader', atMs);
}

/** Groups of which the leaver is a member or an owner, the last one of some. */
function seedGroups(tenant: Tenant, leaver: Person): void {
  const { leaver: index, salesHead } = parts;
  const own = (displayName: string, owners: readonly number[]): Group =>
    defineGroup(tenant, { displayName, owners, members: [index] });
  own('Bid Team', [salesHead]);
  own('Sales Playbook', [index, salesHead]);
  const alone = own('Key Accounts', [index]);
  if (tenant.apps.agent) alone.owners.add(tenant.apps.agent.id);
  const mail = `quote-desk@${tenant.domains.main}`;
  defineGroup(tenant, {
    displayName: 'Quote Desk',
    owners: [index],
    members: [index, salesHead],
    values: {
      groupTypes: ['Unified'],
      mailEnabled: true,
      securityEnabled: false,
      mail,
      proxyAddresses: [`SMTP:${mail}`],
      visibility: 'Private',
    },
  });
  defineGroup(tenant, {
    displayName: 'Corp Print Operators',
    members: [index],
    values: {
      onPremisesSyncEnabled: true,
      onPremisesLastSyncDateTime: directoryTime(tenant.startedAt - 1_200_000),
      onPremisesDomainName: 'corp.contoso-demo.example',
      onPremisesNetBiosName: 'CORP',
      onPremisesSamAccountName: 'PrintOperators',
      onPremisesSecurityIdentifier: 'S-1-5-21-1004336348-1177238915-682003330-9002',
    },
  });
  const portal = own('Partner Portal', [salesHead]);
  const bundle = tenant.accessPackages.create('Partner Sales', [portal.id], tenant.startedAt - 200 * dayMs);
  tenant.accessPackages.deliver(bundle, leaver.id, tenant.startedAt - 100 * dayMs);
}

/** An application that only the leaver owns, with secrets; one that others own too; app roles, direct and through a group. */
function seedApps(tenant: Tenant, leaver: Person): void {
  const { apps, appAccess, startedAt, dice } = tenant;
  const secret = (salt: number, displayName: string): Record<string, unknown> => ({
    customKeyIdentifier: null,
    displayName,
    endDateTime: directoryTime(startedAt + 200 * dayMs),
    keyId: dice.guid(15, 0x7000_0000 + salt),
    startDateTime: directoryTime(startedAt - 160 * dayMs),
  });
  apps.register('7d3a2c64-58f1-4f6d-93c5-2e8b60f1a4d7', 'Sales Dashboard', [leaver.id], {
    passwordCredentials: [
      { ...secret(1, 'nightly export'), hint: 'q8Z', secretText: null },
      { ...secret(2, 'laptop'), hint: 'Xw~', secretText: null },
    ],
    keyCredentials: [{ ...secret(3, 'CN=dashboard'), key: null, type: 'AsymmetricX509Cert', usage: 'Verify' }],
  });
  apps.register('c1f4b8e0-6b0d-4c55-8a36-90d7e2c3b518', 'Quote Bot', [leaver.id, tenant.idOf(parts.salesHead)]);
  const atMs = startedAt - 90 * dayMs;
  const dashboard = apps.byAppId('7d3a2c64-58f1-4f6d-93c5-2e8b60f1a4d7');
  if (dashboard) appAccess.assign(leaver, dashboard, defaultAccess, dice.guid(15, 0x7000_0010), atMs);
  const approvers = defineGroup(tenant, {
    displayName: 'Expense Approvers',
    owners: [parts.salesHead],
    members: [parts.leaver, parts.salesHead],
  });
  const expenses = apps.byAppId(expensesAppId);
  if (expenses) appAccess.assign(approvers, expenses, expenseRoles.approver, dice.guid(15, 0x7000_0011), atMs);
}

/** Reports, one of them synced; guests to answer for, one of them alone; a device that a colleague uses too. */
function seedRelations(tenant: Tenant, leaver: Person): void {
  const { people, devices, sponsors } = tenant;
  for (const index of [parts.newcomer, parts.synced]) people.setManager(person(tenant, index), leaver);
  people.setManager(person(tenant, parts.busyLeaver), null);
  const shared = devices.ownedBy(leaver).at(-1);
  if (shared) devices.share(shared, person(tenant, parts.salesHead));
  sponsors.add(tenant.idOf(parts.guest), leaver.id);
  const { population } = people.origin;
  for (let index = parts.leaver; index < Math.min(population.size, 500); index += 1) {
    if (population.kind(index) !== 'guest') continue;
    for (const sponsor of [leaver.id, tenant.idOf(parts.salesHead)]) sponsors.add(population.id(index), sponsor);
    break;
  }
}

/** As many plain groups as make the number full. */
function seedBusyGroups(tenant: Tenant, busy: Person): void {
  const already = tenant.groups.holding(busy).length;
  for (let number = 1; number <= groupsOfTheBusy - already; number += 1) {
    const displayName = `Workspace ${String(number).padStart(3, '0')}`;
    defineGroup(tenant, { displayName, owners: [6], members: [parts.busyLeaver] });
  }
}
