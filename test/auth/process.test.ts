import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoginServer, startLoginServer } from '../fixtures/login-server.ts';

let server: LoginServer;
beforeAll(async () => {
  server = await startLoginServer({ clientSecret: 's' });
});
afterAll(() => server.close());

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process that trusts what NODE_EXTRA_CA_CERTS says, as a user's does. Gives what it wrote. */
function run(script: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  return new Promise((resolve) => child.on('close', () => resolve(out.trim())));
}

const signIn = `
  import { createTokenSource } from './src/auth/index.ts';
  import { loadConfig } from './src/config/index.ts';
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const clock = { now: Date.now, sleep: async () => {} };
  const config = loadConfig({ env: process.env, packageRoot: '/nowhere', configDir: '/nowhere' });
  const token = await createTokenSource({ config, clock, log }).token().catch((error) => error);
  console.log(token.claims?.appId ?? token.fix);
`;

function app(): Record<string, string> {
  return {
    AZURE_TENANT_ID: server.tenantId,
    AZURE_CLIENT_ID: server.clientId,
    AZURE_CLIENT_SECRET: 's',
    AZURE_AUTHORITY_HOST: server.url,
  };
}

describe('a process of its own', () => {
  it('signs in at a host under the authority of NODE_EXTRA_CA_CERTS, and ends', async () => {
    expect(await run(signIn, { ...app(), NODE_EXTRA_CA_CERTS: server.caFile })).toBe(server.clientId);
  });

  it('is told of NODE_EXTRA_CA_CERTS without it', async () => {
    expect(await run(signIn, app())).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('loads neither MSAL nor undici before the first token', async () => {
    const loaded = await run(
      `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context); } });
      const { createTokenSource } = await import('./src/auth/index.ts');
      const { loadConfig } = await import('./src/config/index.ts');
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const config = loadConfig({ env: process.env, packageRoot: '/nowhere', configDir: '/nowhere' });
      createTokenSource({ config, clock: { now: Date.now, sleep: async () => {} }, log });
      console.log(JSON.stringify(seen.flatMap((url) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? [])));
    `,
      app(),
    );
    expect(new Set(JSON.parse(loaded))).toEqual(new Set(['zod', 'env-paths', 'is-safe-filename']));
  });
});
