import { parts } from '../people/cast.ts';
import { directoryTime } from '../people/generated.ts';
import { departments, offices } from '../people/names.ts';
import type { PersonFacts } from '../people/population.ts';
import { groupSkuId, heldThroughGroup } from '../products.ts';
import type { Tenant } from '../tenant.ts';
import { Group, type SeededMembership } from './groups.ts';

/** The groups that tests and the tour count on. */
export interface SeededGroups {
  readonly bigGroup: Group;
  readonly dynamic: Group;
  readonly roleAssignable: Group;
  readonly licensed: Group;
  readonly synced: Group;
  readonly security: Group;
  readonly m365: Group;
  readonly nested: Group;
  readonly mailEnabled: Group;
}

export interface GroupDefinition {
  readonly displayName: string;
  readonly description?: string;
  readonly values?: Record<string, unknown>;
  readonly owners?: readonly number[];
  readonly members?: readonly number[];
  readonly groups?: readonly Group[];
  readonly seeded?: SeededMembership;
}

const employee = ({ kind }: PersonFacts): boolean => kind !== 'guest';
const nicknameOf = (displayName: string): string => displayName.replaceAll(/[^A-Za-z0-9]+/g, '-').toLowerCase();

/** Makes the groups of a fresh tenant. */
export function seedGroups(tenant: Tenant): SeededGroups {
  const define = (definition: GroupDefinition): Group => defineGroup(tenant, definition);
  const unified = (displayName: string, more: Partial<GroupDefinition>): Group => {
    const mail = `${nicknameOf(displayName)}@${tenant.domains.main}`;
    const values = {
      groupTypes: ['Unified'],
      mailEnabled: true,
      securityEnabled: false,
      mail,
      proxyAddresses: [`SMTP:${mail}`],
      visibility: 'Private',
    };
    return define({ displayName, ...more, values: { ...values, ...more.values } });
  };
  const { dice } = tenant.people.origin.population;
  const named = {
    bigGroup: define({
      displayName: 'All Employees',
      description: 'Everyone who is employed',
      seeded: employee,
      owners: [5],
    }),
    dynamic: define({
      displayName: 'Sales Department',
      description: 'Kept by a rule on department',
      values: {
        groupTypes: ['DynamicMembership'],
        membershipRule: '(user.department -eq "Sales")',
        membershipRuleProcessingState: 'On',
      },
    }),
    roleAssignable: define({
      displayName: 'Helpdesk Operators',
      description: 'Holds the Helpdesk Administrator role',
      values: { isAssignableToRole: true },
      owners: [9],
      members: [12],
    }),
    licensed: define({
      displayName: 'License Microsoft 365 E5',
      values: { assignedLicenses: [{ skuId: groupSkuId, disabledPlans: [] }] },
      seeded: (facts) => heldThroughGroup(facts, dice),
      owners: [6],
    }),
    synced: define({
      displayName: 'Corp File Share Readers',
      values: {
        onPremisesSyncEnabled: true,
        onPremisesLastSyncDateTime: directoryTime(tenant.startedAt - 1_200_000),
        onPremisesDomainName: 'corp.contoso-demo.example',
        onPremisesNetBiosName: 'CORP',
        onPremisesSamAccountName: 'FileShareReaders',
        onPremisesSecurityIdentifier: 'S-1-5-21-1004336348-1177238915-682003330-9001',
      },
      seeded: ({ kind }) => kind === 'synced',
    }),
    security: define({
      displayName: 'VPN Users',
      description: 'Remote access',
      owners: [1, 6],
      members: [14, 15, 18, 20, 21, 24],
    }),
    m365: unified('Project Aurora', { description: 'The new platform', owners: [1], members: [1, 9, 13, 14, 16] }),
    mailEnabled: define({
      displayName: 'Payroll Alerts',
      values: {
        mailEnabled: true,
        mail: `payroll-alerts@${tenant.domains.main}`,
        proxyAddresses: [`SMTP:payroll-alerts@${tenant.domains.main}`],
      },
      owners: [4],
      members: [4, 14],
    }),
  };
  define({
    displayName: 'Company News',
    description: 'A distribution list',
    values: { mailEnabled: true, securityEnabled: false, mail: `company-news@${tenant.domains.main}` },
    owners: [3],
    seeded: ({ kind, part }) => kind === 'member' && part?.isPlain !== true,
  });
  const perOffice = offices.map(({ office, city }) =>
    define({
      displayName: `${city} Office`,
      seeded: (facts) => employee(facts) && facts.office.office === office,
      owners: [6],
    }),
  );
  const nested = define({
    displayName: 'Regional Offices',
    description: 'Holds the groups of the offices',
    groups: perOffice,
    owners: [6],
  });
  for (const [index, department] of departments.entries()) {
    unified(`${department} Team`, {
      owners: [index + 1],
      seeded: (facts) => employee(facts) && facts.department === department && facts.part?.isPlain !== true,
    });
  }
  unified('Marketing Community', {
    values: {
      groupTypes: ['Unified', 'DynamicMembership'],
      membershipRule: 'user.department -eq "Marketing"',
      membershipRuleProcessingState: 'On',
    },
    owners: [3],
  });
  equipPilot(
    tenant,
    define({
      displayName: 'Device Pilot',
      description: 'Holds a device and an application beside people',
      members: [14],
      owners: [6],
    }),
  );
  return { ...named, nested };
}

/** v1.0 lists leave the service principal out (GRAPH.md K2). */
function equipPilot(tenant: Tenant, pilot: Group): void {
  const owner = tenant.people.byIndex(parts.ordinary);
  const [device] = owner ? tenant.devices.ownedBy(owner) : [];
  if (device) pilot.add(device);
  if (tenant.apps.agent) pilot.add(tenant.apps.agent);
}

/** Makes one group. People are named by their places. */
export function defineGroup(
  tenant: Tenant,
  { displayName, description, values, owners = [], members = [], groups = [], seeded }: GroupDefinition,
): Group {
  const ordinal = tenant.nextOrdinal();
  const id = tenant.newId(ordinal);
  const createdDateTime = directoryTime(tenant.startedAt - (400 + (ordinal % 300)) * 86_400_000);
  const group = new Group(
    id,
    ordinal,
    {
      displayName,
      description: description ?? null,
      createdDateTime,
      renewedDateTime: createdDateTime,
      groupTypes: [],
      mailEnabled: false,
      mailNickname: nicknameOf(displayName),
      securityEnabled: true,
      isAssignableToRole: false,
      securityIdentifier: `S-1-12-1-${tenant.dice.roll(5, ordinal, 9)}-${ordinal}`,
      ...values,
    },
    seeded,
  );
  for (const index of owners) group.owners.add(tenant.people.origin.population.id(index));
  for (const index of members) group.added.add(tenant.people.origin.population.id(index));
  for (const inner of groups) group.added.add(inner.id);
  return tenant.groups.put(group);
}
