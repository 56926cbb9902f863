import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventual, GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 120 });
});
afterEach(() => graph.tenant.close());

const refs = (id: string, of: 'members' | 'owners' = 'members'): string => `/groups/${id}/${of}/$ref`;
const bind = (id: string) => ({ '@odata.id': graph.link(id) });
const memberIds = async (id: string) =>
  (await graph.all(`/groups/${id}/members?$select=id`)).map((member) => member['id']);

describe('reading groups', () => {
  test('every kind of group is there', async () => {
    const groups = await graph.all('/groups');
    expect(groups.length).toBeGreaterThanOrEqual(12);
    const has = (passes: (group: Record<string, unknown>) => boolean) => expect(groups.some(passes)).toBe(true);
    const types = (group: Record<string, unknown>): unknown[] => [group['groupTypes']].flat();
    has((group) => types(group).includes('Unified'));
    has((group) => types(group).includes('DynamicMembership') && typeof group['membershipRule'] === 'string');
    has((group) => group['isAssignableToRole'] === true);
    has((group) => group['onPremisesSyncEnabled'] === true);
    has((group) => group['mailEnabled'] === true && group['securityEnabled'] === true && types(group).length === 0);
  });

  test.each([
    ["displayName eq 'VPN Users'", 1],
    ["startsWith(displayName,'License')", 1],
    ["groupTypes/any(c:c eq 'Unified')", 11],
    ['isAssignableToRole eq true', 2],
    ['assignedLicenses/any(a:a/skuId eq 06ebc4ee-1bb5-47dd-8120-11324bc54e06)', 1],
  ])('%s finds %i', async (filter, count) => {
    expect((await graph.get(`/groups?$filter=${encodeURIComponent(filter)}`)).items).toHaveLength(count);
  });

  test('members of several types say which, a cast has one type, and service principals are left out', async () => {
    const pilot = (await graph.get(`/groups?$filter=${encodeURIComponent("displayName eq 'Device Pilot'")}`)).items[0];
    const path = `/groups/${pilot?.['id']}/members`;
    const types = (await graph.get(path)).items.map((member) => member['@odata.type']);
    expect(types).toEqual(['#microsoft.graph.user', '#microsoft.graph.device']);
    expect((await graph.get(`${path}/microsoft.graph.device`)).items).toHaveLength(1);
    expect((await graph.get(`${path}/microsoft.graph.user?$select=userPrincipalName`)).items).toEqual([
      { userPrincipalName: graph.tenant.landmarks.ordinary.userPrincipalName },
    ]);
    expect((await graph.get(`${path}/microsoft.graph.user/$count`, eventual)).text).toBe('1');
    expect((await graph.get(`${path}/microsoft.graph.teapot`)).status).toBe(400);
  });

  test('transitive members are those of the nested groups, each once', async () => {
    const { nested } = graph.tenant.landmarks.groups;
    const direct = await graph.all(`/groups/${nested.id}/members`);
    expect(direct.every((member) => member['@odata.type'] === '#microsoft.graph.group')).toBe(true);
    const people = await graph.all(`/groups/${nested.id}/transitiveMembers/microsoft.graph.user?$select=id&$top=50`);
    expect(people.length).toBeGreaterThan(100);
    expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
    const { ordinary } = graph.tenant.landmarks;
    const held = await graph.all(`/users/${ordinary.id}/transitiveMemberOf?$select=id`);
    expect(held.map(({ id }) => id)).toContain(nested.id);
    expect((await graph.all(`/users/${ordinary.id}/memberOf?$select=id`)).map(({ id }) => id)).not.toContain(nested.id);
  });

  test('filters on relations are always advanced', async () => {
    const { ordinary } = graph.tenant.landmarks;
    const path = `/users/${ordinary.id}/memberOf/microsoft.graph.group?$select=displayName&$filter=${encodeURIComponent("displayName eq 'VPN Users'")}`;
    expect((await graph.get(path)).error.code).toBe('Request_UnsupportedQuery');
    expect((await graph.get(`${path}&$count=true`, eventual)).items).toEqual([{ displayName: 'VPN Users' }]);
  });

  test('an id that is none is a bad request, an unknown one is not found', async () => {
    expect((await graph.get('/groups/VPN%20Users')).error.code).toBe('Request_BadRequest');
    expect((await graph.get('/groups/00000000-0000-4000-8000-000000000000')).error.code).toBe(
      'Request_ResourceNotFound',
    );
  });

  test('a dynamic group follows the property of its rule', async () => {
    const { ordinary, groups } = graph.tenant.landmarks;
    expect(await memberIds(groups.dynamic.id)).not.toContain(ordinary.id);
    await graph.send('PATCH', `/users/${ordinary.id}`, { department: 'Sales' });
    expect(await memberIds(groups.dynamic.id)).toContain(ordinary.id);
  });

  test('leaving the license group takes the license away', async () => {
    const { ordinary, groups } = graph.tenant.landmarks;
    const skuIds = async () =>
      (await graph.get(`/users/${ordinary.id}/licenseDetails`)).items.map((license) => license['skuPartNumber']);
    expect(await skuIds()).toContain('SPE_E5');
    expect((await graph.send('DELETE', `/groups/${groups.licensed.id}/members/${ordinary.id}/$ref`)).status).toBe(204);
    expect(await skuIds()).not.toContain('SPE_E5');
  });
});

