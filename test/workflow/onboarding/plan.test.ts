import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkGivenByGroups, seatWarningsOf } from '../../../src/workflow/onboarding/licensing.ts';
import { OnboardingWorld } from './world.ts';

/** Words of a plan with what differs between tenants named. */
function worded(draft: unknown): unknown {
  const ids = new Map<string, string>();
  return JSON.parse(
    JSON.stringify(draft).replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (id) => {
      const name = ids.get(id) ?? `id-${ids.size + 1}`;
      ids.set(id, name);
      return name;
    }),
  );
}

test('the approver reads the whole of it', async () => {
  const world = await OnboardingWorld.open();
  expect(worded(await world.plan())).toMatchSnapshot();
  expect(world.writes).toEqual([]);
});

test('planning again says the same', async () => {
  const world = await OnboardingWorld.open();
  const like = world.tenant.landmarks.ordinary.id;
  expect(await world.plan({ like })).toEqual(await world.plan({ like }));
});

describe('like a colleague', () => {
  test('takes department, country and direct licenses where they are not given, and proposes groups', async () => {
    const world = await OnboardingWorld.open();
    const { landmarks } = world.tenant;
    const given = { like: landmarks.ordinary.id, groups: [landmarks.groups.security.id], manager: undefined };
    // The colleague's Visio is the last seat but one: it can be had once.
    const draft = await world.plan({ ...given, licenses: undefined, usageLocation: undefined, properties: {} });
    expect(worded(draft)).toMatchSnapshot();
    const proposed = draft.observations?.find(({ name }) => name === 'like')?.items ?? [];
    expect(proposed.length).toBeGreaterThan(0);
    expect(proposed.every(({ kept }) => kept !== undefined)).toBe(true);
    expect(proposed.map(({ id }) => id)).not.toContain(landmarks.groups.security.id);
    const licensed = proposed.find(({ id }) => id === landmarks.groups.licensed.id);
    expect(licensed?.kept).toContain('gives the licenses SPE_E5');
  });

  test('shows which of the groups can hold directory roles, and the roles in apps that they give', async () => {
    const world = await OnboardingWorld.open();
    const { helpdeskAdmin, leaver, groups } = world.tenant.landmarks;
    const shown = async (like: string) => {
      const draft = await world.plan({ like, licenses: [], groups: [] });
      return draft.observations?.find(({ name }) => name === 'like')?.items ?? [];
    };
    expect((await shown(helpdeskAdmin.id)).find(({ id }) => id === groups.roleAssignable.id)).toMatchObject({
      privileged: true,
      kept: 'Not named in groups; directory roles can be assigned to it',
    });
    expect((await shown(leaver.id)).map(({ kept }) => kept).join()).toContain('gives roles in the apps ');
  });

  test('tells of every group what can be told without reading more, and reads the apps of forty', async () => {
    const world = await OnboardingWorld.open();
    const draft = await world.plan({ like: world.tenant.landmarks.busyLeaver.id, licenses: [], groups: [] });
    const items = draft.observations?.find(({ name }) => name === 'like')?.items ?? [];
    expect(items.length).toBeGreaterThanOrEqual(100);
    expect(items.filter(({ kept }) => kept?.includes('which apps it gives was not read'))).toHaveLength(
      items.length - 40,
    );
  });

  test('what is given counts', async () => {
    const world = await OnboardingWorld.open();
    const { landmarks } = world.tenant;
    const draft = await world.plan({ like: landmarks.ordinary.id, licenses: [], groups: [] });
    expect(draft.facts).toMatchObject({ licenses: [], body: { department: 'Research', usageLocation: 'DE' } });
    expect(draft.facts).toMatchObject({ steps: ['create-user', 'manager', 'temporary-access-pass'] });
  });

  test('says what cannot be read', async () => {
    const permissions = ['User.Read.All', 'Domain.Read.All', 'GroupMember.Read.All', 'LicenseAssignment.Read.All'];
    const world = await OnboardingWorld.open({ permissions });
    const draft = await world.plan({ like: world.tenant.landmarks.ordinary.id, licenses: [], groups: [] });
    expect(draft.warnings?.join()).toContain('EntitlementManagement.Read.All');
    const proposed = draft.observations?.find(({ name }) => name === 'like')?.items ?? [];
    expect(proposed[0]?.kept).toContain('which apps it gives is not known');
  });
});

