import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StdioClientTransport as TransportV2 } from '@modelcontextprotocol/client/stdio';
import { StdioClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { asked, provenToken } from '../page/page-client.ts';
import {
  type ClientKind,
  clientKinds,
  connected,
  type Form,
  type FormAnswer,
  type Shows,
  type TestClient,
} from '../server/clients.ts';

const root = join(import.meta.dirname, '..', '..');
const entry = join(root, 'dist', 'main.js');
// Started directly: its launcher only adds a process. It does nothing when started through a link.
const inspector = realpathSync(join(root, 'node_modules/@modelcontextprotocol/inspector/clients/cli/build/index.js'));
const home = mkdtempSync(join(tmpdir(), 'entra-mcp-interop-'));
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  ENTRA_MCP_STATE_DIR: join(home, 'state'),
  ENTRA_MCP_OPEN_BROWSER: 'false',
};
const run = promisify(execFile);
const open: TestClient[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function session(kind: ClientKind, shows?: Form | Shows): Promise<TestClient> {
  const parameters = { command: process.execPath, args: [entry, 'serve', '--demo'], env, stderr: 'ignore' as const };
  const transport = kind === 'v1' ? new TransportV1(parameters) : new TransportV2(parameters);
  const client = await connected(kind, transport, shows);
  open.push(client);
  return client;
}

/** Some enabled member of the demo tenant. */
async function someone(client: TestClient, nth = 0): Promise<{ id: string; userPrincipalName: string }> {
  const { data } = await client.call('search_users', {
    accountEnabled: true,
    userType: 'Member',
    synced: false,
    pageSize: 60,
  });
  const user = Array.isArray(data['items']) ? data['items'].at(-1 - nth) : undefined;
  if (user === undefined) throw new Error('The demo tenant has nobody');
  return user;
}

async function stateOf(client: TestClient, user: string): Promise<unknown> {
  const { data } = await client.call('get_user', { user });
  return data['user'];
}

describe.runIf(existsSync(entry)).each(clientKinds)('%s against the built server', (kind) => {
  test('finds, reads, is refused bad input, and is told how to have a change approved', async () => {
    const client = await session(kind);
    expect(client.server()?.name).toBe('entra-mcp');
    const names = (await client.tools()).map((tool) => tool.name);
    expect(names).toEqual(
      expect.arrayContaining(['search_users', 'get_user', 'disable_user', 'apply_plan', 'check_access']),
    );
    const user = await someone(client);
    expect(await stateOf(client, user.id)).toMatchObject({ id: user.id, accountEnabled: true });
    const refused = await client.call('disable_user', { usr: user.id, reason: 'test of interop' });
    expect(refused).toMatchObject({ isError: true, data: { error: { code: 'INPUT_INVALID' } } });
    const planned = await client.call('disable_user', { user: user.userPrincipalName, reason: 'test of interop' });
    expect(planned.data).toMatchObject({ status: 'approval_required' });
    expect(planned.text).toMatch(/\nTo approve, a person types in a terminal: .*approve \S+/);
    expect(await stateOf(client, user.id)).toMatchObject({ accountEnabled: true });
  });

  test('with forms is asked before a change, and only approve changes anything', async () => {
    const asked: string[] = [];
    let reply: FormAnswer = { action: 'cancel' };
    const client = await session(kind, async (message) => {
      asked.push(message);
      return reply;
    });
    await client.tools();
    const tries: [FormAnswer, string, boolean][] = [
      [{ action: 'decline' }, 'approval_required', true],
      [{ action: 'cancel' }, 'approval_required', true],
      [{ action: 'accept', content: { decision: 'reject' } }, 'denied', true],
      [{ action: 'accept', content: { decision: 'approve' } }, 'completed', false],
    ];
    for (const [i, [given, status, isEnabled]] of tries.entries()) {
      const user = await someone(client, i);
      reply = given;
      const answer = await client.call('disable_user', { user: user.id, reason: 'test of interop' });
      expect(answer.data, answer.text).toMatchObject({ status });
      expect(asked).toHaveLength(i + 1);
      expect(asked[i]).toContain(user.userPrincipalName);
      expect(await stateOf(client, user.id)).toMatchObject({ accountEnabled: isEnabled });
    }
  });

  test('that opens addresses leads its user to the page, and applies what they sign there meanwhile', async () => {
    const urls: string[] = [];
    let isSigning = true;
    const client = await session(kind, {
      open: async ({ url }) => {
        urls.push(url);
        // The person is still on the page when the client has opened it.
        if (isSigning) setTimeout(() => signed(url), 500);
        return { action: isSigning ? 'accept' : 'decline' };
      },
    });
    await client.tools();
    const user = await someone(client);
    const answer = await client.call('disable_user', { user: user.id, reason: 'test of interop' });
    expect(answer.data, answer.text).toMatchObject({ status: 'completed' });
    expect(urls).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{32}$/)]);
    expect(await stateOf(client, user.id)).toMatchObject({ accountEnabled: false });
    isSigning = false;
    const other = await someone(client, 1);
    const left = await client.call('disable_user', { user: other.id, reason: 'test of interop' });
    expect(left.data, left.text).toMatchObject({ status: 'approval_required' });
    expect(await stateOf(client, other.id)).toMatchObject({ accountEnabled: true });
  });
});

/** Approves on the page, as its script would. */
async function signed(address: string): Promise<void> {
  const { origin, hash } = new URL(address);
  const path = `/api/plans/${hash.slice(1)}`;
  const token = await provenToken(origin, 'demo');
  const { body } = await asked(origin, path, { token });
  await asked(origin, path, { token, body: { decision: 'approve', ticket: body['ticket'], pin: 'demo' } });
}

describe.runIf(existsSync(entry))('the inspector', () => {
  async function inspected(era: string, ...args: string[]) {
    const command = [inspector, '--protocol-era', era, ...args, '--', process.execPath, entry, 'serve', '--demo'];
    const { stdout } = await run(process.execPath, command, { env });
    return JSON.parse(stdout);
  }

  // --strict exits 6 where a schema has an error.
  test.each(['legacy', 'modern'])('of era %s finds the schemas portable', async (era) => {
    const { tools } = await inspected(era, '--method', 'tools/list', '--strict');
    expect(tools.length).toBeGreaterThan(10);
  });

  test('calls a tool', async () => {
    const args = ['--method', 'tools/call', '--tool-name', 'search_users', '--tool-arg', 'pageSize=2'];
    const found = await inspected('auto', ...args);
    expect(found.structuredContent.items).toHaveLength(2);
  });
});

test('when stdin closes the server exits 0', { skip: !existsSync(entry) }, async () => {
  const { child } = run(process.execPath, [entry, 'serve', '--demo'], { env });
  const code = new Promise((resolve) => child.on('exit', resolve));
  child.stdin?.end();
  expect(await code).toBe(0);
});
