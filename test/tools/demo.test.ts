import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findLicense, type GraphReader, path } from '../../src/contract/index.ts';
import type { DemoTenant } from '../../src/demo/index.ts';
import addGroupMembers from '../../tools/groups/add-group-members.ts';
import getGroup from '../../tools/groups/get-group.ts';
import listGroupMembers from '../../tools/groups/list-group-members.ts';
import listUserGroups from '../../tools/groups/list-user-groups.ts';
import removeGroupMembers from '../../tools/groups/remove-group-members.ts';
import searchGroups from '../../tools/groups/search-groups.ts';
import createUser from '../../tools/users/create-user.ts';
import disableUser from '../../tools/users/disable-user.ts';
import enableUser from '../../tools/users/enable-user.ts';
import getUser from '../../tools/users/get-user.ts';
import revokeSessions from '../../tools/users/revoke-sessions.ts';
import searchUsers from '../../tools/users/search-users.ts';
import updateUser from '../../tools/users/update-user.ts';
import { userIncludes } from '../../tools/users/user-includes.ts';
import { DemoTrial, idsOf, type Row, refusal } from '../fixtures/demo-trial.ts';
import { asker } from '../fixtures/no-workflows.ts';
import { read, still } from '../fixtures/tool-trial.ts';

// The tools against the simulated tenant, over real HTTP and the real transport.

let demo: DemoTrial;
let tenant: DemoTenant;
let graph: GraphReader;
const { signal } = new AbortController();

beforeAll(async () => {
  demo = await DemoTrial.open(150);
  ({ tenant, graph } = demo);
});
afterAll(() => demo.close());

const all: DemoTrial['all'] = (tool, input) => demo.all(tool, input);
const change: DemoTrial['change'] = (tool, input) => demo.change(tool, input);

describe('search_users finds what the tenant holds', () => {
  let people: Row[] = [];
  beforeAll(() => {
    people = Object.values(tenant.snapshot().users).filter((user) => user['deletedDateTime'] == null);
  });
  const created = (user: Row): number => Date.parse(String(user['createdDateTime']));

  test.each<[string, z.input<typeof searchUsers.input>, (user: Row) => boolean]>([
    ['everybody', {}, () => true],
    ['department', { department: 'Sales' }, (user) => user['department'] === 'Sales'],
    ['jobTitle', { jobTitle: 'Software Engineer' }, (user) => user['jobTitle'] === 'Software Engineer'],
    ['enabled', { accountEnabled: true }, (user) => user['accountEnabled'] === true],
    ['disabled', { accountEnabled: false }, (user) => user['accountEnabled'] === false],
    ['guests', { userType: 'Guest' }, (user) => user['userType'] === 'Guest'],
    ['members', { userType: 'Member' }, (user) => user['userType'] === 'Member'],
    ['synced', { synced: true }, (user) => user['onPremisesSyncEnabled'] === true],
    ['not synced', { synced: false }, (user) => user['onPremisesSyncEnabled'] !== true],
    [
      'several',
      { department: 'Sales', accountEnabled: true, synced: false },
      (user) =>
        user['department'] === 'Sales' && user['accountEnabled'] === true && user['onPremisesSyncEnabled'] !== true,
    ],
  ])('%s', async (_, filters, meets) => {
    const expected = people.filter(meets);
    expect(expected.length).toBeGreaterThan(0);
    expect(idsOf(await all(searchUsers, filters))).toEqual(idsOf(expected));
  });

  test('license', async () => {
    const { skuId: skuIdOfE5 } = await findLicense(graph, 'SPE_E5');
    const schema = z.object({ id: z.string(), assignedLicenses: z.array(z.object({ skuId: z.string() })) });
    const licensed: Row[] = [];
    for await (const page of graph.pages(path`/users`, schema)) {
      licensed.push(...page.items.filter((user) => user.assignedLicenses.some(({ skuId }) => skuId === skuIdOfE5)));
    }
    expect(licensed.length).toBeGreaterThan(0);
    expect(idsOf(await all(searchUsers, { license: 'SPE_E5' }))).toEqual(idsOf(licensed));
    expect(idsOf(await all(searchUsers, { license: skuIdOfE5 }))).toEqual(idsOf(licensed));
  });

  test('created before and after', async () => {
    const moments = people.map(created).sort((a, b) => a - b);
    const middle = new Date(moments[75] ?? 0);
    const later = await all(searchUsers, { createdAfter: middle.toISOString() });
    expect(idsOf(later)).toEqual(idsOf(people.filter((user) => created(user) >= middle.getTime())));
    const earlier = await all(searchUsers, { createdBefore: middle.toISOString() });
    expect(idsOf(earlier)).toEqual(idsOf(people.filter((user) => created(user) <= middle.getTime())));
  });

  test('reports of a manager, and those of them that meet a filter', async () => {
    const { manager } = tenant.landmarks;
    const reports = people.filter((user) => user['manager'] === manager.id);
    expect(idsOf(await all(searchUsers, { manager: manager.userPrincipalName }))).toEqual(idsOf(reports));
    expect(idsOf(await all(searchUsers, { manager: manager.id, accountEnabled: false }))).toEqual(
      idsOf(reports.filter((user) => user['accountEnabled'] === false)),
    );
  });

  test('text: words of names, beginnings of addresses, with and without a filter', async () => {
    const { ordinary, apostrophe, disabled } = tenant.landmarks;
    expect(idsOf(await all(searchUsers, { text: 'Lindqvist' }))).toContain(ordinary.id);
    expect(idsOf(await all(searchUsers, { text: 'maya.lind' }))).toContain(ordinary.id);
    expect(idsOf(await all(searchUsers, { text: "O'Brien" }))).toContain(apostrophe.id);
    expect(idsOf(await all(searchUsers, { text: 'Wynn', accountEnabled: false }))).toContain(disabled.id);
    expect(await all(searchUsers, { text: 'Wynn', accountEnabled: true })).toEqual([]);
  });

  test.each(["x' or 1 eq 1", '" OR "id:*', 'Q&Zx', 'a\\b', '100%', '#+?/', 'ev\u200Dil'])(
    'hostile %j is data',
    async (text) => {
      expect(await all(searchUsers, { text })).toEqual([]);
      expect(await all(searchUsers, { department: text })).toEqual([]);
      expect(await all(searchUsers, { jobTitle: text })).toEqual([]);
    },
  );
});

