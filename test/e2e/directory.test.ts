import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDemoTenant } from '../../src/demo/index.ts';
import type { CallResult, TestClient } from '../server/clients.ts';
import { at, errorCode } from './approval-office.ts';
import { contentsOf, type Machine, machine } from './server-process.ts';

const users = 120;
const env = { ENTRA_MCP_DIRECTORY_FIELDS: 'signInActivity,employeeId' };
const demo = ['--demo', '--users', String(users)];
const own = ['delta_sync', 'list_changes', 'query_directory', 'describe_directory'];

let place: Machine;
let client: TestClient;
beforeAll(async () => {
  place = machine();
  ({ client } = await place.serve({ args: demo, env }));
});
afterAll(() => place.close());

async function right(name: string, args?: Record<string, unknown>): Promise<CallResult> {
  const result = await client.call(name, args);
  expect(result.isError, result.text).toBe(false);
  expect(Buffer.byteLength(result.text)).toBeLessThanOrEqual(64 * 1024);
  return result;
}

function rowsOf({ data }: CallResult): readonly Record<string, unknown>[] {
  return Array.isArray(data['rows']) ? data['rows'] : [];
}

function itemsOf({ data }: CallResult): readonly Record<string, unknown>[] {
  return Array.isArray(data['items']) ? data['items'] : [];
}

