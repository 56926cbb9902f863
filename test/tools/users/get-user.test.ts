import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import getUser from '../../../tools/users/get-user.ts';
import type { UserInclude } from '../../../tools/users/user-includes.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, finance, guest } from '../../fixtures/people.ts';
import { read, readContext } from '../../fixtures/tool-trial.ts';

const forbidden = new ToolError('NOT_PERMITTED', { message: 'Not permitted.', fix: 'Grant AuditLog.Read.All.' });
const at = `/users/${ann.id}`;

/** What one include holds. */
const included = async (name: UserInclude, graph: FakeGraph): Promise<unknown> => {
  const answer: Readonly<Record<string, unknown>> = await read(
    getUser,
    { user: ann.userPrincipalName, include: [name] },
    graph,
  );
  return answer[name];
};

test('one read, with the usual properties and those asked for', async () => {
  const graph = new FakeGraph().user({ ...ann, employeeId: 'E1' });
  expect(await read(getUser, { user: ann.userPrincipalName, fields: ['employeeId'] }, graph)).toEqual({
    user: { ...ann, employeeId: 'E1' },
  });
  expect(graph.reads).toHaveLength(1);
});

test('an unknown user is NOT_FOUND', async () => {
  await expect(read(getUser, { user: 'nobody', include: ['manager'] }, new FakeGraph())).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test("a guest's userPrincipalName is taken as it is", async () => {
  const graph = new FakeGraph().user(guest);
  expect(await read(getUser, { user: guest.userPrincipalName }, graph)).toEqual({ user: guest });
});

test('manager: null when none is set', async () => {
  const graph = new FakeGraph().user(ann);
  expect(await read(getUser, { user: ann.id, include: ['manager'] }, graph)).toMatchObject({ manager: null });
  graph.object(`${at}/manager`, bob);
  expect(await read(getUser, { user: ann.id, include: ['manager'] }, graph)).toMatchObject({ manager: { id: bob.id } });
});

test('reports: the first 100, and that there are more', async () => {
  const graph = new FakeGraph().user(ann);
  const people = Array.from({ length: 101 }, (_, i) => ({ ...bob, id: `id-${i}` }));
  graph.collection(`${at}/directReports/microsoft.graph.user`, people);
  const reports = await included('reports', graph);
  expect(reports).toEqual({ items: people.slice(0, 100).map(({ id }) => expect.objectContaining({ id })), more: true });
});

test('exactly 100 are not called more', async () => {
  const graph = new FakeGraph().user(ann);
  const groups = Array.from({ length: 100 }, (_, i) => ({ ...finance, id: `id-${i}` }));
  graph.collection(`${at}/memberOf/microsoft.graph.group`, groups);
  expect(await included('groups', graph)).toEqual({ items: groups.map(({ id }) => expect.objectContaining({ id })) });
});

test('licenses: one item per assignment, direct or by group', async () => {
  const graph = new FakeGraph()
    .user({
      ...ann,
      licenseAssignmentStates: [
        { skuId: 'sku-1', assignedByGroup: null, state: 'Active', error: 'None' },
        { skuId: 'sku-1', assignedByGroup: finance.id, state: 'Active', error: 'None' },
        { skuId: 'sku-2', assignedByGroup: finance.id, state: 'Error', error: 'CountViolation' },
      ],
    })
    .collection(`${at}/licenseDetails`, [{ skuId: 'sku-1', skuPartNumber: 'SPE_E5' }]);
  const licenses = await included('licenses', graph);
  expect(licenses).toEqual({
    items: [
      { skuId: 'sku-1', skuPartNumber: 'SPE_E5', assignedByGroup: null, state: 'Active' },
      { skuId: 'sku-1', skuPartNumber: 'SPE_E5', assignedByGroup: finance.id, state: 'Active' },
      {
        skuId: 'sku-2',
        skuPartNumber: null,
        assignedByGroup: finance.id,
        state: 'Error',
        error: 'No seat was free (CountViolation)',
      },
    ],
  });
});

test('roles: direct, and through a role-assignable group', async () => {
  const graph = new FakeGraph()
    .user(ann)
    .collection(`${at}/memberOf/microsoft.graph.group`, [
      finance,
      { ...finance, id: 'admins', isAssignableToRole: true },
    ])
    .collection('/roleManagement/directory/roleAssignments', ({ filter }) => [
      {
        id: 'assignment',
        roleDefinitionId: filter?.text.includes('admins') ? 'role-2' : 'role-1',
        directoryScopeId: '/',
        roleDefinition: {
          displayName: filter?.text.includes('admins') ? 'Groups Administrator' : 'User Administrator',
        },
      },
    ]);
  const roles = await included('roles', graph);
  expect(roles).toEqual({
    items: [
      { roleDefinitionId: 'role-1', displayName: 'User Administrator', directoryScopeId: '/', assignedByGroup: null },
      {
        roleDefinitionId: 'role-2',
        displayName: 'Groups Administrator',
        directoryScopeId: '/',
        assignedByGroup: 'admins',
      },
    ],
  });
  expect(graph.reads.map((one) => one.filter)).toContain(`principalId eq '${ann.id}'`);
});

test('devices: owned and registered, each once', async () => {
  const laptop = { id: 'laptop', displayName: 'LT-1' };
  const graph = new FakeGraph()
    .user(ann)
    .collection(`${at}/ownedDevices/microsoft.graph.device`, [laptop])
    .collection(`${at}/registeredDevices/microsoft.graph.device`, [laptop, { id: 'phone' }]);
  const devices = await included('devices', graph);
  expect(devices).toMatchObject({ items: [{ id: 'laptop' }, { id: 'phone' }] });
});

test('authMethods: kinds, no numbers', async () => {
  const graph = new FakeGraph().user(ann).collection(`${at}/authentication/methods`, [
    { '@odata.type': '#microsoft.graph.phoneAuthenticationMethod', id: 'm1', phoneNumber: '+1 555' },
    { '@odata.type': '#microsoft.graph.fido2AuthenticationMethod', id: 'm2' },
  ]);
  const authMethods = await included('authMethods', graph);
  expect(authMethods).toEqual({
    items: [
      { id: 'm1', type: 'phone' },
      { id: 'm2', type: 'fido2' },
    ],
  });
});

test('signInActivity is read by object id, and is null for someone who never signed in', async () => {
  const graph = new FakeGraph().user(ann);
  expect(await included('signInActivity', graph)).toBeNull();
  expect(graph.reads.at(-1)).toEqual({ at, select: ['signInActivity'] });
});

test('an include that may not be read says so, and the others are there', async () => {
  const graph = new FakeGraph().user(ann).fail(`${at}/authentication/methods`, forbidden).object(`${at}/manager`, bob);
  const answer = await read(getUser, { user: ann.id, include: ['authMethods', 'manager'] }, graph);
  expect(answer).toEqual({
    user: ann,
    authMethods: {
      unavailable: { code: 'NOT_PERMITTED', message: 'Not permitted.', fix: 'Grant AuditLog.Read.All.' },
    },
    manager: expect.objectContaining({ id: bob.id }),
  });
});

test('a cancelled call ends as a whole', async () => {
  const cancelled = new ToolError('CANCELLED', { message: 'Cancelled.', fix: 'Call again.' });
  const graph = new FakeGraph().user(ann).fail(`${at}/manager`, cancelled);
  await expect(read(getUser, { user: ann.id, include: ['manager'] }, graph)).rejects.toBe(cancelled);
});

test('with an object id, the user and every include are asked for at once', async () => {
  const graph = new FakeGraph().user(ann);
  for (const collection of ['directReports', 'memberOf', 'ownedDevices', 'registeredDevices']) {
    const cast = { directReports: 'user', memberOf: 'group' }[collection] ?? 'device';
    graph.collection(`${at}/${collection}/microsoft.graph.${cast}`, []);
  }
  const asked = getUser.input.parse({ user: ann.id, include: ['manager', 'reports', 'groups', 'devices'] });
  const answer = getUser.run(asked, readContext(graph));
  // Before anything was answered.
  expect(graph.reads.map(({ at }) => at).sort()).toEqual(
    [
      at,
      `${at}/directReports/microsoft.graph.user`,
      `${at}/manager`,
      `${at}/memberOf/microsoft.graph.group`,
      `${at}/ownedDevices/microsoft.graph.device`,
      `${at}/registeredDevices/microsoft.graph.device`,
    ].sort(),
  );
  expect(await answer).toMatchObject({ user: ann });
});

test('an unknown object id is NOT_FOUND, whatever else was asked for', async () => {
  const asked = { user: ann.id, include: ['manager' as const] };
  await expect(read(getUser, asked, new FakeGraph())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