describe('licenses that groups give', () => {
  test('are held against the direct ones, and the group is named', async () => {
    const world = await OnboardingWorld.open();
    const { licensed } = world.tenant.landmarks.groups;
    await expect(world.plan({ licenses: ['STANDARDPACK'], groups: [licensed.id] })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('SHAREPOINTSTANDARD and SHAREPOINTENTERPRISE exclude each other'),
      fix: expect.stringContaining('the group out of groups'),
      detail: { field: 'groups', givingGroups: [licensed.displayName] },
    });
    expect((await world.plan({ licenses: ['SPE_E3'], groups: [licensed.id] })).warnings?.join()).not.toContain('seat');
  });

  test('do not help a license that needs another: groups are joined after licenses are assigned', async () => {
    const world = await OnboardingWorld.open();
    const { licensed } = world.tenant.landmarks.groups;
    const asked = { licenses: ['EXCHANGEARCHIVE_ADDON'], groups: [licensed.id] };
    await expect(world.plan(asked)).rejects.toMatchObject({ code: 'CONFLICT', detail: { field: 'licenses' } });
  });

  test('are warned of where no seat is free', async () => {
    const world = await OnboardingWorld.open();
    const { licensed } = world.tenant.landmarks.groups;
    await takeAllSeats(world, 'SPE_E5');
    const { warnings = [] } = await world.plan({ licenses: [], groups: [licensed.id] });
    expect(warnings).toContain(
      `No seat is free of SPE_E5, which ${licensed.displayName} gives: the account goes without it`,
    );
  });

  const sku = {
    skuId: 'e5',
    skuPartNumber: 'SPE_E5',
    appliesTo: 'User',
    consumedUnits: 5,
    prepaidUnits: { enabled: 5 },
  };
  const full = { ...sku, capabilityStatus: 'Enabled', servicePlans: [] };
  const group = { displayName: 'All staff', licenses: [{ skuId: 'e5', disabledPlans: [] }] };

  test('take no second seat beside a direct one, and none of a product that has lapsed', () => {
    const direct = [{ skuId: 'e5', skuPartNumber: 'SPE_E5', disabledPlans: [] }];
    expect(seatWarningsOf([full], direct, [group])).toEqual([]);
    expect(seatWarningsOf([{ ...full, consumedUnits: 1 }], [], [group])).toEqual([]);
    expect(seatWarningsOf([{ ...full, consumedUnits: 1, capabilityStatus: 'Suspended' }], [], [group])).toHaveLength(1);
    expect(seatWarningsOf([], [], [group])).toEqual([
      'No seat is free of e5, which All staff gives: the account goes without it',
    ]);
  });

  test('count less the plans that a group leaves off', () => {
    const plans = (servicePlanName: string) => [{ servicePlanId: servicePlanName, servicePlanName, appliesTo: 'User' }];
    const small = { ...full, skuId: 'e1', skuPartNumber: 'E1', servicePlans: plans('SHAREPOINTSTANDARD') };
    const large = { ...full, servicePlans: plans('SHAREPOINTENTERPRISE') };
    const direct = [{ skuId: 'e1', skuPartNumber: 'E1', disabledPlans: [] }];
    const check = (disabledPlans: string[]) =>
      checkGivenByGroups([small, large], direct, [{ ...group, licenses: [{ skuId: 'e5', disabledPlans }] }]);
    expect(() => check([])).toThrow('exclude each other');
    expect(() => check(['SHAREPOINTENTERPRISE'])).not.toThrow();
  });
});

const bought = z.object({
  value: z.array(
    z.object({
      skuId: z.string(),
      skuPartNumber: z.string(),
      consumedUnits: z.number(),
      prepaidUnits: z.object({ enabled: z.number() }),
    }),
  ),
});

/** Gives a product to people until none is left. */
async function takeAllSeats(world: OnboardingWorld, skuPartNumber: string): Promise<void> {
  const { url } = world.tenant;
  const { value } = bought.parse(await (await fetch(`${url}/v1.0/subscribedSkus`)).json());
  const found = value.find((one) => one.skuPartNumber === skuPartNumber);
  if (found === undefined) throw new Error(`Nobody has bought ${skuPartNumber}`);
  let free = found.prepaidUnits.enabled - found.consumedUnits;
  for (const id of Object.keys(world.tenant.snapshot().users)) {
    if (free === 0) return;
    const before = world.tenant.snapshot().users[id];
    if (JSON.stringify(before).includes(found.skuId)) continue;
    const body = JSON.stringify({ addLicenses: [{ skuId: found.skuId, disabledPlans: [] }], removeLicenses: [] });
    const headers = { 'content-type': 'application/json' };
    const { ok } = await fetch(`${url}/v1.0/users/${id}/assignLicense`, { method: 'POST', headers, body });
    if (ok) free -= 1;
  }
  throw new Error(`${free} seats are left`);
}

