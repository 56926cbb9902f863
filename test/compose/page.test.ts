import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Approver, approverOf } from '../../src/approval/index.ts';
import { approvalPage } from '../../src/compose/page.ts';
import { GateWorld } from '../fixtures/gate-world.ts';
import { asked } from '../page/page-client.ts';

let world: GateWorld;
let folder: string;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  world = await GateWorld.open();
  folder = mkdtempSync(join(tmpdir(), 'page-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
  await world.close();
  rmSync(folder, { recursive: true });
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const planId = 'a'.repeat(32);

function pageOf(openBrowser: 'auto' | 'true' | 'false', approver: Approver = GateWorld.demoApprover) {
  const open = { tenant: world.folder, store: world.store };
  const page = approvalPage({ open, approver, config: { openBrowser }, log: silent });
  closers.push(() => page.close());
  return page;
}

test('is served once, at one address', async () => {
  const page = pageOf('false');
  const [one, other] = await Promise.all([page.addressOf(planId), page.addressOf('b'.repeat(32))]);
  expect(new URL(one ?? '').origin).toBe(new URL(other ?? '').origin);
  expect(one).toMatch(/#a{32}$/);
});

test('is not served where no PIN was ever set, or the keys were replaced', async () => {
  const none = pageOf('false', approverOf(world.stateDir, { ...world.folder, demo: false }));
  expect(await none.addressOf(planId)).toBeUndefined();
  const replaced = pageOf('false', {
    keys: () => {
      throw new Error('replaced');
    },
  });
  expect(await replaced.addressOf(planId)).toBeUndefined();
});

describe.skipIf(process.platform !== 'linux')('the browser', () => {
  const opened = () => join(folder, 'opened');
  beforeEach(() => {
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\necho "$1 $AZURE_CLIENT_SECRET" >> ${opened()}\n`);
    chmodSync(join(folder, 'xdg-open'), 0o755);
    vi.stubEnv('PATH', folder);
    vi.stubEnv('AZURE_CLIENT_SECRET', 'a secret');
  });
  const lines = () => (existsSync(opened()) ? readFileSync(opened(), 'utf8').trimEnd().split('\n') : []);

  test('is opened at the plan, once for several, and given no setting of ours', async () => {
    const page = pageOf('true');
    page.show(planId);
    await vi.waitFor(() => expect(lines()).toHaveLength(1));
    page.show('b'.repeat(32));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lines()).toEqual([await page.addressOf(planId)]);
  });

  test('is not opened while the page is open in one already', async () => {
    const page = pageOf('true');
    await asked(new URL((await page.addressOf(planId)) ?? '').origin, '/api/plans');
    page.show(planId);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lines()).toEqual([]);
  });

  test('is never opened by tests', async () => {
    vi.stubEnv('DISPLAY', ':0');
    pageOf('auto').show(planId);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lines()).toEqual([]);
  });

  test('that is missing is no fault', async () => {
    vi.stubEnv('PATH', join(folder, 'nothing'));
    const page = pageOf('true');
    page.show(planId);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await page.addressOf(planId)).toMatch(/^http:/);
  });
});
