import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTail } from '../../src/approval/audit.ts';
import { approverOf, hasPin, setPin } from '../../src/approval/index.ts';
import { signText, unlock, verifyText } from '../../src/approval/keys.ts';
import { seal, unseal } from '../../src/approval/sealing.ts';
import { ann, blockUser, callOf, demoKeys, GateWorld, tenantId } from '../fixtures/gate-world.ts';

let world: GateWorld;
beforeEach(async () => {
  world = await GateWorld.open({ real: true });
});
afterEach(() => world.close());

describe('the approver PIN', () => {
  test('has 8 characters or more', async () => {
    await expect(setPin(world.stateDir, { newPin: '1234567' }, world.clock)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    expect(hasPin(world.stateDir)).toBe(false);
  });

  test('lies in a file of the owner alone, and opens the keys', async () => {
    await setPin(world.stateDir, { newPin: 'correct horse' }, world.clock);
    const keys = approverOf(world.stateDir, world.folder).keys();
    if (keys === undefined) throw new Error('No keys');
    if (process.platform !== 'win32') {
      expect(statSync(join(world.stateDir, 'approver.json')).mode & 0o777).toBe(0o600);
    }
    const open = await unlock(keys, 'correct horse');
    expect(verifyText('yes', signText('yes', open), keys)).toBe(true);
    expect(verifyText('no', signText('yes', open), keys)).toBe(false);
    await expect(unlock(keys, 'correct hors')).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  });

  test('is changed with the old one, and the keys stay', async () => {
    await setPin(world.stateDir, { newPin: 'correct horse' }, world.clock);
    const before = approverOf(world.stateDir, world.folder);
    const id = before.keys()?.keyId;
    await expect(setPin(world.stateDir, { newPin: 'battery staple' }, world.clock)).rejects.toMatchObject({
      code: 'NOT_PERMITTED',
    });
    const pins = { oldPin: 'correct horse', newPin: 'battery staple' };
    expect(await setPin(world.stateDir, pins, world.clock)).toBe('changed');
    expect(before.keys()?.keyId).toBe(id);
  });

  test('set for the first time or reset voids every plan that waits, and is audited', async () => {
    const asking = callOf({ elicits: true });
    const { answer } = await world.gate().propose(blockUser, { user: ann.id, reason: 'left' }, asking);
    await setPin(world.stateDir, { newPin: 'correct horse' }, world.clock);
    const row = await world.store.selectFrom('plans').select('state').executeTakeFirst();
    expect(row?.state).toBe('expired');
    await expect(world.gate().apply(answer.plan?.id ?? '', asking, 0)).rejects.toMatchObject({ code: 'PLAN_EXPIRED' });
    const last = (await auditTail(world.store, tenantId, 1))[0];
    expect(last).toMatchObject({ kind: 'approver-key', body: { change: 'first', voidedPlans: 1 } });
  });
});

test('a sealed box opens for its key and its context alone', async () => {
  const keys = await demoKeys();
  const { demoApproverKeys } = await import('../../src/approval/demo-approver.ts');
  const box = seal('s3cret', demoApproverKeys.sealing.publicKey, 'one');
  expect(unseal(box, keys.sealing, 'one')).toBe('s3cret');
  expect(() => unseal(box, keys.sealing, 'two')).toThrow();
  expect(() => unseal({ ...box, ciphertext: Buffer.from('x').toString('base64') }, keys.sealing, 'one')).toThrow();
});
