import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GraphClient } from './graph-client.ts';

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

const password = 'Zr7!kdm2Qw';
const newUser = (more: Record<string, unknown> = {}) => ({
  accountEnabled: true,
  displayName: 'New Person',
  mailNickname: 'new.person',
  userPrincipalName: `new.person@${graph.tenant.domain}`,
  passwordProfile: { password, forceChangePasswordNextSignIn: true },
  ...more,
});

describe('PATCH', () => {
  test('changes what it names and writes it to the audit log', async () => {
    const { ordinary } = graph.tenant.landmarks;
    const headers = { 'client-request-id': '6f3d1f3c-0b3e-4a3e-9a55-1f2d3c4b5a69' };
    const answer = await graph.send('PATCH', `/users/${ordinary.id}`, { accountEnabled: false }, headers);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(answer.headers.get('client-request-id')).toBe(headers['client-request-id']);
    expect((await graph.get(`/users/${ordinary.id}?$select=accountEnabled`)).json['accountEnabled']).toBe(false);
    const [, row] = (await graph.get('/auditLogs/directoryAudits?$top=2')).items;
    expect(row).toMatchObject({
      activityDisplayName: 'Disable account',
      correlationId: headers['client-request-id'],
      initiatedBy: { app: { displayName: 'entra-mcp demo agent' } },
      targetResources: [{ id: ordinary.id, userPrincipalName: ordinary.userPrincipalName }],
    });
  });

  test('a token says who did it', async () => {
    const claims = Buffer.from(
      JSON.stringify({ appid: '11111111-2222-4333-8444-555555555555', app_displayname: 'My agent' }),
    ).toString('base64url');
    await graph.send(
      'PATCH',
      `/users/${graph.tenant.landmarks.ordinary.id}`,
      { jobTitle: 'X' },
      { authorization: `Bearer e30.${claims}.x` },
    );
    const [row] = (await graph.get('/auditLogs/directoryAudits?$top=1')).items;
    expect(row?.['initiatedBy']).toMatchObject({
      app: { appId: '11111111-2222-4333-8444-555555555555', displayName: 'My agent' },
    });
  });

  test('of a synced user: mastered properties fail and nothing changes, accountEnabled goes through', async () => {
    const { synced } = graph.tenant.landmarks;
    const before = graph.tenant.snapshot();
    const mixed = await graph.send('PATCH', `/users/${synced.id}`, { accountEnabled: false, department: 'Legal' });
    expect(mixed.status).toBe(400);
    expect(mixed.error.message).toContain(
      'Unable to update the specified properties for on-premises mastered Directory Sync objects',
    );
    expect(graph.tenant.snapshot()).toEqual(before);
    expect((await graph.send('PATCH', `/users/${synced.id}`, { accountEnabled: false })).status).toBe(204);
    expect(
      (
        await graph.send('PUT', `/users/${synced.id}/manager/$ref`, {
          '@odata.id': graph.link(graph.tenant.landmarks.manager.id),
        })
      ).status,
    ).toBe(400);
  });

  test.each([
    ['mail cannot be nulled', { mail: null }, 400],
    ['displayName cannot be cleared', { displayName: null }, 400],
    ['one business phone at most', { businessPhones: ['1', '2'] }, 400],
    ['a property that does not exist', { shoeSize: 43 }, 400],
    ['a read-only property', { createdDateTime: '2026-01-01T00:00:00Z' }, 400],
    ['a wrong type', { accountEnabled: 'false' }, 400],
    ['a location of three letters', { usageLocation: 'DEU' }, 400],
    ['proxy addresses', { proxyAddresses: ['SMTP:a@b.c'] }, 400],
    ['an unverified domain', { userPrincipalName: 'a@elsewhere.example' }, 400],
    ['a weak password', { passwordProfile: { password: 'short' } }, 400],
    ['a SharePoint property', { aboutMe: 'x' }, 403],
  ])('refuses %s', async (_, body, status) => {
    const before = graph.tenant.snapshot();
    const answer = await graph.send('PATCH', `/users/${graph.tenant.landmarks.ordinary.id}`, body);
    expect(answer.status).toBe(status);
    expect(graph.tenant.snapshot()).toEqual(before);
  });

  test('a password can be left as it is and still have to be changed', async () => {
    const user = `/users/${graph.tenant.landmarks.ordinary.id}`;
    const select = '?$select=lastPasswordChangeDateTime,passwordProfile';
    const before = (await graph.get(`${user}${select}`)).json['lastPasswordChangeDateTime'];
    const force = { passwordProfile: { forceChangePasswordNextSignIn: true } };
    expect((await graph.send('PATCH', user, force)).status).toBe(204);
    const { json } = await graph.get(`${user}${select}`);
    expect(json['lastPasswordChangeDateTime']).toBe(before);
    expect(json['passwordProfile']).toMatchObject({ forceChangePasswordNextSignIn: true, password: null });
    await graph.send('PATCH', user, { passwordProfile: { password } });
    expect((await graph.get(`${user}${select}`)).json['lastPasswordChangeDateTime']).not.toBe(before);
  });

  test('the password of a federated user is set elsewhere', async () => {
    const body = newUser({
      userPrincipalName: 'fed@partners.contoso-demo.example',
      onPremisesImmutableId: 'abc=',
      passwordProfile: undefined,
    });
    const id = String((await graph.send('POST', '/users', body)).json['id']);
    expect((await graph.send('PATCH', `/users/${id}`, { passwordProfile: { password } })).status).toBe(400);
  });

  test('a leave date can be set and seen', async () => {
    const user = `/users/${graph.tenant.landmarks.ordinary.id}`;
    const employeeLeaveDateTime = '2026-12-31T23:00:00Z';
    expect((await graph.send('PATCH', user, { employeeLeaveDateTime })).status).toBe(204);
    const { json } = await graph.get(`${user}?$select=employeeLeaveDateTime`);
    expect(json['employeeLeaveDateTime']).toBe(employeeLeaveDateTime);
  });

  test('a new mail address becomes the primary proxy address', async () => {
    const { ordinary } = graph.tenant.landmarks;
    await graph.send('PATCH', `/users/${ordinary.id}`, { mail: `maya@${graph.tenant.domain}` });
    const { json } = await graph.get(`/users/${ordinary.id}?$select=proxyAddresses`);
    expect(json['proxyAddresses']).toEqual([`SMTP:maya@${graph.tenant.domain}`, `smtp:${ordinary.userPrincipalName}`]);
  });

  test('a new name is found and the old one is free', async () => {
    const { ordinary } = graph.tenant.landmarks;
    const userPrincipalName = `maya.hansen@${graph.tenant.domain}`;
    expect((await graph.send('PATCH', `/users/${ordinary.userPrincipalName}`, { userPrincipalName })).status).toBe(204);
    expect((await graph.get(`/users/${userPrincipalName}?$select=id`)).json['id']).toBe(ordinary.id);
    expect((await graph.get(`/users/${ordinary.userPrincipalName}`)).status).toBe(404);
    const taken = await graph.send('POST', '/users', newUser({ userPrincipalName: ordinary.userPrincipalName }));
    expect(taken.status).toBe(201);
  });

  test('without a JSON content type is refused', async () => {
    const response = await fetch(`${graph.tenant.url}/v1.0/users/${graph.tenant.landmarks.ordinary.id}`, {
      method: 'PATCH',
      body: '{"jobTitle":"x"}',
    });
    expect(response.status).toBe(400);
  });
});

