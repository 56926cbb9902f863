import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTail } from '../../src/approval/audit.ts';
import { approverOf, decideSignedIn, revealHandoff, signInFor } from '../../src/approval/index.ts';
import { generatePassword } from '../../src/approval/passwords.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import { callOf, demoKeys, GateWorld, makeUser, tenantId } from '../fixtures/gate-world.ts';
import { PretendedSignIn } from '../fixtures/pretended-sign-in.ts';

let world: GateWorld;
beforeEach(async () => {
  world = await GateWorld.open();
});
afterEach(() => world.close());

async function made(): Promise<{ handoffId: string; password: string }> {
  const gate = world.gate();
  const { answer } = await gate.propose(makeUser, { name: 'eve' }, callOf());
  const id = answer.plan?.id ?? '';
  await decideWith(world.stateDir, id, 'approve', demoKeys, world.clock);
  const done = (await gate.apply(id, callOf(), 0)).answer;
  const body = world.writes.at(-1)?.body as { passwordProfile: { password: string } };
  return { handoffId: String(done.result?.['handoffId']), password: body.passwordProfile.password };
}

describe('a password made by us', () => {
  test('is opened once, by the approver, and says whose it is', async () => {
    const { handoffId, password } = await made();
    const opened = await revealHandoff(world.stateDir, handoffId, { pin: 'demo' }, world.clock);
    expect(opened).toEqual({ kind: 'password', subject: 'eve@contoso.example', secret: password });
    const again = revealHandoff(world.stateDir, handoffId, { pin: 'demo' }, world.clock);
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('is not opened by a wrong PIN, and stays to be had', async () => {
    const { handoffId, password } = await made();
    await expect(revealHandoff(world.stateDir, handoffId, { pin: 'nope' }, world.clock)).rejects.toMatchObject({
      code: 'NOT_PERMITTED',
    });
    expect((await revealHandoff(world.stateDir, handoffId, { pin: 'demo' }, world.clock)).secret).toBe(password);
  });

  test('of two who open it at once, one gets it', async () => {
    const { handoffId } = await made();
    const both = await Promise.allSettled(
      [1, 2].map(() => revealHandoff(world.stateDir, handoffId, { pin: 'demo' }, world.clock)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('is kept for a day', async () => {
    const { handoffId } = await made();
    await world.clock.advance(24 * 3_600_000);
    await expect(revealHandoff(world.stateDir, handoffId, { pin: 'demo' }, world.clock)).rejects.toMatchObject({
      code: 'PLAN_EXPIRED',
    });
  });

  test('is sealed and on record before the request that uses it leaves', async () => {
    const seen: string[] = [];
    world.onWrite = async () => {
      seen.push(...(await auditTail(world.store, tenantId, 10)).map((row) => row.kind));
    };
    await made();
    expect(seen).toEqual(['plan', 'decision', 'handoff-sealed', 'write-sending']);
  });

  test('stands nowhere in clear: not in the state folder, the trail, the logs or the answer', async () => {
    const { password } = await made();
    for (const name of readdirSync(world.folder.folder)) {
      expect(readFileSync(join(world.folder.folder, name)).includes(password)).toBe(false);
    }
    expect(JSON.stringify(world.logs)).not.toContain(password);
  });

  test('is none that does not exist', async () => {
    const none = revealHandoff(world.stateDir, 'ff'.repeat(16), { pin: 'demo' }, world.clock);
    await expect(none).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('generated passwords have all four classes, 20 characters, and none that is misread', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (stream) => {
      const bytes = stream[Symbol.iterator]();
      const password = generatePassword({
        bytes: (length) => Uint8Array.from({ length }, () => bytes.next().value ?? 0),
      });
      expect(password).toHaveLength(20);
      for (const members of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]) expect(password).toMatch(members);
      expect(password).not.toMatch(/[0O1lIo|]/);
    }),
    { numRuns: 50 },
  );
});

describe('where a key of the settings takes the place of a PIN', () => {
  const pair = generateKeyPairSync('x25519');
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const handoffKey = Buffer.from(String(pair.publicKey.export({ format: 'jwk' }).x), 'base64url').toString('base64');

  /** A folder without a PIN, whose approvers sign in. */
  async function keyed() {
    const other = await GateWorld.open({ real: true });
    const signIn = new PretendedSignIn(other.clock);
    const approver = approverOf(other.stateDir, other.folder, { signIn, handoffKey });
    const gate = other.gate({ approver });
    const { answer } = await gate.propose(makeUser, { name: 'eve' }, callOf());
    const deciding = { planId: answer.plan?.id ?? '', decision: 'approve' as const, through: 'page' as const };
    const open = { tenant: other.folder, store: other.store };
    const { nonce } = await signInFor(open, deciding, other.clock);
    await decideSignedIn(open, deciding, { idToken: signIn.token('carol', { nonce }), signIn }, other.clock);
    const done = (await gate.apply(deciding.planId, callOf(), 0)).answer;
    return { other, handoffId: String(done.result?.['handoffId']) };
  }

  test('its private half opens what was sealed to it, once; neither another key nor something else does', async () => {
    const { other, handoffId } = await keyed();
    const reveal = (of: string) => revealHandoff(other.stateDir, handoffId, { pem: of }, other.clock);
    const stranger = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const signing = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await expect(reveal(stranger)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(reveal(signing)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(reveal('no key')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(revealHandoff(other.stateDir, handoffId, { pin: 'none is set' }, other.clock)).rejects.toMatchObject({
      code: 'CONFLICT',
      fix: expect.stringContaining('--key'),
    });
    const body = other.writes.at(-1)?.body as { passwordProfile: { password: string } };
    expect((await reveal(pem)).secret).toBe(body.passwordProfile.password);
    await expect(reveal(pem)).rejects.toMatchObject({ code: 'CONFLICT' });
    const sealed = (await auditTail(other.store, tenantId, 50)).find(({ kind }) => kind === 'handoff-sealed');
    expect(sealed?.body['keyId']).toBe('ENTRA_MCP_HANDOFF_KEY');
    await other.close();
  });

  test('without either, no password is made', async () => {
    const other = await GateWorld.open({ real: true });
    const approver = approverOf(other.stateDir, other.folder, { signIn: new PretendedSignIn(other.clock) });
    await expect(other.gate({ approver }).propose(makeUser, { name: 'eve' }, callOf())).rejects.toMatchObject({
      code: 'APPROVAL_UNAVAILABLE',
      fix: expect.stringContaining('ENTRA_MCP_HANDOFF_KEY'),
    });
    await other.close();
  });
});