describe('get_user', () => {
  test('every include of the ordinary person', async () => {
    const { ordinary, manager } = tenant.landmarks;
    const answer = await read(getUser, { user: ordinary.userPrincipalName, include: [...userIncludes] }, graph);
    expect(JSON.stringify(answer)).not.toContain('unavailable');
    expect(answer).toMatchObject({
      user: { id: ordinary.id, displayName: ordinary.displayName },
      manager: { id: manager.id },
      roles: { items: [] },
      reports: { items: expect.any(Array) },
      groups: { items: expect.arrayContaining([expect.objectContaining({ id: tenant.landmarks.groups.security.id })]) },
      devices: { items: [expect.anything(), expect.anything()] },
      authMethods: { items: expect.arrayContaining([expect.objectContaining({ type: 'password' })]) },
      signInActivity: { lastSignInDateTime: expect.any(String) },
      licenses: {
        items: expect.arrayContaining([
          expect.objectContaining({ assignedByGroup: null, skuPartNumber: expect.any(String) }),
          expect.objectContaining({ assignedByGroup: expect.any(String), skuPartNumber: expect.any(String) }),
        ]),
      },
    });
  });

  test('roles held directly and by group', async () => {
    const { helpdeskAdmin, groups } = tenant.landmarks;
    const answer = await read(getUser, { user: helpdeskAdmin.id, include: ['roles'] }, graph);
    expect(answer).toMatchObject({
      roles: {
        items: expect.arrayContaining([
          expect.objectContaining({ displayName: 'Helpdesk Administrator', assignedByGroup: null }),
          expect.objectContaining({ assignedByGroup: groups.roleAssignable.id }),
        ]),
      },
    });
  });

  test('someone without manager, sign-ins and devices', async () => {
    const { executive, newcomer } = tenant.landmarks;
    expect(await read(getUser, { user: executive.id, include: ['manager'] }, graph)).toMatchObject({ manager: null });
    expect(
      await read(getUser, { user: newcomer.id, include: ['signInActivity', 'devices', 'licenses'] }, graph),
    ).toMatchObject({ signInActivity: null, devices: { items: [] }, licenses: { items: [] } });
  });

  test.each(['guest', 'apostrophe', 'hostileName'] as const)('%s by userPrincipalName', async (name) => {
    const { id, userPrincipalName } = tenant.landmarks[name];
    expect(await read(getUser, { user: userPrincipalName }, graph)).toMatchObject({ user: { id } });
  });

  test('nobody', async () => {
    expect(await refusal(read(getUser, { user: 'nobody@nowhere.example' }, graph))).toBe('NOT_FOUND');
  });
});