describe('POST /users', () => {
  test('creates, and nothing ever answers the password', async () => {
    const answer = await graph.send('POST', '/users', newUser({ department: 'Sales' }));
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      displayName: 'New Person',
      userPrincipalName: `new.person@${graph.tenant.domain}`,
    });
    const id = String(answer.json['id']);
    const whole = await graph.get(`/users/${id}?$select=id,department,userType,passwordProfile,identities`);
    expect(whole.json).toMatchObject({ department: 'Sales', userType: 'Member', passwordProfile: { password: null } });
    const audit = await graph.get('/auditLogs/directoryAudits');
    for (const text of [answer.text, whole.text, audit.text, JSON.stringify(graph.tenant.snapshot())])
      expect(text).not.toContain(password);
    expect((await graph.all('/users?$select=id')).at(-1)).toEqual({ id });
  });

  test.each(['accountEnabled', 'displayName', 'mailNickname', 'userPrincipalName', 'passwordProfile'])(
    'needs %s',
    async (name) => {
      const { [name]: _, ...body } = newUser() as Record<string, unknown>;
      const answer = await graph.send('POST', '/users', body);
      expect(answer.status).toBe(400);
      expect(answer.error.details).toContainEqual(expect.objectContaining({ target: name }));
    },
  );

  test('a taken name is a conflict, whatever its case', async () => {
    const userPrincipalName = graph.tenant.landmarks.ordinary.userPrincipalName
      .toUpperCase()
      .replace(/@.*/, `@${graph.tenant.domain}`);
    const answer = await graph.send('POST', '/users', newUser({ userPrincipalName }));
    expect(answer.status).toBe(400);
    expect(answer.error).toMatchObject({
      code: 'Request_BadRequest',
      details: [{ code: 'ObjectConflict', target: 'userPrincipalName' }],
    });
  });

  test.each([
    'no-at-sign',
    'spa ce@contoso-demo.example',
    'zoë@contoso-demo.example',
    'a@evil.example',
    '@contoso-demo.example',
  ])('refuses the name %s', async (userPrincipalName) => {
    const answer = await graph.send('POST', '/users', newUser({ userPrincipalName }));
    expect(answer.error.details).toContainEqual({ code: 'InvalidValue', target: 'userPrincipalName' });
  });

  test('in a federated domain needs an immutable id instead of a password', async () => {
    const { passwordProfile: _, ...body } = newUser({ userPrincipalName: 'new@partners.contoso-demo.example' });
    expect((await graph.send('POST', '/users', body)).status).toBe(400);
    expect((await graph.send('POST', '/users', { ...body, onPremisesImmutableId: 'abc=' })).status).toBe(201);
  });

  test('a bound manager is refused, PUT manager works', async () => {
    const link = graph.link(graph.tenant.landmarks.manager.id);
    expect((await graph.send('POST', '/users', newUser({ 'manager@odata.bind': link }))).status).toBe(400);
    const id = String((await graph.send('POST', '/users', newUser())).json['id']);
    expect((await graph.send('DELETE', `/users/${id}/manager/$ref`)).status).toBe(404);
    expect((await graph.send('PUT', `/users/${id}/manager/$ref`, { '@odata.id': link })).status).toBe(204);
    const reports = await graph.all(`/users/${graph.tenant.landmarks.manager.id}/directReports?$select=id`);
    expect(reports.map((report) => report['id'])).toContain(id);
    expect((await graph.send('DELETE', `/users/${id}/manager/$ref`)).status).toBe(204);
    expect((await graph.get(`/users/${id}/manager`)).status).toBe(404);
  });
});

