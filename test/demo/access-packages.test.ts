import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 40 });
});
afterEach(() => graph.tenant.close());

const base = '/identityGovernance/entitlementManagement';
const assignmentsOf = async (id: string, more = '') => {
  const filter = encodeURIComponent(`target/objectId eq '${id}'${more}`);
  const { items } = await graph.get(
    `${base}/assignments?$filter=${filter}&$expand=accessPackage,target,assignmentPolicy`,
  );
  return items;
};
const part = (value: unknown, name: string): string => String(Reflect.get(Object(value), name));

test('an assignment leads to its package, and that to the groups it governs', async () => {
  const { leaver, ordinary } = graph.tenant.landmarks;
  const [assignment] = await assignmentsOf(leaver.id);
  expect(assignment).toMatchObject({
    state: 'delivered',
    accessPackage: { displayName: 'Partner Sales' },
    target: { objectId: leaver.id, principalName: leaver.userPrincipalName },
  });
  const id = part(assignment?.['accessPackage'], 'id');
  const { json } = await graph.get(`${base}/accessPackages/${id}?$expand=resourceRoleScopes($expand=role,scope)`);
  const [scope] = [json['resourceRoleScopes']].flat();
  expect(scope).toMatchObject({
    role: { displayName: 'Member', originSystem: 'AadGroup' },
    scope: { displayName: 'Partner Portal', originSystem: 'AadGroup' },
  });
  const group = part(Reflect.get(Object(scope), 'scope'), 'originId');
  const members = (await graph.get(`/groups/${group}/members?$select=id`)).items;
  expect(members.map((member) => member['id'])).toEqual([leaver.id]);
  expect(await assignmentsOf(ordinary.id)).toEqual([]);
});

test('taken away, the place in the group goes with it; given again, it comes back', async () => {
  const { leaver } = graph.tenant.landmarks;
  const before = graph.tenant.snapshot().holdings;
  const [assignment] = await assignmentsOf(leaver.id);
  const request = (body: object) => graph.send('POST', `${base}/assignmentRequests`, body);
  const removal = { requestType: 'adminRemove', assignment: { id: assignment?.['id'] } };
  const taken = await request(removal);
  expect(taken).toMatchObject({ status: 201, json: { requestType: 'adminRemove', state: 'submitted' } });
  expect((await graph.get(`${base}/assignmentRequests/${taken.json['id']}`)).json['state']).toBe('delivered');
  expect(await assignmentsOf(leaver.id, " and state eq 'delivered'")).toEqual([]);
  expect(await assignmentsOf(leaver.id)).toMatchObject([{ state: 'expired' }]);
  expect(graph.tenant.snapshot().holdings[leaver.id]?.memberOf).toHaveLength(
    (before[leaver.id]?.memberOf.length ?? 0) - 1,
  );
  expect((await request(removal)).status).toBe(400);
  const addition = {
    requestType: 'adminAdd',
    assignment: {
      targetId: leaver.id,
      accessPackageId: part(assignment?.['accessPackage'], 'id'),
      assignmentPolicyId: part(assignment?.['assignmentPolicy'], 'id'),
    },
  };
  expect((await request(addition)).status).toBe(201);
  expect((await request(addition)).status).toBe(400);
  expect(graph.tenant.snapshot().holdings).toEqual(before);
});

test('what cannot be asked for', async () => {
  const request = (body: object) => graph.send('POST', `${base}/assignmentRequests`, body);
  const unknown = '00000000-0000-4000-8000-000000000000';
  expect((await request({ requestType: 'userAdd' })).status).toBe(400);
  expect((await request({ requestType: 'adminRemove', assignment: { id: unknown } })).status).toBe(404);
});
