import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connected } from '../server/clients.ts';

const root = join(import.meta.dirname, '..', '..');
const work = mkdtempSync(join(tmpdir(), 'entra-mcp-bundle-test-'));
const archive = join(work, 'entra-mcp.mcpb');
const unpacked = join(work, 'unpacked');
const entry = join(unpacked, 'dist', 'main.js');
/** Loads the entry file from a program of its own, as Claude Desktop does with the Node that it brings. */
const host = join(work, 'host.mjs');
const guid = '11111111-2222-4333-8444-555555555555';

/** Folders that nothing can be written to. The second holds for every user, the administrator too. */
const readOnlyHome = join(work, 'read-only');
const fileAsHome = join(work, 'file');

beforeAll(() => {
  if (!existsSync(join(root, 'dist', 'main.js'))) return;
  const quiet = { stdio: 'pipe' } as const;
  execFileSync(process.execPath, [join(root, 'scripts', 'bundle.ts'), archive], quiet);
  const mcpb = join(root, 'node_modules', '@anthropic-ai', 'mcpb', 'dist', 'cli', 'cli.js');
  execFileSync(process.execPath, [mcpb, 'unpack', archive, unpacked], quiet);
  writeFileSync(host, `await import(${JSON.stringify(pathToFileURL(entry).href)});\n`);
  mkdirSync(readOnlyHome, { mode: 0o500 });
  writeFileSync(fileAsHome, '');
});
afterAll(() => {
  if (existsSync(readOnlyHome)) chmodSync(readOnlyHome, 0o700);
  rmSync(work, { recursive: true, force: true });
});

interface Manifest {
  readonly server: {
    readonly mcp_config: { readonly command: string; readonly args: string[]; readonly env: Record<string, string> };
  };
  readonly tools: readonly { readonly name: string }[];
  readonly user_config: Record<string, { readonly type: string; readonly default?: string | boolean }>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(unpacked, 'manifest.json'), 'utf8'));
}

/** The environment that a host makes of the manifest: an option that nobody filled in arrives as it stands there. */
function environment(given: Record<string, string>, home = readOnlyHome): Record<string, string> {
  const { env } = manifest().server.mcp_config;
  const filled = Object.entries(env).map(([name, text]) => {
    const key = /^\$\{user_config\.(\w+)\}$/.exec(text)?.[1] ?? '';
    return [name, given[key] ?? text];
  });
  return { PATH: process.env['PATH'] ?? '', HOME: home, ...Object.fromEntries(filled) };
}

const dummy = { tenant_id: guid, client_id: guid, client_secret: 'dummy' };

async function session(args: string[], env: Record<string, string>) {
  const transport = new StdioClientTransport({ command: process.execPath, args, env, cwd: '/', stderr: 'ignore' });
  return connected('v1', transport);
}

function ended(args: string[], env: Record<string, string>): Promise<{ code: number | null; error: string }> {
  const child = spawn(process.execPath, args, { env, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] });
  let error = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, error })));
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.replaceAll(sep, '/'));

