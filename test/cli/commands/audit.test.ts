import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendAudit, recordAudit } from '../../../src/approval/audit.ts';
import { withState } from '../../../src/approval/index.ts';
import type { TenantFolder } from '../../../src/store/index.ts';
import { stateFolder, tenantId, tenantIn } from '../state.ts';
import { run, stoppedClock } from '../terminal.ts';

const other = '0a1b2c3d-0000-4000-8000-00000000000b';
const folder = stateFolder();
const heads: string[] = [];
let tenant: TenantFolder;

beforeAll(async () => {
  tenant = tenantIn(folder.dir, { demo: false });
  heads.push(
    await add(tenant, 'plan', {
      view: { summary: 'Disable \u001B[31mMaya', requester: 'os:alice' },
      approval: 'a human decides',
    }),
  );
  heads.push(await add(tenant, 'decision', { decision: 'approve', by: 'approver PIN' }));
  heads.push(await add(tenant, 'write-sending', { method: 'PATCH', url: 'https://graph.microsoft.com/v1.0/users/1' }));
  heads.push(await add(tenant, 'write-answered', { status: 204, clientRequestId: 'c-1' }));
  heads.push(await add(tenant, 'outcome', { state: 'failed', error: { code: 'UPSTREAM' } }));
  await add(tenantIn(folder.dir, { id: other }), 'approver-key', { change: 'first', keyId: 'k', voidedPlans: 2 });
});
afterAll(() => folder.remove());

function add(
  to: TenantFolder,
  kind: Parameters<typeof recordAudit>[2]['kind'],
  body: Record<string, unknown>,
): Promise<string> {
  const row = { tenantId: to.tenantId, kind, planId: 'abcdef0123456789', body };
  return withState(to, ({ store }) => recordAudit(store, stoppedClock, row));
}

const audit = (...argv: string[]) => run(['audit', ...argv, '--state-dir', folder.dir]);

describe('tail', () => {
  it('shows the newest rows in words, of every tenant, and the head', async () => {
    const { code, output } = await audit('tail');
    expect(code).toBe(0);
    expect(output).toContain(`tenant ${other} (demo)`);
    const lines = output.split('\n');
    const row = (seq: number) => lines.find((line) => line.startsWith(`  ${seq} `));
    expect(row(1)).toMatch(
      /2026-01-01 12:00:00 UTC +plan +abcdef01 +Disable ⟨U\+001B⟩\[31mMaya \(asked by os:alice; a human decides\)$/,
    );
    expect(row(2)).toMatch(/decision +abcdef01 +approve, approver PIN$/);
    expect(row(3)).toMatch(/PATCH https:\/\/graph\.microsoft\.com\/v1\.0\/users\/1$/);
    expect(row(4)).toMatch(/204, client-request-id c-1$/);
    expect(row(5)).toMatch(/failed, UPSTREAM$/);
    expect(output).toContain(`head ${heads[4]}`);
  });

  it('-n and --tenant cut it down', async () => {
    const { output } = await audit('tail', '-n', '2', '--tenant', tenantId.toUpperCase());
    expect(output.match(/^ {2}\d/gm)).toHaveLength(2);
    expect(output).not.toContain(other);
  });

  it('--json writes whole rows, one a line, safe on a terminal', async () => {
    const { output } = await audit('tail', '--json', '--tenant', tenantId);
    const rows = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ hash }) => hash)).toEqual(heads);
    expect(rows[0]).toMatchObject({ tenantId, seq: 1, body: { view: { summary: 'Disable \u001B[31mMaya' } } });
    expect(output).not.toContain('\u001B');
  });

  it('an unknown tenant is a failure', async () => {
    expect((await audit('tail', '--tenant', '0a1b2c3d-0000-4000-8000-00000000000f')).code).toBe(1);
  });
});