describe('members', () => {
  test('are added once and removed once', async () => {
    const { eligibleAdmin, groups } = graph.tenant.landmarks;
    expect((await graph.send('POST', refs(groups.security.id), bind(eligibleAdmin.id))).status).toBe(204);
    expect(await memberIds(groups.security.id)).toContain(eligibleAdmin.id);
    const again = await graph.send('POST', refs(groups.security.id), bind(eligibleAdmin.id));
    expect(again.status).toBe(400);
    expect(again.error.message).toBe(
      "One or more added object references already exist for the following modified properties: 'members'.",
    );
    const path = `/groups/${groups.security.id}/members/${eligibleAdmin.id}/$ref`;
    expect((await graph.send('DELETE', path)).status).toBe(204);
    expect((await graph.send('DELETE', path)).error.code).toBe('Request_ResourceNotFound');
    expect(graph.tenant.snapshot().users[eligibleAdmin.id]).toBeDefined();
  });

  test('a seeded member can be taken out and put back', async () => {
    const { ordinary, groups } = graph.tenant.landmarks;
    await graph.send('DELETE', `/groups/${groups.bigGroup.id}/members/${ordinary.id}/$ref`);
    expect(await memberIds(groups.bigGroup.id)).not.toContain(ordinary.id);
    await graph.send('POST', refs(groups.bigGroup.id), bind(ordinary.id));
    expect(await memberIds(groups.bigGroup.id)).toContain(ordinary.id);
  });

  test('twenty at a time, all or nothing', async () => {
    const { security } = graph.tenant.landmarks.groups;
    const present = await memberIds(security.id);
    const others = (await graph.all('/users?$select=id'))
      .map(({ id }) => String(id))
      .filter((id) => !present.includes(id));
    const patch = (ids: readonly string[]) =>
      graph.send('PATCH', `/groups/${security.id}`, { 'members@odata.bind': ids.map((id) => graph.link(id)) });
    expect((await patch(others.slice(0, 21))).status).toBe(400);
    expect((await patch([...others.slice(0, 3), String(present[0])])).status).toBe(400);
    expect((await patch([...others.slice(0, 3), '00000000-0000-4000-8000-000000000000'])).status).toBe(404);
    expect(await memberIds(security.id)).toEqual(present);
    expect((await patch(others.slice(0, 20))).status).toBe(204);
    expect(await memberIds(security.id)).toHaveLength(present.length + 20);
  });

  test.each(['dynamic', 'synced', 'mailEnabled'] as const)('of the %s group are not changed by hand', async (name) => {
    const id = graph.tenant.landmarks.groups[name].id;
    const before = graph.tenant.snapshot();
    const [member] = await memberIds(id);
    expect((await graph.send('POST', refs(id), bind(graph.tenant.landmarks.guest.id))).status).toBe(400);
    expect((await graph.send('DELETE', `/groups/${id}/members/${member}/$ref`)).status).toBe(400);
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test('groups do not go into M365 or role-assignable groups, nor into themselves', async () => {
    const { m365, roleAssignable, security, nested } = graph.tenant.landmarks.groups;
    expect((await graph.send('POST', refs(m365.id), bind(security.id))).status).toBe(400);
    expect((await graph.send('POST', refs(roleAssignable.id), bind(security.id))).status).toBe(400);
    expect((await graph.send('POST', refs(security.id), bind(m365.id))).status).toBe(400);
    expect((await graph.send('POST', refs(security.id), bind(security.id))).status).toBe(400);
    expect((await graph.send('POST', refs(nested.id), bind(security.id))).status).toBe(204);
  });

  test('DELETE without $ref deletes the member itself', async () => {
    const { ordinary, groups } = graph.tenant.landmarks;
    expect((await graph.send('DELETE', `/groups/${groups.security.id}/members/${ordinary.id}`)).status).toBe(204);
    expect((await graph.get(`/users/${ordinary.id}`)).status).toBe(404);
  });
});

describe('owners', () => {
  test('the last one stays, even beside a service principal', async () => {
    const { m365 } = graph.tenant.landmarks.groups;
    const { manager, ordinary } = graph.tenant.landmarks;
    const agent = (await graph.get('/servicePrincipals?$filter=displayName%20eq%20%27Expenses%27')).items[0];
    const last = `/groups/${m365.id}/owners/${manager.id}/$ref`;
    expect((await graph.send('DELETE', last)).error.message).toContain('must have at least one owner');
    await graph.send('POST', refs(m365.id, 'owners'), bind(String(agent?.['id'])));
    expect((await graph.send('DELETE', last)).status).toBe(400);
    await graph.send('POST', refs(m365.id, 'owners'), bind(ordinary.id));
    expect((await graph.send('DELETE', last)).status).toBe(204);
    const owned = await graph.get(`/users/${ordinary.id}/ownedObjects/microsoft.graph.group?$select=id`);
    expect(owned.items).toEqual([{ id: m365.id }]);
  });
});

describe('the group itself', () => {
  const body = { displayName: 'Fresh', mailEnabled: false, mailNickname: 'fresh', securityEnabled: true };

  test('is created with owners and members, changed and deleted for good', async () => {
    const { ordinary, manager } = graph.tenant.landmarks;
    const created = await graph.send('POST', '/groups', {
      ...body,
      'members@odata.bind': [graph.link(ordinary.id)],
      'owners@odata.bind': [graph.link(manager.id)],
    });
    expect(created.status).toBe(201);
    const id = String(created.json['id']);
    expect(await memberIds(id)).toEqual([ordinary.id]);
    expect((await graph.send('PATCH', `/groups/${id}`, { description: 'now described' })).status).toBe(204);
    expect((await graph.get(`/groups/${id}`)).json).toMatchObject({
      displayName: 'Fresh',
      description: 'now described',
    });
    expect((await graph.send('DELETE', `/groups/${id}`)).status).toBe(204);
    expect((await graph.get(`/directory/deletedItems/${id}`)).status).toBe(404);
  });

  test('an M365 group can come back, and an app cannot delete it for good', async () => {
    const { m365 } = graph.tenant.landmarks.groups;
    await graph.send('DELETE', `/groups/${m365.id}`);
    expect((await graph.get('/directory/deletedItems/microsoft.graph.group?$select=id')).items).toEqual([
      { id: m365.id },
    ]);
    expect((await graph.send('DELETE', `/directory/deletedItems/${m365.id}`)).status).toBe(403);
    expect((await graph.send('POST', `/directory/deletedItems/${m365.id}/restore`)).status).toBe(200);
    expect(await memberIds(m365.id)).toHaveLength(5);
  });

  test.each([
    ['a mail-enabled security group', { ...body, mailEnabled: true }],
    ['neither security nor mail', { ...body, securityEnabled: false }],
    ['a rule without the type', { ...body, membershipRule: 'user.department -eq "Sales"' }],
    ['the type without a rule', { ...body, groupTypes: ['DynamicMembership'] }],
    ['a rule nobody understands', { ...body, groupTypes: ['DynamicMembership'], membershipRule: 'everyone' }],
    [
      'a role-assignable dynamic one',
      { ...body, isAssignableToRole: true, groupTypes: ['DynamicMembership'], membershipRule: 'user.city -eq "Oslo"' },
    ],
    [
      'a public role-assignable one',
      { ...body, isAssignableToRole: true, visibility: 'Public', groupTypes: ['Unified'], mailEnabled: true },
    ],
    ['hidden members of a security group', { ...body, visibility: 'HiddenMembership' }],
    ['a nickname with a blank', { ...body, mailNickname: 'two words' }],
    ['a nickname of 65 characters', { ...body, mailNickname: 'n'.repeat(65) }],
    [
      'the nickname of another Microsoft 365 group',
      { ...body, groupTypes: ['Unified'], mailEnabled: true, mailNickname: 'project-aurora' },
    ],
    ['no name', { ...body, displayName: undefined }],
    ['an unknown property', { ...body, colour: 'red' }],
  ])('refuses %s', async (_, wrong) => {
    const before = graph.tenant.snapshot();
    expect((await graph.send('POST', '/groups', wrong)).status).toBe(400);
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test('isAssignableToRole is fixed, a synced group is read-only', async () => {
    const { security, synced } = graph.tenant.landmarks.groups;
    expect((await graph.send('PATCH', `/groups/${security.id}`, { isAssignableToRole: true })).status).toBe(400);
    expect((await graph.send('PATCH', `/groups/${synced.id}`, { description: 'x' })).status).toBe(400);
    expect((await graph.send('DELETE', `/groups/${synced.id}`)).status).toBe(400);
  });

  test('an M365 group has mail, owners and members from the start', async () => {
    const { ordinary, manager } = graph.tenant.landmarks;
    const created = await graph.send('POST', '/groups', {
      ...body,
      mailEnabled: true,
      securityEnabled: false,
      groupTypes: ['Unified'],
      visibility: 'Private',
      'owners@odata.bind': [`${graph.tenant.url}/v1.0/users/${manager.id}`],
      'members@odata.bind': [graph.link(ordinary.id), graph.link(manager.id)],
    });
    expect(created.json).toMatchObject({ mail: `fresh@${graph.tenant.domain}`, visibility: 'Private' });
    const owners = await graph.all(`/groups/${created.json['id']}/owners?$select=id`);
    expect(owners.map(({ id }) => id)).toEqual([manager.id]);
    expect(await memberIds(String(created.json['id']))).toHaveLength(2);
  });

  test.each([
    ['a group as owner', (id: string) => ({ 'owners@odata.bind': [id] }), 400],
    ['the same member twice', (id: string) => ({ 'members@odata.bind': [id, id] }), 400],
  ])('is not created with %s', async (_, bound, status) => {
    const before = graph.tenant.snapshot();
    const link = graph.link(graph.tenant.landmarks.groups.security.id);
    expect((await graph.send('POST', '/groups', { ...body, ...bound(link) })).status).toBe(status);
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test('can become dynamic, but never Microsoft 365; the rule must be one', async () => {
    const { security, dynamic, m365 } = graph.tenant.landmarks.groups;
    const patch = (id: string, values: unknown) => graph.send('PATCH', `/groups/${id}`, values);
    expect((await patch(security.id, { membershipRule: 'user.department -eq "Sales"' })).status).toBe(400);
    expect((await patch(security.id, { groupTypes: ['Unified'] })).status).toBe(400);
    expect((await patch(dynamic.id, { membershipRule: null })).status).toBe(400);
    expect((await patch(m365.id, { visibility: 'HiddenMembership' })).status).toBe(400);
    const rule = { groupTypes: ['DynamicMembership'], membershipRule: 'user.displayName -eq "Maya Lindqvist"' };
    expect((await patch(security.id, rule)).status).toBe(204);
    expect(await memberIds(security.id)).toEqual([graph.tenant.landmarks.ordinary.id]);
  });

  test('members: people, groups and devices; applications only by $expand', async () => {
    const pilot = (await graph.get("/groups?$filter=displayName eq 'Device Pilot'")).items[0];
    await graph.send('POST', refs(String(pilot?.['id'])), bind(graph.tenant.landmarks.groups.security.id));
    const types = (items: unknown) => JSON.stringify(items).match(/(?<=#microsoft\.graph\.)\w+/g);
    const listed = await graph.get(`/groups/${pilot?.['id']}/members?$select=id`);
    expect(types(listed.items)).toEqual(['user', 'group', 'device']);
    const expanded = await graph.get(`/groups/${pilot?.['id']}?$expand=members($select=id)`);
    expect(types(expanded.json['members'])?.sort()).toEqual(['device', 'group', 'servicePrincipal', 'user']);
  });
});
