import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepPlan, planState, stateFolder, tenantIn } from '../state.ts';
import { run } from '../terminal.ts';

let folder: ReturnType<typeof stateFolder>;
beforeEach(() => {
  folder = stateFolder();
});
afterEach(() => folder.remove());

const setPin = (input: string, more: Parameters<typeof run>[1] & { argv?: string[] } = {}) =>
  run(['approver', 'set-pin', '--state-dir', folder.dir, ...(more.argv ?? [])], { input, ...more });

const keyId = () => JSON.parse(readFileSync(join(folder.dir, 'approver.json'), 'utf8')).keyId;

it('sets the first PIN from one line, changes it from two, and the new one approves', async () => {
  const tenant = tenantIn(folder.dir, { demo: false });
  const voided = await keepPlan(tenant);
  const first = await setPin('tulips-99\n');
  expect([first.code, first.output]).toEqual([0, expect.stringContaining('The approver PIN is set.')]);
  expect(await planState(tenant, voided.id)).toBe('expired');
  const key = keyId();

  expect(await setPin('wrong-old\nroses-100\n')).toMatchObject({ code: 1 });
  const changed = await setPin('tulips-99\nroses-100\n');
  expect([changed.code, changed.output]).toEqual([0, expect.stringContaining('is changed')]);
  expect(keyId()).toBe(key);

  const { id } = await keepPlan(tenant);
  expect((await run(['approve', id, '--state-dir', folder.dir], { input: 'tulips-99\n' })).code).toBe(1);
  expect((await run(['approve', id, '--state-dir', folder.dir], { input: 'roses-100\n' })).code).toBe(0);
});

it('asks twice at a terminal, and changes nothing where the two differ', async () => {
  const typo = await setPin('tulips-99\rtulips-98\r', { person: true });
  expect([typo.code, typo.error]).toEqual([1, expect.stringContaining('not the same')]);
  expect(() => keyId()).toThrow('ENOENT');
  const same = await setPin('tulips-99\rtulips-99\r', { person: true });
  expect(same.code).toBe(0);
  expect(same.output + same.error).not.toContain('tulips');
});

it('refuses a short PIN', async () => {
  const { code, error } = await setPin('1234\n');
  expect([code, error]).toEqual([1, expect.stringContaining('8 characters')]);
});

it('--reset warns, needs no old PIN, and makes new keys', async () => {
  await setPin('tulips-99\n');
  const key = keyId();
  const { code, error } = await setPin('roses-100\n', { argv: ['--reset'] });
  expect([code, error]).toEqual([0, expect.stringContaining('Plans that wait are voided')]);
  expect(keyId()).not.toBe(key);
});
