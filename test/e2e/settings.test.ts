import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, ended, type Machine, machine, type StartOptions } from './server-process.ts';

const tenant = '11111111-2222-4333-8444-555555555555';
const app = '99999999-8888-4777-8666-555555555555';
const secret = 'Zx8Q~the-client-secret-value';

let place: Machine;
beforeAll(() => {
  place = machine();
});
afterAll(() => place.close());

/** Settings of a tenant that is never asked: nothing listens there. */
function credentials(): Record<string, string> {
  return { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: app, AZURE_CLIENT_SECRET: secret };
}

function serve(env: Record<string, string>, options: StartOptions = {}): Promise<Ended> {
  return place.run(['serve', ...(options.args ?? [])], { ...options, env });
}

/** It did not start: says so on stderr, and nothing on stdout. */
function expectRefusal({ code, stdout, stderr }: Ended, wanted: number): string[] {
  expect({ code, stdout }, stderr).toEqual({ code: wanted, stdout: '' });
  return stderr.trimEnd().split('\n');
}

describe('without credentials', () => {
  test('says both ways on, in one message', async () => {
    const [ended, bare] = await Promise.all([serve({}), place.run([])]);
    const lines = expectRefusal(ended, 78);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/serve --demo.*AZURE_TENANT_ID.*AZURE_CLIENT_ID.*AZURE_CLIENT_SECRET/);
    expect(bare).toEqual(ended);
  });

  test('values that a host left unset count as unset', async () => {
    const left = [
      'AZURE_TENANT_ID',
      'AZURE_CLIENT_ID',
      'AZURE_CLIENT_SECRET',
      'ENTRA_MCP_READ_ONLY',
      'ENTRA_MCP_TOOLSETS',
    ];
    const literal = Object.fromEntries(left.map((name) => [name, `$\{user_config.${name.toLowerCase()}}`]));
    expect(await serve(literal)).toEqual(await serve({}));
  });
});

describe('bad settings', () => {
  test('are told all at once, with what to do and without a secret', async () => {
    const lines = expectRefusal(
      await serve({
        AZURE_TENANT_ID: 'common',
        // As happens: the secret in the place of the id.
        AZURE_CLIENT_ID: secret,
        AZURE_CLIENT_SECRET: secret,
        ENTRA_MCP_GRAPH_URL: `http://user:${secret}@graph.example`,
        ENTRA_MCP_TOOLSETS: 'usrs',
        ENTRA_MCP_READONLY: 'true',
        ENTRA_MCP_LOG_LEVEL: 'loud',
        ENTRA_MCP_NOTIFY_URL: `ftp://hook.example/${secret}`,
      }),
      78,
    );
    expect(lines[0]).toBe('8 settings are wrong:'.replace('8', String(lines.length - 1)));
    for (const name of [
      'AZURE_TENANT_ID',
      'AZURE_CLIENT_ID',
      'ENTRA_MCP_GRAPH_URL',
      'ENTRA_MCP_TOOLSETS',
      'ENTRA_MCP_READONLY',
      'ENTRA_MCP_LOG_LEVEL',
      'ENTRA_MCP_NOTIFY_URL',
    ]) {
      expect(lines.filter((line) => line.startsWith(`- ${name} `))).toHaveLength(1);
    }
    expect(lines.join('\n')).toContain('Did you mean ENTRA_MCP_READ_ONLY?');
    expect(lines.join('\n')).toContain('did you mean "users"?');
    expect(lines.join('\n')).not.toContain(secret);
  });

  test.each([
    ['none without a tenant of its own', { ENTRA_MCP_AUTH: 'none' }, 'ENTRA_MCP_GRAPH_URL'],
    ['a secret without an app', { AZURE_TENANT_ID: tenant, AZURE_CLIENT_SECRET: secret }, 'AZURE_CLIENT_ID'],
    [
      'a cloud that the host is not of',
      { ...credentials(), AZURE_AUTHORITY_HOST: 'login.microsoftonline.us' },
      'ENTRA_MCP_CLOUD',
    ],
    ['reads that are open to all', { ...credentials(), ENTRA_MCP_CONFIRM: 'grant' }, 'destructive'],
  ])('%s', async (_, env, named) => {
    const text = expectRefusal(await serve(env), 78).join('\n');
    expect(text).toContain(named);
    expect(text).not.toContain(secret);
  });

  test('--users says how many people the demo tenant has, and goes with --demo alone', async () => {
    for (const args of [
      ['--users', '100'],
      ['--demo', '--users', '24'],
      ['--demo', '--users', 'many'],
    ]) {
      expect(expectRefusal(await serve({}, { args }), 2)[0]).toContain('--users');
    }
    const server = await place.serve({ args: ['--demo', '--users', '40'] });
    const { data } = await server.client.call('search_users', { pageSize: 100 });
    expect(data['items']).toHaveLength(40);
  });

  test('an option that is not there is a usage error', async () => {
    for (const args of [['serve', '--dmo'], ['--dmo'], ['serve', 'demo'], ['frobnicate'], ['plans', '--jsn']]) {
      const lines = expectRefusal(await place.run(args), 2);
      expect(lines[0]).toContain(args.at(-1));
    }
  });

  test('a state folder that others can read is refused, and it says which', async () => {
    const open = place.newFolder();
    chmodSync(open, 0o755);
    const lines = expectRefusal(await serve({ ENTRA_MCP_STATE_DIR: open }, { args: ['--demo'] }), 78);
    expect(lines).toEqual([expect.stringMatching(new RegExp(`${open}.*chmod.*ENTRA_MCP_STATE_DIR`))]);
  });
});