describe('a new user', () => {
  test('hears before the first sync what to do', async () => {
    for (const [name, args] of [
      ['query_directory', { sql: 'SELECT 1' }],
      ['list_changes', { since: 'start' }],
    ] as const) {
      const early = await client.call(name, args);
      expect(errorCode(early)).toBe('NOT_FOUND');
      expect(early.text).toContain('delta_sync');
    }
    expect((await right('describe_directory')).data).toMatchObject({ mirror: { complete: false } });
  });

  test('syncs, twice at once: one does it, one is told so, and neither gets rows', async () => {
    const both = await Promise.all([client.call('delta_sync'), client.call('delta_sync')]);
    expect(both.map(({ isError }) => isError).sort()).toEqual([false, true]);
    for (const result of both) {
      expect(Buffer.byteLength(result.text)).toBeLessThanOrEqual(2048);
      if (result.isError) expect(errorCode(result)).toBe('CONFLICT');
      else expect(result.data).toMatchObject({ mode: 'first', users: { total: users }, signIns: { complete: true } });
    }
    const again = await right('delta_sync');
    expect(again.data).toMatchObject({ mode: 'changes', users: { created: 0, updated: 0, total: users } });
    expect(Buffer.byteLength(again.text)).toBeLessThanOrEqual(2048);
  });

  test('looks at the tables: as a tool, and as a resource', async () => {
    const { data, text } = await right('describe_directory');
    const names = [data['tables']].flat().map((table) => at(table, 'name'));
    expect(names).toEqual(['users', 'groups', 'memberships', 'managers', 'licenses', 'changes']);
    expect(Buffer.byteLength(text)).toBeLessThan(9 * 1024);
    expect((await client.resources()).map(({ uri }) => uri)).toContain('entra://directory/schema');
    expect(await client.read('entra://directory/schema')).toMatchObject({ tables: data['tables'] });
  });

  test('runs every example as it stands', async () => {
    const { data } = await right('describe_directory');
    const samples = { group: 'VPN Users', one: 'VPN Users', other: 'Project Aurora', user: 'nobody@contoso.com' };
    const examples = [data['examples']].flat().map((example) => String(at(example, 'sql')));
    expect(examples.length).toBeGreaterThan(6);
    for (const sql of examples) {
      const named = Object.entries(samples).filter(([name]) => new RegExp(`:${name}\\b`).test(sql));
      await right('query_directory', { sql, ...(named.length === 0 ? {} : { params: Object.fromEntries(named) }) });
    }
  });

  test('is told of a slip what was meant, and then gets rows', async () => {
    const slip = await client.call('query_directory', { sql: 'SELECT displayname, departement FROM users' });
    expect(errorCode(slip)).toBe('INPUT_INVALID');
    expect(slip.text).toMatch(/departement.*department/s);
    const sql = 'SELECT department, count(*) AS people FROM users GROUP BY department ORDER BY people DESC';
    const { text, data } = await right('query_directory', { sql });
    expect(data).toMatchObject({ truncated: false, mirror: { complete: true } });
    expect(text).toMatch(/^query_directory answers:\n<<tenant-data [0-9a-f]{16}>>\n/);
    const people = rowsOf({ data, text, isError: false, meta: {} }).map((row) => Number(row['people']));
    expect(people.reduce((sum, count) => sum + count, 0)).toBe(users);
  });

  test('gets no more than fits, and hears that there is more', async () => {
    const { data } = await right('query_directory', { sql: 'SELECT * FROM users a, users b', limit: 500 });
    expect(data['truncated']).toBe(true);
    expect(Number(data['rowCount'])).toBeGreaterThan(10);
  });

  test.each([
    "ATTACH 'state.db' AS s",
    'SELECT 1; DROP TABLE internal_users',
    'DELETE FROM users',
    'PRAGMA table_list',
    'SELECT * FROM internal_mirror',
    'SELECT usersLink FROM main.internal_mirror',
    'SELECT sql FROM sqlite_schema',
    "SELECT load_extension('/tmp/x.so')",
    "VACUUM INTO '/tmp/copy.db'",
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO users SELECT i FROM n',
  ])('is refused %s', async (sql) => {
    const { isError, data, text } = await client.call('query_directory', { sql });
    expect(isError).toBe(true);
    expect(errorCode({ data })).toBe('INPUT_INVALID');
    expect(text).not.toMatch(/token=|internal_users \(/);
  });

  test('hears of a change that an approved tool made, old value and new one, and of its consequences', async () => {
    const { cursor } = (await right('delta_sync')).data;
    const [person] = rowsOf(
      await right('query_directory', {
        sql: "SELECT id, userPrincipalName, department FROM users WHERE department = ? AND onPremisesSyncEnabled IS NOT 1 AND accountEnabled = 1 AND userType = 'Member' LIMIT 1",
        params: ['Engineering'],
      }),
    );
    const user = String(person?.['userPrincipalName']);
    const reason = 'moves to Sales';
    const planned = await client.call('update_user', { user, set: { department: 'Sales' }, reason });
    // A dynamic group goes by departments: this gives access.
    expect(planned.data['status'], planned.text).toBe('approval_required');
    const planId = String(at(planned.data, 'plan', 'id'));
    const approved = await place.run(['approve', planId], { input: 'demo\n' });
    expect(approved, approved.stderr).toMatchObject({ code: 0 });
    expect((await right('apply_plan', { planId })).data['status']).toBe('completed');

    const nothing = await right('list_changes', { cursor });
    expect(nothing.data).toMatchObject({ items: [], more: false });
    expect(nothing.text).toContain('There is no more yet');
    expect((await right('delta_sync')).data).toMatchObject({ mode: 'changes', users: { updated: 1 } });
    const told = await right('list_changes', { cursor });
    expect(itemsOf(told)).toContainEqual(
      expect.objectContaining({
        kind: 'user_updated',
        id: person?.['id'],
        fields: { department: { old: 'Engineering', new: 'Sales' } },
      }),
    );
    expect(itemsOf(told)).toContainEqual(
      expect.objectContaining({ kind: 'member_added', memberId: person?.['id'], memberType: 'user' }),
    );
    const sql = "SELECT fields ->> '$.department.new' AS department FROM changes WHERE id = ?";
    expect(rowsOf(await right('query_directory', { sql, params: [String(person?.['id'])] }))).toEqual([
      { department: 'Sales' },
    ]);
  });

  test('goes through the feed as the answers say, page by page, to its end', async () => {
    let page = await right('list_changes', { since: 'start', kinds: ['user_created'], pageSize: 50 });
    const ids = itemsOf(page).map(({ id }) => id);
    while (page.data['more'] === true) {
      expect(page.text).toContain('cursor set to nextCursor');
      const { nextCursor } = page.data;
      page = await right('list_changes', { cursor: nextCursor, kinds: ['user_created'], pageSize: 50 });
      ids.push(...itemsOf(page).map(({ id }) => id));
    }
    expect(new Set(ids).size).toBe(users);
    const both = await right('list_changes', { since: 'start', cursor: page.data['nextCursor'] });
    expect(itemsOf(both)).toEqual([]);
  });

  test('leaves a trail of what it asked, and a mirror that is its own', async () => {
    const sql = "SELECT displayName FROM users WHERE jobTitle = 'a title to find in the trail'";
    await right('query_directory', { sql });
    const { stdout } = await place.run(['audit', 'tail', '--json', '--lines', '200']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const queries = rows.filter(({ kind }) => kind === 'query');
    expect(queries.map(({ body }) => body.sql)).toContain(sql);
    expect(queries.map(({ body }) => body.sql)).toContain('DELETE FROM users');
    const shown = await place.run(['audit', 'tail']);
    expect(shown.stdout.replace(/\s+/g, ' ')).toContain('a title to find in the trail');
    expect(mirrorModes()).toEqual([0o600]);
  });
});

function mirrorModes(): number[] {
  return readdirSync(place.stateDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => basename(name) === 'directory.db')
    .map((name) => statSync(join(place.stateDir, name)).mode & 0o777);
}

test('a mirror outlives its server: cursors go on in the next one, whatever the client', async () => {
  const tenant = await startDemoTenant({ users });
  const other = machine();
  try {
    const known = { ENTRA_MCP_GRAPH_URL: tenant.url, ENTRA_MCP_AUTH: 'none' };
    const first = await other.serve({ env: known });
    const { cursor } = (await first.client.call('delta_sync')).data;
    await first.close();
    const { id } = tenant.landmarks.ordinary;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ jobTitle: 'Pilot' });
    await fetch(`${tenant.url}/v1.0/users/${id}`, { method: 'PATCH', headers, body });
    const next = await other.serve({ env: known, kind: 'v2 pinned to 2026-07-28' });
    expect((await next.client.call('list_changes', { cursor })).data).toMatchObject({ items: [], more: false });
    expect((await next.client.call('delta_sync')).data).toMatchObject({ mode: 'changes', users: { updated: 1 } });
    expect((await next.client.call('list_changes', { cursor })).data).toMatchObject({
      items: [{ kind: 'user_updated', id, fields: { jobTitle: { new: 'Pilot' } } }],
    });
    expect(await next.client.read('entra://directory/schema')).toMatchObject({ mirror: { complete: true } });
  } finally {
    await other.close();
    await tenant.close();
  }
});

test('a server without the toolset serves none of it', async () => {
  const other = machine();
  try {
    const server = await other.serve({ args: demo, env: { ENTRA_MCP_TOOLSETS: 'users,groups' } });
    const names = (await server.client.tools()).map(({ name }) => name);
    expect(names.filter((name) => own.includes(name))).toEqual([]);
    expect((await server.client.resources()).map(({ uri }) => uri)).not.toContain('entra://directory/schema');
    await expect(server.client.read('entra://directory/schema')).rejects.toThrow();
    const { data, text } = await server.client.call('query_directory', { sql: 'SELECT 1' });
    expect(errorCode({ data })).toBeDefined();
    expect(text).toContain('ENTRA_MCP_TOOLSETS');
    expect(contentsOf(other.stateDir)).not.toContain('internal_mirror');
  } finally {
    await other.close();
  }
});
