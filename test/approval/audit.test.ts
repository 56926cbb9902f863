import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendAudit, auditTail, recordAudit, verifyTrail } from '../../src/approval/audit.ts';
import { canonicalJson } from '../../src/contract/canonical.ts';
import { openState } from '../../src/store/index.ts';
import { GateWorld, tenantId } from '../fixtures/gate-world.ts';

let world: GateWorld;
const heads: string[] = [];

beforeEach(async () => {
  world = await GateWorld.open();
  heads.length = 0;
  for (let i = 0; i < 5; i += 1) {
    heads.push(await recordAudit(world.store, world.clock, { tenantId, kind: 'plan', planId: `p${i}`, body: { i } }));
  }
});
afterEach(() => world.close());

describe('the audit trail', () => {
  test('is whole as written, and contains every head it ever had', async () => {
    expect(await verifyTrail(world.store, tenantId)).toEqual({ rows: 5, head: heads[4] });
    for (const head of heads)
      expect(await verifyTrail(world.store, tenantId, head)).toMatchObject({ containsHead: true });
    expect((await auditTail(world.store, tenantId, 2)).map((row) => row.planId)).toEqual(['p3', 'p4']);
  });

  test.each([
    ['body', '{"i":9}'],
    ['kind', 'outcome'],
    ['at', 1],
    ['plan_id', 'p9'],
    ['prev_hash', 'x'],
    ['hash', 'x'],
  ] as const)('shows an edited %s', async (column, value) => {
    await world.store
      .updateTable('audit')
      .set({ [column]: value })
      .where('seq', '=', 3)
      .execute();
    expect((await verifyTrail(world.store, tenantId)).brokenAt).toBe(3);
  });

  test('shows a removed row', async () => {
    await world.store.deleteFrom('audit').where('seq', '=', 3).execute();
    expect((await verifyTrail(world.store, tenantId)).brokenAt).toBe(3);
  });

  test('cut at its end, shows to whoever holds a later head', async () => {
    await world.store.deleteFrom('audit').where('seq', '>', 3).execute();
    expect(await verifyTrail(world.store, tenantId)).toMatchObject({ rows: 3 });
    expect(await verifyTrail(world.store, tenantId, heads[4])).toMatchObject({ containsHead: false });
  });

  test('stays one chain when two processes write at once', async () => {
    const other = await openState(world.folder);
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        recordAudit(i % 2 === 0 ? world.store : other, world.clock, { tenantId, kind: 'plan', body: { i } }),
      ),
    );
    expect(await verifyTrail(world.store, tenantId)).toMatchObject({ rows: 45 });
    await other.destroy();
  });

  test('verifies page by page', async () => {
    await world.store.transaction().execute(async (tx) => {
      for (let i = 0; i < 1_000; i += 1) await appendAudit(tx, { tenantId, at: i, kind: 'plan', body: {} });
    });
    expect(await verifyTrail(world.store, tenantId)).toMatchObject({ rows: 1_005 });
  });
});

test('canonical JSON is the same for the same value, and parses back to it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const shuffled = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