describe('export', () => {
  it('writes every row of every tenant, oldest first, so that a reader can recompute each hash', async () => {
    const { code, output, error } = await audit('export');
    expect([code, error]).toEqual([0, '']);
    const rows = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const own = rows.filter((row) => row.tenantId === tenantId);
    expect([rows.length, own.map(({ seq }) => seq)]).toEqual([6, [1, 2, 3, 4, 5]]);
    expect(own.map(({ hash }) => hash)).toEqual(heads);
    let before = '0'.repeat(64);
    for (const { tenantId: tenant, seq, at, kind, planId, body, prevHash, hash } of own) {
      const text = JSON.stringify([tenant, seq, Date.parse(at), kind, planId, inOrder(body), prevHash]);
      expect([prevHash, createHash('sha256').update(text).digest('hex')]).toEqual([before, hash]);
      before = hash;
    }
    expect(output).not.toContain('\u001B');
  });

  it('of one tenant, or of nobody', async () => {
    expect((await audit('export', '--tenant', other)).output.trimEnd().split('\n')).toHaveLength(1);
    expect((await audit('export', '--tenant', '0a1b2c3d-0000-4000-8000-00000000000f')).code).toBe(1);
    const own = stateFolder();
    const { code, output } = await run(['audit', 'export', '--state-dir', own.dir]);
    own.remove();
    expect([code, output]).toEqual([0, '']);
  });

  it('of many rows waits for its reader', async () => {
    const own = stateFolder();
    const long = tenantIn(own.dir);
    await withState(long, ({ store }) =>
      store.transaction().execute(async (tx) => {
        for (let i = 0; i < 1_200; i += 1)
          await appendAudit(tx, { tenantId: long.tenantId, at: i, kind: 'query', body: { sql: 'x'.repeat(500) } });
      }),
    );
    const { output } = await run(['audit', 'export', '--state-dir', own.dir]);
    own.remove();
    expect(output.trimEnd().split('\n')).toHaveLength(1_200);
  });
});

/** Canonical JSON as the documents describe it, written without the server's own. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

describe('verify', () => {
  it('an unbroken chain exits 0, and says which heads it knows', async () => {
    const { code, output } = await audit('verify', '--tenant', tenantId);
    expect([code, output]).toEqual([0, expect.stringMatching(/ok +5 rows, unbroken/)]);
    expect(output).toContain(heads[4]);
    for (const head of heads) expect((await audit('verify', '--head', head)).code).toBe(0);
  });

  it('a head that no trail contains exits 1', async () => {
    const { code, output } = await audit('verify', '--head', 'f'.repeat(64));
    expect([code, output]).toEqual([1, expect.stringContaining('missing')]);
  });

  it('an edited row exits 1 and is named; a trail cut short shows to whoever holds a head', async () => {
    const own = stateFolder();
    const edited = tenantIn(own.dir);
    for (const decision of ['approve', 'deny', 'approve'])
      await add(edited, 'decision', { decision, by: 'approver PIN' });
    const last = await add(edited, 'outcome', { state: 'applied' });
    const verify = (...argv: string[]) => run(['audit', 'verify', ...argv, '--state-dir', own.dir]);
    await withState(edited, ({ store }) => store.deleteFrom('audit').where('seq', '=', 4).execute());
    expect((await verify()).code).toBe(0);
    expect((await verify('--head', last)).code).toBe(1);
    const body = JSON.stringify({ by: 'approver PIN', decision: 'approve' });
    await withState(edited, ({ store }) => store.updateTable('audit').set({ body }).where('seq', '=', 2).execute());
    const { code, output } = await verify();
    own.remove();
    expect([code, output]).toEqual([1, expect.stringMatching(/broken +at row 2/)]);
  });

  it('nothing to verify is not a success', async () => {
    const own = stateFolder();
    expect((await run(['audit', 'verify', '--state-dir', own.dir])).code).toBe(1);
    expect((await run(['audit', 'tail', '--state-dir', own.dir])).code).toBe(0);
    own.remove();
  });
});
