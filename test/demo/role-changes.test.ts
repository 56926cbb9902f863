import { afterEach, beforeEach, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 40 });
});
afterEach(() => graph.tenant.close());

const base = '/roleManagement/directory';
const directoryReaders = '88d8e3e3-8f55-4a1e-953a-9b9898b8876b';
const nobody = '00000000-0000-4000-8000-000000000000';
const forever = { startDateTime: '2026-01-01T00:00:00Z', expiration: { type: 'noExpiration' } };
const by = async (collection: string, id: string) =>
  (await graph.get(`${base}/${collection}?$filter=${encodeURIComponent(`principalId eq '${id}'`)}`)).items;

test('a role is given, shows on the person and as a schedule, and is taken', async () => {
  const { ordinary } = graph.tenant.landmarks;
  const grant = { principalId: ordinary.id, roleDefinitionId: directoryReaders, directoryScopeId: '/' };
  const given = await graph.send('POST', `${base}/roleAssignments`, grant);
  expect([given.status, given.json]).toMatchObject([201, grant]);
  expect((await graph.get(`/users/${ordinary.id}/memberOf/microsoft.graph.directoryRole`)).items).toHaveLength(1);
  expect(await by('roleAssignmentSchedules', ordinary.id)).toMatchObject([{ assignmentType: 'Assigned' }]);
  expect((await graph.send('POST', `${base}/roleAssignments`, grant)).error).toMatchObject({
    code: 'Request_BadRequest',
    details: [{ code: 'ConflictingObjects' }],
  });
  const path = `${base}/roleAssignments/${given.json['id']}`;
  expect((await graph.get(path)).json).toMatchObject(grant);
  expect((await graph.send('DELETE', path)).status).toBe(204);
  expect((await graph.send('DELETE', path)).status).toBe(404);
  expect(await by('roleAssignmentSchedules', ordinary.id)).toEqual([]);
});

test.each([
  ['an unknown principal', { principalId: nobody }, 404],
  ['an unknown role', { roleDefinitionId: nobody }, 404],
  ['an unknown unit', { directoryScopeId: `/administrativeUnits/${nobody}` }, 404],
  ['an odd scope', { directoryScopeId: 'everywhere' }, 400],
  ['no id', { principalId: 'x' }, 400],
])('%s is refused', async (_, wrong, status) => {
  const grant = { principalId: graph.tenant.landmarks.ordinary.id, roleDefinitionId: directoryReaders };
  const body = { ...grant, directoryScopeId: '/', ...wrong };
  expect((await graph.send('POST', `${base}/roleAssignments`, body)).status).toBe(status);
});

test('only role-assignable groups hold roles', async () => {
  const { groups } = graph.tenant.landmarks;
  const give = (principalId: string) =>
    graph.send('POST', `${base}/roleAssignments`, {
      principalId,
      roleDefinitionId: directoryReaders,
      directoryScopeId: '/',
    });
  expect((await give(groups.security.id)).status).toBe(400);
  expect((await give(groups.roleAssignable.id)).status).toBe(201);
});

test.each([
  ['roleEligibilityScheduleRequests', 'roleEligibilitySchedules', 1],
  ['roleAssignmentScheduleRequests', 'roleAssignmentSchedules', 3],
])('%s take away and give back', async (requests, schedules, count) => {
  const { privilegedLeaver } = graph.tenant.landmarks;
  const held = await by(schedules, privilegedLeaver.id);
  expect(held).toHaveLength(count);
  const before = graph.tenant.snapshot().holdings;
  const send = (body: object) => graph.send('POST', `${base}/${requests}`, body);
  for (const { principalId, roleDefinitionId, directoryScopeId } of held) {
    const grant = { principalId, roleDefinitionId, directoryScopeId };
    const removal = { action: 'adminRemove', ...grant, justification: 'Leaves' };
    expect([await send({ ...removal, isValidationOnly: true })]).toMatchObject([{ status: 201 }]);
    expect(await send(removal)).toMatchObject({ status: 201, json: { status: 'Revoked', ...grant } });
    expect((await send(removal)).error.code).toBe('RoleAssignmentDoesNotExist');
  }
  expect(await by(schedules, privilegedLeaver.id)).toEqual([]);
  for (const { principalId, roleDefinitionId, directoryScopeId } of held) {
    const grant = { action: 'adminAssign', principalId, roleDefinitionId, directoryScopeId };
    expect((await send(grant)).error.code).toBe('InvalidScheduleInfo');
    expect(await send({ ...grant, scheduleInfo: forever })).toMatchObject({ json: { status: 'Provisioned' } });
    expect((await send({ ...grant, scheduleInfo: forever })).error.code).toBe('RoleAssignmentExists');
  }
  expect(graph.tenant.snapshot().holdings).toEqual(before);
});

test('an active role that is taken by its schedule is gone from the assignments too', async () => {
  const { userAdmin } = graph.tenant.landmarks;
  const [assignment] = await by('roleAssignments', userAdmin.id);
  const { id: _, ...grant } = { ...assignment };
  await graph.send('POST', `${base}/roleAssignmentScheduleRequests`, { action: 'adminRemove', ...grant });
  expect(await by('roleAssignments', userAdmin.id)).toEqual([]);
});

test('what an app cannot ask for', async () => {
  const grant = { principalId: graph.tenant.landmarks.ordinary.id, roleDefinitionId: directoryReaders };
  const body = { action: 'selfActivate', ...grant, directoryScopeId: '/' };
  expect((await graph.send('POST', `${base}/roleAssignmentScheduleRequests`, body)).status).toBe(400);
});
