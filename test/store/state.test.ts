import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openState, tenantFolder, tenantFolders } from '../../src/store/index.ts';

const tenantId = '11111111-2222-4333-8444-555555555555';
let stateDir: string;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'entra-mcp-store-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const row = {
  tenant_id: tenantId,
  plan_id: 'p',
  decision: 'approve' as const,
  key_id: 'k',
  statement: 's',
  signature: 'g',
  decided_at: 1,
};

describe('the state of a tenant', () => {
  test('is the owner’s alone: folders 0700, files 0600', async () => {
    const tenant = tenantFolder(stateDir, tenantId, false);
    const db = await openState(tenant);
    await db.insertInto('approvals').values(row).execute();
    if (process.platform !== 'win32') {
      expect(statSync(tenant.folder).mode & 0o777).toBe(0o700);
      for (const name of readdirSync(tenant.folder))
        expect(statSync(join(tenant.folder, name)).mode & 0o777).toBe(0o600);
    }
    await db.destroy();
  });

  test.skipIf(process.platform === 'win32')('is refused where others can read it', async () => {
    const open = join(stateDir, 'open');
    mkdirSync(open, { mode: 0o755 });
    chmodSync(open, 0o755);
    expect(() => tenantFolder(open, tenantId, false)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    const tenant = tenantFolder(stateDir, tenantId, false);
    await (await openState(tenant)).destroy();
    chmodSync(join(tenant.folder, 'state.db'), 0o644);
    await expect(openState(tenant)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('is refused with what to do where it cannot be made', () => {
    const file = join(stateDir, 'file');
    writeFileSync(file, '');
    expect(() => tenantFolder(join(file, 'state'), tenantId, false)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', fix: expect.stringContaining('ENTRA_MCP_STATE_DIR') }),
    );
  });

  test('is found again, demo and real apart', () => {
    tenantFolder(stateDir, tenantId, false);
    tenantFolder(stateDir, tenantId, true);
    expect(tenantFolders(stateDir).map(({ demo }) => demo)).toEqual([false, true]);
  });

  test('refuses a tenant id that is no GUID: it names a folder', () => {
    expect(() => tenantFolder(stateDir, '../../etc', false)).toThrow(TypeError);
  });

  test('is migrated once when several open it at the same moment', async () => {
    const tenant = tenantFolder(stateDir, tenantId, false);
    const opened = await Promise.all(Array.from({ length: 4 }, () => openState(tenant)));
    await opened[0]?.insertInto('approvals').values(row).execute();
    expect(await opened[3]?.selectFrom('approvals').selectAll().execute()).toEqual([row]);
    await Promise.all(opened.map((db) => db.destroy()));
  });

  test('keeps all of a transaction or nothing', async () => {
    const db = await openState(tenantFolder(stateDir, tenantId, false));
    const failed = db.transaction().execute(async (tx) => {
      await tx.insertInto('approvals').values(row).execute();
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await db.selectFrom('approvals').selectAll().execute()).toEqual([]);
    await db.destroy();
  });
});