describe('groups', () => {
  test.each<[z.input<typeof searchGroups.input>, keyof DemoTenant['landmarks']['groups']]>([
    [{ kind: 'security' }, 'security'],
    [{ kind: 'microsoft365' }, 'm365'],
    [{ kind: 'mailSecurity' }, 'mailEnabled'],
    [{ dynamic: true }, 'dynamic'],
    [{ dynamic: false }, 'security'],
    [{ roleAssignable: true }, 'roleAssignable'],
    [{ roleAssignable: false }, 'security'],
    [{ synced: true }, 'synced'],
    [{ synced: false }, 'security'],
    [{ license: 'SPE_E5' }, 'licensed'],
  ])('search_groups %j finds %s', async (filters, name) => {
    expect(idsOf(await all(searchGroups, filters))).toContain(tenant.landmarks.groups[name].id);
  });

  test('search by text, and by exact name', async () => {
    const { security } = tenant.landmarks.groups;
    expect(idsOf(await all(searchGroups, { text: security.displayName }))).toContain(security.id);
    const answer = await read(getGroup, { group: security.displayName, include: ['owners', 'memberCount'] }, graph);
    expect(answer).toMatchObject({ group: { id: security.id }, owners: [{ type: 'user' }, { type: 'user' }] });
    expect(answer.memberCount).toBe((await all(listGroupMembers, { group: security.id })).length);
  });

  test('members: direct, nested, users alone', async () => {
    const { nested } = tenant.landmarks.groups;
    const direct = await all(listGroupMembers, { group: nested.id });
    expect(new Set(direct.map((row) => row['type']))).toEqual(new Set(['group']));
    const transitive = await all(listGroupMembers, { group: nested.id, transitive: true });
    const people = await all(listGroupMembers, { group: nested.id, transitive: true, usersOnly: true });
    expect(people.length).toBeGreaterThan(0);
    expect(idsOf(transitive.filter((row) => row['type'] === 'user'))).toEqual(idsOf(people));
  });

  test('groups of a person, direct and through others', async () => {
    const { ordinary, groups } = tenant.landmarks;
    const direct = idsOf(await all(listUserGroups, { user: ordinary.id }));
    const transitive = idsOf(await all(listUserGroups, { user: ordinary.userPrincipalName, transitive: true }));
    expect(direct).toContain(groups.security.id);
    expect(transitive).toEqual(expect.arrayContaining(direct));
  });

  test.each(['dynamic', 'synced', 'mailEnabled'] as const)('members of the %s group are not changed', async (name) => {
    const { ordinary, groups } = tenant.landmarks;
    const input = { group: groups[name].id, users: [ordinary.id], reason: 'a test' };
    expect(await refusal(change(addGroupMembers, input))).toBe('CONFLICT');
    expect(await refusal(change(removeGroupMembers, input))).toBe('CONFLICT');
  });

  test('someone is added and removed again', async () => {
    const { eligibleAdmin, groups } = tenant.landmarks;
    const input = { group: groups.security.displayName, users: [eligibleAdmin.userPrincipalName], reason: 'a test' };
    const isMember = async () =>
      idsOf(await all(listUserGroups, { user: eligibleAdmin.id })).includes(groups.security.id);
    expect(await isMember()).toBe(false);
    await change(addGroupMembers, input);
    expect(await isMember()).toBe(true);
    await change(removeGroupMembers, input);
    expect(await isMember()).toBe(false);
  });

  test('a role-assignable group: the plan names its roles', async () => {
    const { ordinary, groups } = tenant.landmarks;
    const input = addGroupMembers.input.parse({ group: groups.roleAssignable.id, users: [ordinary.id] });
    const draft = await addGroupMembers.plan(input, { graph, clock: still, signal, ...asker });
    expect(draft).toMatchObject({
      effects: expect.arrayContaining([expect.stringMatching(/^They become administrators: \w/)]),
    });
  });
});

