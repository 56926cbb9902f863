import { afterAll, beforeAll, expect, test } from 'vitest';
import { asked, codeOf, provenToken } from '../page/page-client.ts';
import { type Machine, machine } from './server-process.ts';

let place: Machine;
beforeAll(() => {
  place = machine();
});
afterAll(() => place.close());

function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce((inner: unknown, name) => Object(inner)[name], value);
}

test('a plan that waits names the page; a person approves there; the page ends with the server', async () => {
  const server = await place.serve({ args: ['--demo'] });
  const users = await server.client.call('search_users', { text: 'Maya', pageSize: 1 });
  const user = fieldOf(users.data, 'items', '0', 'id');
  const reason = 'Laptop stolen';
  const { data, text } = await server.client.call('disable_user', { user, reason });
  const address = new URL(String(fieldOf(data, 'plan', 'approve', 'page')));
  const planId = String(fieldOf(data, 'plan', 'id'));
  expect(address.href).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/#${planId}$`));
  expect(text).toContain(`Or types this address into a browser: ${address.href}`);
  expect(text).toMatch(/a person types in a terminal: .* approve /);
  expect(fieldOf((await server.client.call('get_plan', { planId })).data, 'plan', 'approve', 'page')).toBe(
    address.href,
  );

  const { origin } = address;
  const page = await asked(origin, '/', { headers: { 'sec-fetch-site': 'none' } });
  expect(page.text).toMatch(/^\s*<!doctype html>/);
  expect(page.text).not.toContain(planId);
  expect(codeOf(await asked(origin, `/api/plans/${planId}`))).toBe('AUTH_REQUIRED');

  const token = await provenToken(origin, 'demo');
  const sheet = await asked(origin, `/api/plans/${planId}`, { token });
  expect(sheet.body).toMatchObject({ plan: { reason, summary: expect.stringContaining('Maya') } });
  const body = { decision: 'approve', pin: 'demo', ticket: sheet.body['ticket'] };
  expect((await asked(origin, `/api/plans/${planId}`, { token, body })).status).toBe(200);
  expect((await server.client.call('apply_plan', { planId, waitSeconds: 5 })).data).toMatchObject({
    status: 'completed',
  });
  const after = await server.client.call('get_plan', { planId });
  expect(fieldOf(after.data, 'plan', 'approve', 'page')).toBeUndefined();

  expect(server.stderr()).not.toContain(token);
  await server.close();
  await expect(asked(origin, '/')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
});

test('a plan of `entra-mcp call` names no page: nobody would be there to serve it', async () => {
  const input = JSON.stringify({
    displayName: 'Zoe Lind',
    userPrincipalName: 'zoe.lind@contoso-demo.example',
    usageLocation: 'SE',
  });
  const { stdout, stderr } = await place.run(['call', '--demo', 'create_user', input]);
  expect(stdout, stderr).toContain('approval_required');
  expect(stdout).not.toContain('127.0.0.1');
});
