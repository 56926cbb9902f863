import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { looksLike, ToolError } from '../../src/contract/index.ts';
import { ann, blockUser, bob, callOf, GateWorld, renameUser, unblockUser } from '../fixtures/gate-world.ts';

let world: GateWorld;
beforeEach(async () => {
  world = await GateWorld.open();
});
afterEach(() => world.close());

const roleGroup = { id: 'bbbbbbbb-0000-4000-8000-000000000001', displayName: 'Admins', isAssignableToRole: true };
const forbidden = new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Consent.' });

/** Each way in which Ann can hold power over the directory. */
const privileges: [string, () => void][] = [
  [
    'a role',
    () => world.graph.collection('/roleManagement/directory/roleAssignments', [{ id: 'r', principalId: ann.id }]),
  ],
  [
    'an eligible role',
    () => world.graph.collection('/roleManagement/directory/roleEligibilitySchedules', [{ id: 'e' }]),
  ],
  [
    'a role-assignable group',
    () => world.graph.collection(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, [roleGroup]),
  ],
  [
    'owning a role-assignable group',
    () => world.graph.collection(`/users/${ann.id}/ownedObjects/microsoft.graph.group`, [roleGroup]),
  ],
];

describe('an account with power over the directory', () => {
  test.each(privileges)('by %s: nobody is let in through this server', async (_by, give) => {
    give();
    await expect(world.gate().propose(unblockUser, { user: ann.id }, callOf())).rejects.toMatchObject({
      code: 'PROTECTED_TARGET',
    });
  });

  test.each(privileges)('by %s: taking access away is step-up, and the client is not asked', async (_by, give) => {
    give();
    world.graph.collection('/roleManagement/directory/roleAssignments', [
      { id: 'r', principalId: ann.id },
      { id: 's', principalId: bob.id },
    ]);
    const { answer, mayElicit } = await world
      .gate()
      .propose(blockUser, { user: ann.id, reason: 'left' }, callOf({ elicits: true }));
    expect(answer).toMatchObject({
      status: 'approval_required',
      plan: { stepUp: true, targets: [{ privileged: 'yes' }] },
    });
    expect(answer.plan?.warnings).toContain('This account holds power over the directory');
    expect(mayElicit).toBe(false);
  });

  test.each([
    '/roleManagement/directory/roleAssignments',
    '/roleManagement/directory/roleEligibilitySchedules',
    `/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`,
    `/users/${ann.id}/ownedObjects/microsoft.graph.group`,
  ])('unknown, since %s cannot be read, counts as privileged', async (at) => {
    world.graph.fail(at, forbidden);
    const gate = world.gate();
    await expect(gate.propose(unblockUser, { user: ann.id }, callOf())).rejects.toMatchObject({
      code: 'PROTECTED_TARGET',
    });
    const { answer } = await gate.propose(blockUser, { user: ann.id, reason: 'left' }, callOf());
    expect(answer.plan).toMatchObject({ stepUp: true, targets: [{ privileged: 'unknown' }] });
  });

  test('unknown, since groups come back without their properties, counts as privileged', async () => {
    const blank = { id: roleGroup.id, displayName: null, isAssignableToRole: null };
    world.graph.collection(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, [blank]);
    const { answer } = await world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf());
    expect(answer.plan).toMatchObject({ stepUp: true, targets: [{ privileged: 'unknown' }] });
  });

  test('a tenant without the license for eligible roles has none', async () => {
    const code = new ToolError('NOT_PERMITTED', {
      message: 'No.',
      fix: 'Buy it.',
      detail: { graphCode: 'AadPremiumLicenseRequired' },
    });
    world.graph.fail('/roleManagement/directory/roleEligibilitySchedules', code);
    const { answer } = await world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf());
    expect(answer.plan).toMatchObject({ stepUp: false, targets: [{ privileged: 'no' }] });
  });

  test('a harmless property of it changes like any other', async () => {
    world.graph.collection('/roleManagement/directory/roleAssignments', [{ id: 'r', principalId: ann.id }]);
    const { answer } = await world.gate().propose(renameUser, { user: ann.id, jobTitle: 'CTO' }, callOf());
    expect(answer.status).toBe('completed');
  });

  test('the last enabled Global Administrator stays', async () => {
    world.graph.collection('/roleManagement/directory/roleAssignments', [
      { id: 'r', principalId: ann.id },
      { id: 's', principalId: bob.id },
    ]);
    expect((await world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf())).answer.status).toBe(
      'approval_required',
    );
    world.put({ ...bob, accountEnabled: false });
    world.graph.collection('/roleManagement/directory/roleAssignments', [
      { id: 'r', principalId: ann.id },
      { id: 's', principalId: bob.id },
    ]);
    await expect(world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf())).rejects.toMatchObject({
      code: 'PROTECTED_TARGET',
      message: 'This is the last enabled Global Administrator of the tenant.',
    });
  });

  test('one plan does not take the last two of them together', async () => {
    const both = {
      ...blockUser,
      name: 'block_both',
      plan: async (...asked: Parameters<typeof blockUser.plan>) => {
        const planned = await blockUser.plan(...asked);
        const targets = [ann, bob].map(({ id }) => ({ kind: 'user' as const, id, touch: 'takeaway' as const }));
        return 'unchanged' in planned ? planned : { ...planned, targets };
      },
    };
    const carl = { ...bob, id: 'aaaaaaaa-0000-4000-8000-000000000003', userPrincipalName: 'carl@contoso.example' };
    world.put(carl);
    const holding = (...holders: { id: string }[]) =>
      world.graph.collection(
        '/roleManagement/directory/roleAssignments',
        holders.map(({ id }) => ({ id: `of-${id}`, principalId: id })),
      );
    holding(ann, bob);
    await expect(world.gate().propose(both, { user: ann.id, reason: 'left' }, callOf())).rejects.toMatchObject({
      code: 'PROTECTED_TARGET',
      message: expect.stringContaining('every enabled Global Administrator'),
    });
    holding(ann, bob, carl);
    const { answer } = await world.gate().propose(both, { user: ann.id, reason: 'left' }, callOf());
    expect(answer).toMatchObject({ status: 'approval_required', plan: { stepUp: true } });
  });

  test('another administrator through a role-assignable group counts too', async () => {
    world.graph
      .collection('/roleManagement/directory/roleAssignments', [
        { id: 'r', principalId: ann.id },
        { id: 's', principalId: roleGroup.id },
      ])
      .object(`/groups/${roleGroup.id}`, roleGroup)
      .collection(`/groups/${roleGroup.id}/transitiveMembers/microsoft.graph.user`, [bob]);
    expect((await world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf())).answer.status).toBe(
      'approval_required',
    );
  });
});