describe('changes of users', () => {
  const stateOf = (id: string): Row => tenant.snapshot().users[id] ?? {};

  test('disable, enable, sign out', async () => {
    const { hostileName: person } = tenant.landmarks;
    await change(disableUser, { user: person.userPrincipalName, reason: 'a test' });
    expect(stateOf(person.id)['accountEnabled']).toBe(false);
    await change(enableUser, { user: person.id });
    expect(stateOf(person.id)['accountEnabled']).toBe(true);
    const before = stateOf(person.id)['signInSessionsValidFromDateTime'];
    await change(revokeSessions, { user: person.id, reason: 'a test' });
    expect(stateOf(person.id)['signInSessionsValidFromDateTime']).not.toBe(before);
  });

  test('properties, and the new sign-in name', async () => {
    const { apostrophe: person } = tenant.landmarks;
    const set = {
      jobTitle: 'Lead',
      city: null,
      usageLocation: 'de',
      otherMails: ['s@home.example'],
      businessPhones: ['+1 2'],
    };
    await change(updateUser, { user: person.userPrincipalName, set });
    const { city, ...kept } = set;
    expect(stateOf(person.id)).toMatchObject({ ...kept, usageLocation: 'DE' });
    expect(stateOf(person.id)['city'] ?? city).toBeNull();
    const userPrincipalName = `siobhan@${tenant.domain}`;
    expect(await change(updateUser, { user: person.id, set: { userPrincipalName } })).toMatchObject({
      userPrincipalName,
    });
    expect(await read(getUser, { user: userPrincipalName }, graph)).toMatchObject({ user: { id: person.id } });
  });

  test('a rule of a dynamic group raises the plan', async () => {
    const { ordinary, groups } = tenant.landmarks;
    const input = updateUser.input.parse({ user: ordinary.id, set: { department: 'Sales' } });
    expect(await updateUser.plan(input, { graph, clock: still, signal, ...asker })).toMatchObject({
      raise: ['grant'],
      effects: expect.arrayContaining([expect.stringContaining(groups.dynamic.displayName)]),
    });
  });

  test('what AD masters is refused here as Graph would; what the cloud masters is taken', async () => {
    const { synced } = tenant.landmarks;
    expect(await refusal(change(updateUser, { user: synced.id, set: { jobTitle: 'Lead' } }))).toBe('CONFLICT');
    await change(updateUser, { user: synced.id, set: { usageLocation: 'FR' } });
    expect(stateOf(synced.id)['usageLocation']).toBe('FR');
  });

  test('a new account, once', async () => {
    const account = {
      userPrincipalName: `dora.eck@${tenant.domain}`,
      displayName: 'Dora Eck',
      department: 'Sales',
      usageLocation: 'de',
    };
    const { id } = await change(createUser, account);
    expect(stateOf(id)).toMatchObject({
      ...account,
      usageLocation: 'DE',
      mailNickname: 'dora.eck',
      accountEnabled: true,
    });
    expect(await refusal(change(createUser, account))).toBe('CONFLICT');
    expect(await refusal(change(createUser, { ...account, userPrincipalName: 'd@elsewhere.example' }))).toBe(
      'INPUT_INVALID',
    );
    expect(idsOf(await all(searchUsers, { text: 'Dora' }))).toContain(id);
  });
});

test('no request was answered with a fault but the second adding of a member', () => {
  const faults = tenant.requests
    .filter(({ status }) => status >= 500 || status === 400)
    .filter(({ method, path }) => !(method === 'POST' && path.endsWith('/members/$ref')));
  expect(faults).toEqual([]);
});
