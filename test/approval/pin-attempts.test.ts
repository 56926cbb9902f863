import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditTail } from '../../src/approval/audit.ts';
import { createKeys } from '../../src/approval/keys.ts';
import { unlockCounted } from '../../src/approval/pin-attempts.ts';
import { openState, type StateStore, type TenantFolder, tenantFolder } from '../../src/store/index.ts';
import { countedPins } from '../fixtures/counted-pins.ts';
import { GateWorld, tenantId } from '../fixtures/gate-world.ts';

/** Quick to open. */
const keys = await createKeys('demo', { n: 2 ** 10, r: 8, p: 1 });
let world: GateWorld;
beforeEach(async () => {
  world = await GateWorld.open();
});
afterEach(() => world.close());

/** What became of a PIN: `open`, or the code of the error. */
async function tried(
  pin: string,
  store: StateStore = world.store,
  tenant: TenantFolder = world.folder,
): Promise<string> {
  const open = { tenant, store };
  return unlockCounted(open, keys, pin, world.clock).then(
    () => 'open',
    (error: { code: string }) => error.code,
  );
}

const minute = 60_000;

test('five wrong PINs in a row lock for 15 minutes, also in another process and after a restart', async () => {
  const other = await openState(world.folder);
  const said = [];
  for (const store of [world.store, other, world.store, other, world.store]) said.push(await tried('no', store));
  expect(said).toEqual([...Array(4).fill('NOT_PERMITTED'), 'LIMIT_REACHED']);
  await other.destroy();
  const restarted = await openState(world.folder);
  expect(await tried('demo', restarted)).toBe('LIMIT_REACHED');
  await restarted.destroy();
  await world.clock.advance(15 * minute + 1);
  expect(await tried('no')).toBe('LIMIT_REACHED');
  await world.clock.advance(29 * minute);
  expect(await tried('demo')).toBe('LIMIT_REACHED');
  await world.clock.advance(2 * minute);
  expect(await tried('demo')).toBe('open');
  expect(await tried('no')).toBe('NOT_PERMITTED');
});

test('the error says when it ends, and each wrong PIN is on record, with none of the PINs', async () => {
  for (let i = 0; i < 5; i += 1) await tried('my other secret');
  const open = { tenant: world.folder, store: world.store };
  await expect(unlockCounted(open, keys, 'demo', world.clock)).rejects.toMatchObject({
    code: 'LIMIT_REACHED',
    retryAfterMs: 15 * minute,
  });
  const rows = await auditTail(world.store, tenantId, 10);
  expect(rows.map(({ kind, body }) => [kind, body['failures'], 'lockedUntil' in body])).toEqual([
    ...[1, 2, 3, 4].map((failures) => ['approver-pin', failures, false]),
    ['approver-pin', 5, true],
  ]);
  expect(JSON.stringify(rows)).not.toContain('my other secret');
});

test('a right PIN forgets the wrong ones before it', async () => {
  for (const pin of ['no', 'no', 'no', 'no', 'demo', 'no', 'no', 'no', 'no', 'demo']) await tried(pin);
  expect(await tried('demo')).toBe('open');
});

test('the tenants of a state folder share its key and its count, and the demo has its own', async () => {
  const ids = ['22222222-2222-4333-8444-555555555555', '33333333-2222-4333-8444-555555555555'];
  const tenants = await Promise.all(
    ids.map(async (id) => {
      const tenant = tenantFolder(world.stateDir, id, false);
      return { tenant, store: await openState(tenant) };
    }),
  );
  const [one, other] = tenants;
  if (one === undefined || other === undefined) throw new Error('Two were opened');
  const said = [];
  for (const { store, tenant } of [one, other, one, other, one]) said.push(await tried('no', store, tenant));
  expect(said).toEqual([...Array(4).fill('NOT_PERMITTED'), 'LIMIT_REACHED']);
  expect(await tried('demo', other.store, other.tenant)).toBe('LIMIT_REACHED');
  // Each on the record of the tenant whose page it was typed on.
  const recorded = await Promise.all(tenants.map(({ store, tenant }) => auditTail(store, tenant.tenantId, 10)));
  expect(recorded.map((rows) => rows.length)).toEqual([3, 2]);
  expect(await countedPins(world.folder)).toBe(0);
  expect(await tried('demo')).toBe('open');
  for (const { store } of tenants) await store.destroy();
});

test('many at once are no way around', async () => {
  const said = await Promise.all(Array.from({ length: 13 }, (_, i) => tried(`guess ${i}`)));
  expect(said.filter((code) => code === 'NOT_PERMITTED')).toHaveLength(4);
  expect(said.filter((code) => code === 'LIMIT_REACHED')).toHaveLength(9);
  expect(await tried('demo')).toBe('LIMIT_REACHED');
});