describe.runIf(existsSync(join(root, 'dist', 'main.js')))('the bundle', () => {
  test('holds what it needs and nothing else, in less than 4 MB', () => {
    const others = filesIn(unpacked).filter((name) => !/^dist\/chunks\/[\w.-]+\.js$/.test(name));
    expect(others.sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/THIRD_PARTY_NOTICES.txt',
      'dist/chunks/cedar_wasm_bg.wasm',
      'dist/main.js',
      'dist/mirror-thread.js',
      'dist/query-child.js',
      'manifest.json',
      'package.json',
      'tools.json',
    ]);
    expect(statSync(archive).size).toBeLessThan(4 * 1024 * 1024);
    const { dependencies, devDependencies, scripts, type } = JSON.parse(
      readFileSync(join(unpacked, 'package.json'), 'utf8'),
    );
    expect([dependencies, devDependencies, scripts, type]).toEqual([undefined, undefined, undefined, 'module']);
  });

  test('names no folder of the machine that built it', () => {
    const naming = filesIn(unpacked).filter((name) => readFileSync(join(unpacked, name), 'utf8').includes(root));
    expect(naming).toEqual([]);
  });

  test('says in its manifest how it is started, and only asks for what a setting takes', () => {
    const { server, user_config } = manifest();
    const { command, args, env } = server.mcp_config;
    expect([command, ...args]).toEqual(['node', `\${__dirname}/dist/main.js`, 'serve']);
    expect(Object.values(env).sort()).toEqual(
      Object.keys(user_config)
        .map((key) => `\${user_config.${key}}`)
        .sort(),
    );
  });

  test.each([
    ['as its manifest says', () => [entry, 'serve']],
    ['loaded by a host that names it', () => [host, entry, 'serve']],
    ['loaded by a host that names nothing', () => [host]],
  ])('serves %s, with dummy credentials, where nothing can be written', async (_, args) => {
    const client = await session(args(), environment(dummy));
    const names = (await client.tools()).map(({ name }) => name);
    await client.close();
    expect(client.server()?.name).toBe('entra-mcp');
    expect(names.sort()).toEqual(
      manifest()
        .tools.map(({ name }) => name)
        .sort(),
    );
  });

  test('takes booleans and defaults as a host writes them', async () => {
    const { user_config } = manifest();
    const defaults = Object.entries(user_config).flatMap(([key, { default: preset }]) =>
      preset === undefined ? [] : [[key, String(preset)] as const],
    );
    for (const read_only of ['true', 'false']) {
      const given = { ...Object.fromEntries(defaults), ...dummy, read_only };
      const client = await session([host], environment(given, fileAsHome));
      const names = (await client.tools()).map(({ name }) => name);
      await client.close();
      expect(names).toContain('get_user');
      expect([read_only, names.includes('disable_user')]).toEqual([read_only, read_only === 'false']);
    }
  });

  test('without credentials ends with 78 and says both ways on', async () => {
    const { code, error } = await ended([host], environment({}));
    expect(code).toBe(78);
    expect(error).toMatch(/serve --demo.*AZURE_TENANT_ID/s);
    expect(error).not.toContain('user_config');
  });

  test('a call that cannot sign in is told why, and the server lives on', async () => {
    const env = { ...environment(dummy, fileAsHome), AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1' };
    const client = await session([host], env);
    const { isError, data } = await client.call('check_access');
    expect({ isError, data }).toMatchObject({ isError: true, data: { error: { code: 'AUTH_REQUIRED' } } });
    expect((await client.tools()).length).toBeGreaterThan(0);
    await client.close();
  });

  test('carries the license of everything in it', () => {
    const notices = readFileSync(join(unpacked, 'dist', 'THIRD_PARTY_NOTICES.txt'), 'utf8');
    for (const notice of notices.split('='.repeat(80)).slice(1)) expect(notice.trim().length).toBeGreaterThan(500);
    expect(notices).toContain('@cedar-policy/cedar-wasm');
  });

  test('follows policies: refuses a file that is none, and lets pass what a good one says', async () => {
    const home = join(work, 'policies');
    mkdirSync(home, { mode: 0o700 });
    const file = join(home, 'policies.cedar');
    const demo = [host, entry, 'serve', '--demo'];
    const env = { ...environment({}, home), XDG_DATA_HOME: home, ENTRA_MCP_POLICY_FILE: file };
    writeFileSync(file, '@id("a")\npermit (principal, action, resource);');
    expect(await ended(demo, env)).toMatchObject({ code: 78, error: expect.stringContaining('policies.cedar:1:1:') });
    const wide =
      '@id("a") @rule("without-approval") permit (principal, action, resource) when { context.people <= 1 };';
    writeFileSync(file, wide);
    const client = await session(demo, env);
    const { data } = await client.call('search_users', { text: 'maya.lindqvist', pageSize: 1 });
    const items = data['items'];
    const user = Array.isArray(items) ? String(items[0]?.id) : '';
    const { data: answer } = await client.call('revoke_sessions', { user, reason: 'test of the bundle' });
    await client.close();
    expect(answer).toMatchObject({
      status: 'completed',
      plan: { policy: { rule: 'without-approval', policies: ['a'] } },
    });
  });

  test('works as a whole: reads and plans on the demo tenant', async () => {
    const home = join(work, 'home');
    mkdirSync(home, { mode: 0o700 });
    const client = await session([host, entry, 'serve', '--demo'], { ...environment({}, home), XDG_DATA_HOME: home });
    const { data } = await client.call('search_users', { accountEnabled: true, userType: 'Member', pageSize: 1 });
    const items = data['items'];
    const user = Array.isArray(items) ? String(items[0]?.id) : '';
    const planned = await client.call('revoke_sessions', { user, reason: 'test of the bundle' });
    await client.close();
    expect(planned.data, planned.text).toMatchObject({ status: 'approval_required' });
  });
});