describe('sessions and deletion', () => {
  test('revokeSignInSessions moves the date from which sessions are valid', async () => {
    const { ordinary } = graph.tenant.landmarks;
    const date = async () =>
      (await graph.get(`/users/${ordinary.id}?$select=signInSessionsValidFromDateTime`)).json[
        'signInSessionsValidFromDateTime'
      ];
    const before = await date();
    const answer = await graph.send('POST', `/users/${ordinary.id}/revokeSignInSessions`);
    expect(answer.status).toBe(200);
    expect(answer.json['value']).toBe(true);
    expect(Date.parse(String(await date()))).toBeGreaterThan(Date.parse(String(before)));
  });

  test('delete is soft: gone from lists, in deletedItems, restored with groups and name', async () => {
    const { ordinary, groups } = graph.tenant.landmarks;
    expect((await graph.send('DELETE', `/users/${ordinary.id}`)).status).toBe(204);
    expect((await graph.get(`/users/${ordinary.id}`)).status).toBe(404);
    expect((await graph.send('DELETE', `/users/${ordinary.id}`)).status).toBe(404);
    const members = async () =>
      (await graph.all(`/groups/${groups.security.id}/members?$select=id`)).map(({ id }) => id);
    expect(await members()).not.toContain(ordinary.id);
    const deleted = (await graph.get('/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime')).items;
    expect(deleted).toContainEqual({ id: ordinary.id, deletedDateTime: expect.any(String) });
    const restored = await graph.send('POST', `/directory/deletedItems/${ordinary.id}/restore`);
    expect(restored.status).toBe(200);
    expect(
      (await graph.get(`/users/${ordinary.userPrincipalName}?$select=deletedDateTime`)).json['deletedDateTime'],
    ).toBe(null);
    expect(await members()).toContain(ordinary.id);
  });

  test('a name taken meanwhile blocks the restore until another one is given', async () => {
    const { ordinary } = graph.tenant.landmarks;
    await graph.send('DELETE', `/users/${ordinary.id}`);
    await graph.send('POST', '/users', newUser({ userPrincipalName: ordinary.userPrincipalName }));
    const path = `/directory/deletedItems/${ordinary.id}/restore`;
    expect((await graph.send('POST', path)).error.details).toContainEqual({
      code: 'ObjectConflict',
      target: 'userPrincipalName',
    });
    expect((await graph.send('POST', path, { newUserPrincipalName: `maya2@${graph.tenant.domain}` })).status).toBe(200);
  });

  test('an address taken meanwhile blocks the restore, unless it may be dropped', async () => {
    const { ordinary, newcomer } = graph.tenant.landmarks;
    await graph.send('PATCH', `/users/${ordinary.id}`, { mail: `maya@${graph.tenant.domain}` });
    await graph.send('DELETE', `/users/${ordinary.id}`);
    await graph.send('PATCH', `/users/${newcomer.id}`, { mail: `maya@${graph.tenant.domain}` });
    const path = `/directory/deletedItems/${ordinary.id}/restore`;
    expect((await graph.send('POST', path)).error.details).toContainEqual({
      code: 'ConflictingObjects',
      target: 'proxyAddresses',
    });
    expect((await graph.send('POST', path, { autoReconcileProxyConflict: true })).status).toBe(200);
    const { json } = await graph.get(`/users/${ordinary.id}?$select=mail,proxyAddresses`);
    expect(json['mail']).toBeNull();
    expect(json['proxyAddresses']).toEqual([`smtp:${ordinary.userPrincipalName}`]);
  });

  test('deleted items are listed and counted by type', async () => {
    const users = await graph.get('/directory/deletedItems/graph.user?$select=id&$top=2');
    expect(users.items).toHaveLength(2);
    const count = await graph.get('/directory/deletedItems/microsoft.graph.user/$count', {
      ConsistencyLevel: 'eventual',
    });
    expect(count.text).toBe('3');
    expect((await graph.get('/directory/deletedItems/microsoft.graph.device')).items).toEqual([]);
    expect((await graph.get('/directory/deletedItems')).status).toBe(400);
  });

  test('a permanent deletion leaves nothing behind', async () => {
    const { ordinary, groups } = graph.tenant.landmarks;
    expect((await graph.send('DELETE', `/directory/deletedItems/${ordinary.id}`)).status).toBe(404);
    await graph.send('DELETE', `/users/${ordinary.id}`);
    expect((await graph.send('DELETE', `/directory/deletedItems/${ordinary.id}`)).status).toBe(204);
    expect((await graph.send('POST', `/directory/deletedItems/${ordinary.id}/restore`)).status).toBe(404);
    expect(graph.tenant.snapshot().purgedUsers).toEqual([ordinary.id]);
    expect(JSON.stringify(graph.tenant.snapshot().groups[groups.security.id])).not.toContain(ordinary.id);
  });
});

test('reading changes nothing', async () => {
  const before = graph.tenant.snapshot();
  for (const path of [
    '/users',
    '/groups',
    '/subscribedSkus',
    '/auditLogs/directoryAudits',
    `/users/${graph.tenant.landmarks.guest.id}/memberOf`,
  ]) {
    expect((await graph.get(path)).status).toBe(200);
  }
  expect(graph.tenant.snapshot()).toEqual(before);
});