describe('an env file', () => {
  const settings = `AZURE_TENANT_ID=${tenant}\nAZURE_CLIENT_ID=${app}\nAZURE_CLIENT_SECRET=${secret}\n`;

  test('in the folder that a client starts it in is ignored', async () => {
    const cwd = place.newFolder();
    writeFileSync(join(cwd, '.env'), settings);
    expect(await serve({}, { cwd })).toEqual(await serve({}));
  });

  test('that --env-file names counts, below the environment', async () => {
    const cwd = place.newFolder();
    writeFileSync(join(cwd, 'my.env'), `${settings}ENTRA_MCP_READ_ONLY=true\nENTRA_MCP_TOOLSETS=groups`);
    const server = await place.serve({ args: ['--env-file', 'my.env'], env: { ENTRA_MCP_TOOLSETS: 'users' }, cwd });
    const names = (await server.client.tools()).map(({ name }) => name);
    expect(names).toContain('search_users');
    expect(names).not.toContain('disable_user');
    expect(names).not.toContain('search_groups');
    await server.close();
    expect(server.stderr()).not.toContain(secret);
  });

  test('that is not there is named', async () => {
    const { code, stderr } = await serve(credentials(), { args: ['--env-file', '/nowhere/my.env'] });
    // 9 is Node's own: it looks at options of this name wherever they stand. [github.com/nodejs/node/issues/54232]
    expect([9, 78]).toContain(code);
    expect(stderr).toContain('/nowhere/my.env');
  });
});

describe('tools', () => {
  test('of a read-only server change nothing, and it says why one is missing', async () => {
    const server = await place.serve({ args: ['--demo'], env: { ENTRA_MCP_READ_ONLY: 'true' } });
    const tools = await server.client.tools();
    expect(tools.map(({ name }) => name)).toContain('search_users');
    for (const { annotations } of tools) expect(annotations).toMatchObject({ readOnlyHint: true });
    for (const name of ['disable_user', 'apply_plan']) {
      const { isError, data } = await server.client.call(name, {});
      const { error } = Object(data);
      expect({ isError, text: error.message + error.fix }).toEqual({
        isError: true,
        text: expect.stringMatching(/read only.*ENTRA_MCP_READ_ONLY/),
      });
    }
  });

  test('of a toolset that is not served say so', async () => {
    const cwd = '/';
    const server = await place.serve({ args: ['--demo'], env: { ENTRA_MCP_TOOLSETS: 'groups' }, cwd });
    const names = (await server.client.tools()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['apply_plan', 'get_plan', 'check_access', 'search_groups']));
    expect(names).not.toContain('search_users');
    const { error } = Object((await server.client.call('search_users', {})).data);
    expect(error.message + error.fix).toMatch(/users.*ENTRA_MCP_TOOLSETS/);
    expect((await server.client.call('search_groups', { pageSize: 1 })).data['items']).toHaveLength(1);
  });
});

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