describe('what the settings protect', () => {
  const group = { id: 'bbbbbbbb-0000-4000-8000-000000000002', displayName: 'Board', groupTypes: [] as string[] };

  function protecting(...names: string[]): Promise<unknown> {
    world.settings = { ...world.settings, protected: names };
    return world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf());
  }

  test.each([[ann.id], [ann.userPrincipalName]])('%s: refused', async (name) => {
    world.graph.collection('/groups', []);
    await expect(protecting(name)).rejects.toMatchObject({ code: 'PROTECTED_TARGET' });
  });

  test.each([
    ['by id', group.id],
    ['by name', 'Board'],
  ])('members of a group %s: refused', async (_how, name) => {
    world.graph.object(`/groups/${group.id}`, group).collection('/groups', [group]);
    world.graph.collection(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, [group]);
    await expect(protecting(name)).rejects.toMatchObject({ code: 'PROTECTED_TARGET' });
  });

  test('the approver group is protected like them', async () => {
    world.graph.object(`/groups/${group.id}`, group);
    world.graph.collection(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, [group]);
    world.settings = { ...world.settings, approverGroup: group.id };
    const refused = world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf());
    await expect(refused).rejects.toMatchObject({ code: 'PROTECTED_TARGET' });
  });

  test('others are changed as ever', async () => {
    world.graph.object(`/groups/${group.id}`, group);
    await expect(protecting(group.id, bob.id)).resolves.toBeTruthy();
  });

  test('a name that is nowhere stops every change: it may be misspelt', async () => {
    world.graph.collection('/groups', []);
    await expect(protecting('Bored')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('a dynamic group is refused: its members could leave it', async () => {
    world.graph.collection('/groups', [{ ...group, groupTypes: ['DynamicMembership'] }]);
    await expect(protecting('Board')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('is looked up once for a plan, and anew for the next one and at apply', async () => {
    const listing = {
      ...blockUser,
      name: 'block_listed',
      plan: async (...asked: Parameters<typeof blockUser.plan>) => {
        const planned = await blockUser.plan(...asked);
        const items = [{ id: bob.id, name: 'Bob', kind: 'user' as const }];
        return 'unchanged' in planned
          ? planned
          : { ...planned, observations: [{ name: 'others', title: 'Others', all: false, items }] };
      },
    };
    world.extraTools = [listing];
    world.settings = { ...world.settings, trustElicitation: 'true', protected: [group.id] };
    world.graph.object(`/groups/${group.id}`, group);
    const looks = () => world.graph.reads.filter(({ at }) => at === `/groups/${group.id}`).length;
    const gate = world.gate();
    const call = callOf({ elicits: true });
    const { answer } = await gate.propose(listing, { user: ann.id, reason: 'left' }, call);
    expect(looks()).toBe(1);
    await gate.propose(listing, { user: ann.id, reason: 'left' }, call);
    expect(looks()).toBe(2);
    const planId = answer.plan?.id ?? '';
    await gate.decideByClient(planId, 'approve', call.caller);
    world.graph.collection(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, [group]);
    await expect(gate.apply(planId, call, 0)).rejects.toMatchObject({ code: 'PROTECTED_TARGET' });
    expect(looks()).toBe(3);
  });

  test('a target whose groups cannot be read is refused', async () => {
    world.graph.object(`/groups/${group.id}`, group);
    world.graph.fail(`/users/${ann.id}/transitiveMemberOf/microsoft.graph.group`, forbidden);
    await expect(protecting(group.id)).rejects.toMatchObject({ code: 'PROTECTED_TARGET' });
  });
});

describe('look-alike accounts', () => {
  test('are named in the plan', async () => {
    world.graph.collection('/users', [
      ann,
      { id: 'x', userPrincipalName: 'anm@contoso.example', displayName: 'Ann Lee' },
    ]);
    const { answer } = await world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, callOf());
    expect(answer.plan?.warnings).toContain('Easily taken for another account: anm@contoso.example');
  });

  test.each([
    ['maria.rossi@a.com', 'maria.ross1@a.com', true],
    ['jordan.o@a.com', 'jordan.0@a.com', true],
    ['annemarie@a.com', 'annernarie@a.com', true],
    ['john.smith@a.com', 'jon.smith@a.com', true],
    ['john.smith@a.com', 'john.smith@b.com', true],
    ['john.smith@a.com', 'John.Smith@a.com', false],
    ['anna@a.com', 'anne@a.com', false],
    ['john.smith@a.com', 'mary.jones@a.com', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(looksLike(a, b)).toBe(expected);
    expect(looksLike(b, a)).toBe(expected);
  });
});