test('a group that can hold directory roles is a privileged item, a target, and warned of', async () => {
  const world = await OnboardingWorld.open();
  const { roleAssignable } = world.tenant.landmarks.groups;
  const draft = await world.plan({ groups: [roleAssignable.id] });
  const list = draft.observations?.find(({ name }) => name === 'groups');
  expect(list?.items).toEqual([
    { id: roleAssignable.id, name: roleAssignable.displayName, privileged: true, kind: 'group' },
  ]);
  expect(draft.targets).toEqual([{ kind: 'group', id: roleAssignable.id, touch: 'change' }]);
  expect(draft.warnings?.join()).toContain('would administer the tenant');
});

test('names that look alike are flagged', async () => {
  const world = await OnboardingWorld.open();
  const [one] = world.tenant.landmarks.lookalikes;
  const draft = await world.plan({ displayName: one.displayName });
  expect(draft.warnings?.join()).toContain(one.userPrincipalName);
});

describe('it is refused, with what to do instead,', () => {
  const cases: [string, (world: OnboardingWorld) => Parameters<OnboardingWorld['plan']>[0], string, RegExp][] = [
    ['for a name that someone has', (w) => name(w.tenant.landmarks.ordinary), 'CONFLICT', /Choose another/],
    ['for the name of a deleted user', (w) => name(w.tenant.landmarks.deletedUser), 'CONFLICT', /restore_user/],
    [
      'in a domain that is not verified',
      () => ({ userPrincipalName: 'nora.new@elsewhere.example' }),
      'INPUT_INVALID',
      /verifiedDomains/,
    ],
    [
      'for a guest',
      (w) => ({ userPrincipalName: `nora_elsewhere.example#EXT#@${w.tenant.domain}` }),
      'INPUT_INVALID',
      /invite_guest/,
    ],
    ['without a country for the licenses', () => ({ usageLocation: undefined }), 'INPUT_INVALID', /usageLocation/],
    ['for a license that is not there', () => ({ licenses: ['NOT_BOUGHT'] }), 'NOT_FOUND', /partNumbers/],
    ['for licenses that exclude each other', () => ({ licenses: ['SPE_E3', 'STANDARDPACK'] }), 'CONFLICT', /Leave one/],
    ['for a license that needs another', () => ({ licenses: ['EXCHANGEARCHIVE_ADDON'] }), 'CONFLICT', /add what is/],
    ['for a manager who is not there', () => ({ manager: 'nobody@x.example' }), 'NOT_FOUND', /search_users/],
    ['for a colleague who is not there', () => ({ like: 'nobody@x.example' }), 'NOT_FOUND', /search_users/],
    ['like a guest', (w) => ({ like: w.tenant.landmarks.guest.id }), 'CONFLICT', /colleague of the organization/],
    ['for a group that is not there', () => ({ groups: ['No such group'] }), 'NOT_FOUND', /search_groups/],
    ...(['dynamic', 'synced', 'mailEnabled'] as const).map((kind): (typeof cases)[number] => [
      `for a ${kind} group`,
      (w) => ({ groups: [w.tenant.landmarks.groups[kind].id] }),
      'CONFLICT',
      /Leave it out of groups/,
    ]),
  ];
  const name = ({ userPrincipalName }: { readonly userPrincipalName: string }) => ({ userPrincipalName });

  test.each(cases)('%s', async (_, over, code, fix) => {
    const world = await OnboardingWorld.open();
    await expect(world.plan(over(world))).rejects.toMatchObject({ code, fix: expect.stringMatching(fix) });
  });

  test('where no seat is free', async () => {
    const world = await OnboardingWorld.open();
    expect((await world.plan({ licenses: ['VISIOCLIENT'] })).warnings?.join()).toContain('last free seat');
    expect((await world.onboard({ licenses: ['VISIOCLIENT'] })).status).toBe('completed');
    const other = { userPrincipalName: `someone.else@${world.tenant.domain}`, displayName: 'Someone Else' };
    await expect(world.plan({ ...other, licenses: ['VISIOCLIENT'] })).rejects.toMatchObject({
      code: 'CONFLICT',
      fix: expect.stringContaining('list_licenses'),
    });
  });
});