function call(id: number, name: string, args: unknown) {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } };
}

function lines(...messages: unknown[]): string {
  return messages.map((message) => `${typeof message === 'string' ? message : JSON.stringify(message)}\n`).join('');
}

describe('when stdin closes', () => {
  test('everything asked before is answered, stdout holds MCP alone, and the end is 0', async () => {
    const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
    const child = place.spawn(['serve', '--demo'], { env: { ENTRA_MCP_LOG_LEVEL: 'trace' } });
    const end = ended(child);
    const ids = new Set<unknown>();
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += chunk;
      for (const line of seen.split('\n').slice(0, -1)) ids.add(JSON.parse(line).id);
      if ([1, 2, 3, 4, 5].every((id) => ids.has(id))) child.stdin.end();
    });
    child.stdin.write(lines('this is no JSON', '[]', '{"jsonrpc":"2.0"}', initialize, initialized));
    child.stdin.write(lines({ jsonrpc: '2.0', id: 2, method: 'tools/list' }, call(3, 'search_users', { pageSize: 1 })));
    child.stdin.write(lines(call(4, 'search_users', []), call(5, 'no_such_tool', {})));
    const { code, stdout, stderr } = await end;
    expect(code, stderr).toBe(0);
    expect(stdout.endsWith('\n')).toBe(true);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    for (const line of stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ name: 'entra-mcp' });
  });

  test.each([
    ['while the tenant is looked up', false],
    ['while Graph is asked', true],
  ])('%s, the call is given up', async (_, answersFirst) => {
    const asked = Promise.withResolvers<void>();
    const silent = createServer(({ url }, response) => {
      if (answersFirst && url?.startsWith('/v1.0/organization')) response.end('{"value":[]}');
      else asked.resolve();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = { AZURE_TENANT_ID: tenant, ENTRA_MCP_AUTH: 'none', ENTRA_MCP_GRAPH_URL: `http://127.0.0.1:${port}` };
    const child = place.spawn(['serve'], { env });
    const end = ended(child);
    child.stdin.write(lines(initialize, call(2, 'search_users', {})));
    await asked.promise;
    child.stdin.end();
    // Longer than the two seconds that it may take, so that a busy machine is no failure; a killed process has no code.
    const late = setTimeout(() => child.kill('SIGKILL'), 5000);
    expect((await end).code).toBe(0);
    clearTimeout(late);
    silent.closeAllConnections();
    silent.close();
  });
});

describe('demo-tenant', () => {
  test('prints its URL first, and serves any client until it is told to end', async () => {
    const child = place.spawn(['demo-tenant', '--users', '30']);
    const end = ended(child);
    const first = Promise.withResolvers<string>();
    let seen = '';
    child.stdout.on('data', (chunk) => {
      seen += chunk;
      if (seen.includes('\n')) first.resolve(seen.slice(0, seen.indexOf('\n')));
    });
    const url = await first.promise;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answer = await fetch(`${url}/v1.0/users?$top=2&$select=id`);
    const { value } = Object(await answer.json());
    expect(value).toHaveLength(2);
    const server = await place.serve({ env: { ENTRA_MCP_GRAPH_URL: url, ENTRA_MCP_AUTH: 'none' } });
    expect((await server.client.call('get_user', { user: value[0].id })).data['user']).toMatchObject({
      id: value[0].id,
    });
    await server.close();
    child.kill('SIGTERM');
    const { code, stdout } = await end;
    expect(code).toBe(0);
    expect(stdout).toContain(`ENTRA_MCP_GRAPH_URL=${url} ENTRA_MCP_AUTH=none`);
  });
});

/** A Node on the PATH that is too old, if there is one. */
function oldNode(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .find((node) => existsSync(node) && /^v(1[0-9]|2[01])\./.test(String(execFileSync(node, ['--version']))));
}

test('a Node that is too old is told so in one line', { skip: oldNode() === undefined }, async () => {
  for (const args of [[], ['serve', '--demo'], ['plans']]) {
    const lines = expectRefusal(await place.run(args, { node: oldNode() ?? '' }), 1);
    expect(lines).toEqual([expect.stringMatching(/^entra-mcp needs Node 22\.13 or newer; this is \d+\./)]);
  }
});
