import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KeptSignIn, keepSignIn, readKeptSignIn } from '../../src/approval/kept-sign-in.ts';
import { type TenantFolder, tenantFolder } from '../../src/store/index.ts';

const tenantId = '11111111-2222-4333-8444-555555555555';
const signIn: KeptSignIn = { cloud: 'global', clientId: '99999999-8888-4777-8666-aaaaaaaaaaaa', tenantId };

let stateDir: string;
let tenant: TenantFolder;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'entra-mcp-kept-'));
  tenant = tenantFolder(stateDir, tenantId, false);
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const ours = () => readdirSync(tenant.folder).filter((name) => name.startsWith('approver-sign-in'));

/** Another process that keeps it over and over; what it wrote to stderr. */
function keepingElsewhere(): Promise<string> {
  const from = JSON.stringify(new URL('../../src/approval/kept-sign-in.ts', import.meta.url));
  const script = `const { keepSignIn } = await import(${from});
    for (let i = 0; i < 300; i += 1) keepSignIn(${JSON.stringify(tenant)}, ${JSON.stringify(signIn)});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code === 0 ? '' : said)));
}

describe('how approvers sign in, in the folder of their tenant', () => {
  test('is as the last server left it, and gone with the setting', () => {
    expect(readKeptSignIn(tenant)).toBeUndefined();
    keepSignIn(tenant, { ...signIn, approverGroup: tenantId });
    keepSignIn(tenant, signIn);
    expect(readKeptSignIn(tenant)).toEqual(signIn);
    keepSignIn(tenant, undefined);
    expect(ours()).toEqual([]);
  });

  test.each(['', '{', '[]', '{"cloud":"mars"}', JSON.stringify({ ...signIn, more: 1 })])(
    'is refused where the file holds %j',
    (text) => {
      writeFileSync(join(tenant.folder, 'approver-sign-in.json'), text);
      expect(() => readKeptSignIn(tenant)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );

  test('is kept by servers that start at the same moment', async () => {
    expect(await Promise.all([keepingElsewhere(), keepingElsewhere()])).toEqual(['', '']);
    expect(readKeptSignIn(tenant)).toEqual(signIn);
    expect(ours()).toEqual(['approver-sign-in.json']);
  });
});
