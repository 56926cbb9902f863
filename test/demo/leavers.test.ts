import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeAll(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterAll(() => graph.tenant.close());

const names = (items: readonly Record<string, unknown>[]) => items.map((item) => item['displayName']);
const of = (id: string, rest: string) => graph.get(`/users/${id}/${rest}`);

describe('the leaver', () => {
  const leaver = () => graph.tenant.landmarks.leaver;

  test('is in groups of every kind', async () => {
    const { items } = await of(leaver().id, 'memberOf/microsoft.graph.group');
    const named = (name: string) => items.find((group) => group['displayName'] === name) ?? {};
    expect(named('Bid Team')).toMatchObject({ groupTypes: [], mailEnabled: false, onPremisesSyncEnabled: null });
    expect(named('Quote Desk')).toMatchObject({ groupTypes: ['Unified'] });
    expect(named('Company News')).toMatchObject({ mailEnabled: true, groupTypes: [] });
    expect(named('Corp Print Operators')).toMatchObject({ onPremisesSyncEnabled: true });
    expect(items.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        graph.tenant.landmarks.groups.licensed.id,
        graph.tenant.landmarks.groups.dynamic.id,
        graph.tenant.landmarks.groups.bigGroup.id,
      ]),
    );
  });

  test('owns groups, some alone, applications and service principals', async () => {
    const owned = async (cast: string) => names((await of(leaver().id, `ownedObjects/microsoft.graph.${cast}`)).items);
    expect(await owned('group')).toEqual(['Sales Playbook', 'Key Accounts', 'Quote Desk']);
    expect(await owned('application')).toEqual(['Sales Dashboard', 'Quote Bot']);
    expect(await owned('servicePrincipal')).toEqual(['Sales Dashboard', 'Quote Bot']);
    expect((await of(leaver().id, 'ownedObjects')).items).toHaveLength(7);
  });

  test('could have read secrets, of which only the hints are shown', async () => {
    const [found] = (await graph.get("/applications?$filter=displayName eq 'Sales Dashboard'")).items;
    const { json } = await graph.get(`/applications/${found?.['id']}?$select=passwordCredentials,keyCredentials`);
    expect(json['passwordCredentials']).toMatchObject([
      { displayName: 'nightly export', hint: 'q8Z', secretText: null },
      { displayName: 'laptop', secretText: null },
    ]);
    expect(json['keyCredentials']).toMatchObject([{ usage: 'Verify', key: null }]);
  });

  test('has reports, one of them synced, and sponsors guests, one of them alone', async () => {
    const { newcomer, synced, guest } = graph.tenant.landmarks;
    const reports = (await of(leaver().id, 'directReports')).items.map(({ id }) => id);
    expect(reports).toEqual([synced.id, newcomer.id]);
    const guests = (await of(leaver().id, 'sponsorOf')).items.map(({ id }) => id);
    expect(guests).toHaveLength(2);
    expect(guests[0]).toBe(guest.id);
    expect((await of(guest.id, 'sponsors')).items.map(({ id }) => id)).toEqual([leaver().id]);
    expect((await of(String(guests[1]), 'sponsors')).items).toHaveLength(2);
  });

  test('has a mailbox through a group, a OneDrive, and every kind of authentication method but a pass', async () => {
    const { json } = await of(leaver().id, 'mailboxSettings?$select=automaticRepliesSetting');
    expect(json['automaticRepliesSetting']).toMatchObject({ status: 'disabled' });
    expect((await of(leaver().id, 'drive')).json).toMatchObject({ driveType: 'business' });
    const methods = (await of(leaver().id, 'authentication/methods')).items;
    expect(methods.map((method) => String(method['@odata.type']).split('.').at(-1))).toEqual(
      expect.arrayContaining([
        'passwordAuthenticationMethod',
        'emailAuthenticationMethod',
        'fido2AuthenticationMethod',
        'microsoftAuthenticatorAuthenticationMethod',
        'softwareOathAuthenticationMethod',
        'windowsHelloForBusinessAuthenticationMethod',
        'platformCredentialAuthenticationMethod',
      ]),
    );
  });

  test('holds licenses directly and through a group', async () => {
    const { json } = await graph.get(`/users/${leaver().id}?$select=licenseAssignmentStates`);
    const states = [json['licenseAssignmentStates']].flat();
    const through = graph.tenant.landmarks.groups.licensed.id;
    expect(states).toContainEqual(expect.objectContaining({ assignedByGroup: through }));
    expect(states.filter((state) => Reflect.get(Object(state), 'assignedByGroup') === null)).toHaveLength(2);
  });
});

test('the privileged leaver holds roles in every way', async () => {
  const { id } = graph.tenant.landmarks.privilegedLeaver;
  const holdings = graph.tenant.snapshot().holdings[id];
  expect(holdings?.roles).toHaveLength(3);
  expect(holdings?.eligibleRoles).toHaveLength(1);
  const scoped = (await of(id, 'scopedRoleMemberOf')).items;
  expect(scoped).toMatchObject([{ roleMemberInfo: { id, displayName: 'Irene Vogel' } }]);
  const filter = encodeURIComponent(`principalId eq '${id}'`);
  const { items } = await graph.get(`/roleManagement/directory/roleAssignmentSchedules?$filter=${filter}`);
  const ends = items.map((item) =>
    Reflect.get(Object(Reflect.get(Object(item['scheduleInfo']), 'expiration')), 'type'),
  );
  expect(ends.sort()).toEqual(['afterDateTime', 'noExpiration', 'noExpiration']);
  const held = await of(id, 'transitiveMemberOf/microsoft.graph.directoryRole?$select=displayName');
  expect(names(held.items).sort()).toEqual(['Groups Administrator', 'Reports Reader', 'Security Reader']);
});

test('the busy leaver has 100 plain groups, 5 direct licenses, 3 devices, and nothing else', async () => {
  const { id } = graph.tenant.landmarks.busyLeaver;
  const { items } = await of(id, 'memberOf?$top=999');
  expect(items).toHaveLength(100);
  for (const group of items) {
    const plain = { '@odata.type': '#microsoft.graph.group', groupTypes: [], mailEnabled: false };
    expect(group).toMatchObject({ ...plain, isAssignableToRole: false, onPremisesSyncEnabled: null });
  }
  const { json } = await graph.get(`/users/${id}?$select=licenseAssignmentStates`);
  expect(json['licenseAssignmentStates']).toHaveLength(5);
  expect(JSON.stringify(json)).not.toMatch(/"assignedByGroup":"/);
  const snapshot = graph.tenant.snapshot();
  const { memberOf, devices, authenticationMethods, mailbox, ...rest } = { ...snapshot.holdings[id] };
  expect(devices).toHaveLength(3);
  expect(authenticationMethods).toHaveLength(1);
  expect(mailbox).toMatchObject({ isOpen: false });
  for (const list of Object.values(rest)) expect(list).toEqual([]);
  expect(snapshot.users[id]?.['manager']).toBeNull();
  expect((await of(id, 'drive')).status).toBe(404);
});

test('they are there in the smallest tenant and in a large one', async () => {
  for (const users of [25, 1000]) {
    const other = await GraphClient.start({ users });
    const { busyLeaver, leaver } = other.tenant.landmarks;
    expect((await other.get(`/users/${busyLeaver.id}/memberOf?$top=999&$select=id`)).items).toHaveLength(100);
    expect((await other.get(`/users/${busyLeaver.id}/directReports`)).items).toEqual([]);
    expect((await other.get(`/users/${leaver.id}/directReports`)).items.length).toBeGreaterThan(1);
    await other.tenant.close();
  }
});
