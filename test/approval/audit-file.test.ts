import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendAudit, recordAudit } from '../../src/approval/audit.ts';
import { AuditFile, auditFileStanding } from '../../src/approval/audit-file.ts';
import type { Log } from '../../src/contract/index.ts';
import { openState, type StateStore } from '../../src/store/index.ts';
import { GateWorld, tenantId } from '../fixtures/gate-world.ts';

let world: GateWorld;
let path: string;
let logged: [level: string, message: string][];
const open: { close(): Promise<void> }[] = [];

const keep = (level: string) => (_fields: unknown, message: string) => logged.push([level, message]);
const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };

beforeEach(async () => {
  world = await GateWorld.open();
  path = join(world.stateDir, 'trail.ndjson');
  logged = [];
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await world.close();
});

/** A process that writes the file: its own connection to the store, which tells of commits. */
async function writer(): Promise<{ file: AuditFile; store: StateStore }> {
  let committed = () => {};
  const store = await openState(world.folder, () => committed());
  const file = new AuditFile({ store, tenantId, path, clock: world.clock, log });
  committed = () => file.poke();
  file.start();
  open.push({
    close: async () => {
      await file.close();
      await store.destroy();
    },
  });
  return { file, store };
}

function add(store: StateStore, sql = 'SELECT 1'): Promise<string> {
  return recordAudit(store, world.clock, { tenantId, kind: 'query', body: { sql } });
}

function lines(at = path): { seq: number; hash: string; body: { sql: string } }[] {
  if (!existsSync(at)) return [];
  return readFileSync(at, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const seqs = (at = path) => lines(at).map(({ seq }) => seq);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('the audit file', () => {
  test('gets each row soon after it is committed, for its owner’s eyes', async () => {
    const { store } = await writer();
    const hash = await add(store, 'a line\nfeed\u2028');
    await expect.poll(() => seqs()).toEqual([1]);
    expect(lines()[0]).toMatchObject({ tenantId, seq: 1, kind: 'query', planId: null, hash });
    expect(readFileSync(path, 'utf8')).not.toContain('\u2028');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    for (let i = 0; i < 20; i += 1) await add(store);
    await expect.poll(() => seqs()).toEqual(upTo(21));
  });

  test('gets nothing of what was rolled back', async () => {
    const { store, file } = await writer();
    const failed = store.transaction().execute(async (tx) => {
      await appendAudit(tx, { tenantId, at: 1, kind: 'query', body: {} });
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await file.close();
    expect(existsSync(path)).toBe(false);
  });

  test('has at its end what another process committed', async () => {
    await writer();
    await add(world.store);
    await world.clock.advance(5_000);
    await expect.poll(() => seqs()).toEqual([1]);
  });

  test('catches up at start from its last line, page after page', async () => {
    for (let i = 0; i < 3; i += 1) await add(world.store);
    const first = await writer();
    await first.file.close();
    expect(seqs()).toEqual([1, 2, 3]);
    await world.store.transaction().execute(async (tx) => {
      for (let i = 0; i < 1_100; i += 1)
        await appendAudit(tx, { tenantId, at: i, kind: 'query', body: { sql: 'x'.repeat(300) } });
    });
    await (await writer()).file.close();
    expect(seqs()).toEqual(upTo(1_103));
  });

  test('is written by two processes at once, each row once and in order', async () => {
    const both = [await writer(), await writer()];
    await Promise.all(upTo(60).map((i) => add(both[i % 2]?.store ?? world.store)));
    await Promise.all(both.map(({ file }) => file.close()));
    expect(seqs()).toEqual(upTo(60));
  });

  test('loses the beginning of a line that a killed process left, even in the middle of a character', async () => {
    const { file, store } = await writer();
    await add(store);
    await add(store, 'Zoë');
    await file.close();
    const at = readFileSync(path).indexOf(Buffer.from('ë'));
    truncateSync(path, at + 1);
    await (await writer()).file.close();
    expect(lines().map(({ body }) => body.sql)).toEqual(['SELECT 1', 'Zoë']);
  });

  test('holds several tenants, and goes on after the last line of its own', async () => {
    const { file, store } = await writer();
    await add(store);
    await file.close();
    const foreign = `${JSON.stringify({ tenantId: 'other', seq: 9, hash: 'h' })}\n`;
    appendFileSync(path, foreign.repeat(5_000));
    await add(world.store);
    await (await writer()).file.close();
    expect([seqs()[0], seqs().at(-1), seqs().length]).toEqual([1, 2, 5_002]);
  });

  test('that was rotated away goes on in a new one', async () => {
    const { store } = await writer();
    await add(store);
    await expect.poll(() => seqs()).toEqual([1]);
    renameSync(path, `${path}.1`);
    await add(store);
    await expect.poll(() => seqs()).toEqual([2]);
    expect(seqs(`${path}.1`)).toEqual([1]);
  });
});

describe('where it cannot be written', () => {
  test('changes go on, the failure is logged once, and it catches up later', async () => {
    mkdirSync(path);
    const { store } = await writer();
    for (let i = 0; i < 5; i += 1) await add(store);
    await expect.poll(() => logged.filter(([level]) => level === 'error').length).toBe(1);
    rmdirSync(path);
    await world.clock.advance(5_000);
    await expect.poll(() => seqs()).toEqual(upTo(5));
    await expect.poll(() => logged.at(-1)).toEqual(['info', 'the audit file is written again']);
  });

  test.each([
    ['of another trail', () => `${JSON.stringify({ tenantId, seq: 1, hash: 'f'.repeat(64) })}\n`],
    ['from a later trail', () => `${JSON.stringify({ tenantId, seq: 99, hash: 'f'.repeat(64) })}\n`],
    ['that is text of somebody', () => 'dear diary'],
  ])('a file %s is left alone', async (_what, text) => {
    writeFileSync(path, text());
    const { store, file } = await writer();
    await add(store);
    await file.close();
    expect(readFileSync(path, 'utf8')).toBe(text());
    expect(logged.some(([level]) => level === 'error')).toBe(true);
  });

  test('its standing says how far behind it is, and whether it is of this trail', async () => {
    const { file, store } = await writer();
    await add(store);
    await file.close();
    expect(await auditFileStanding(world.store, tenantId, path)).toEqual({
      isThere: true,
      behind: 0,
      isForeign: false,
    });
    await add(world.store);
    expect(await auditFileStanding(world.store, tenantId, path)).toMatchObject({ behind: 1 });
    expect(await auditFileStanding(world.store, 'nobody', path)).toEqual({
      isThere: false,
      behind: 0,
      isForeign: false,
    });
    await world.store.updateTable('audit').set({ hash: 'x' }).where('seq', '=', 1).execute();
    expect(await auditFileStanding(world.store, tenantId, path)).toMatchObject({ isForeign: true });
    appendFileSync(path, `{"tenantId":"${tenantId}","seq":1, of another program}\n`);
    expect(await auditFileStanding(world.store, tenantId, path)).toMatchObject({ isForeign: true });
  });
});
