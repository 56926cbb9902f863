import { describe, expect, test } from 'vitest';
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
