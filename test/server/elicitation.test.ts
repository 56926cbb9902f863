import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/server/elicitation-form.ts';
import { createPipeline, type ToolCall } from '../../src/server/pipeline.ts';
import { answerOf, callOf, errorOf, questionOf, textOf } from './calls.ts';
import { fakes } from './fake-ports.ts';

const args = { user: 'anna@contoso.com', reason: 'left the company' };

/** A client that can ask, before a change. */
function asking(tool = 'change_thing', given: unknown = args, powers: Partial<ToolCall> = { canAsk: true }) {
  const faked = fakes();
  const pipeline = createPipeline(faked.ports);
  const call = (changes: Partial<ToolCall> = {}) => pipeline.call(callOf(tool, given, { ...powers, ...changes }));
  const ask = async () => questionOf(await call());
  const reply = async (state: string, decision: Decision, changes: Partial<ToolCall> = {}) =>
    answerOf(await call({ ...changes, reply: { state, decision } }));
  return { ...faked, pipeline, call, ask, reply };
}

describe('a change that its client may ask about', () => {
  test('is asked about in the words of the server', async () => {
    const { ask, gate } = asking();
    expect((await ask()).message).toBe(
      [
        'Approve this change?',
        'Plan: Disable Anna Ek (anna@contoso.com)',
        'Target: kind user · id u1 · department Sales · accountEnabled true',
        'Effect: New sign-ins are blocked',
        'Warning: Synced from AD',
        'Change: accountEnabled: true → false',
        'Undo: enable_user',
        'Risk: destructive',
        'Tenant: Contoso (tenant1), global cloud',
        'The agent says: "left the company"',
        'Or decide in a terminal: entra-mcp approve plan1',
      ].join('\n'),
    );
    expect(gate.applied).toEqual([]);
  });

  test('is told of the page too, where there is one', async () => {
    const { ask, gate } = asking();
    const page = 'http://127.0.0.1:4711/#plan1';
    gate.plan = { ...gate.plan, approve: { page, command: 'entra-mcp approve plan1' } };
    expect((await ask()).message).toMatch(
      /\nOr decide in a terminal: entra-mcp approve plan1, or at http:\/\/127\.0\.0\.1:4711\/#plan1 in a browser$/,
    );
  });

  test('is led to the page by a client that shows no form, and cannot be approved by it', async () => {
    const { ask, reply, gate } = asking('change_thing', args, { canAsk: false, canOpen: true });
    const url = 'http://127.0.0.1:4711/#plan1';
    gate.plan = { approve: { page: url, command: 'entra-mcp approve plan1' } };
    const question = await ask();
    expect(question).toMatchObject({ url });
    expect(question.message).toBe(
      [
        'Open the approval page? This change waits for an approver there; opening it decides nothing.',
        'Plan: Disable Anna Ek (anna@contoso.com)',
        'Tenant: Contoso (tenant1)',
        'The page is served by entra-mcp on this machine. Or decide in a terminal: entra-mcp approve plan1',
      ].join('\n'),
    );
    const answer = await reply(question.state, 'approve');
    expect(answer.structuredContent['status']).toBe('approval_required');
    expect(gate.statusOf('plan1')).toBe('pending');
  });

  test('is applied once it is accepted and approved', async () => {
    const { ask, reply, gate } = asking();
    const answer = await reply((await ask()).state, 'approve');
    expect(answer.structuredContent).toMatchObject({ status: 'completed', auditHead: 'head1', result: { id: 'u1' } });
    expect(gate.applied).toEqual(['plan1']);
  });

  test('is denied when it is accepted and rejected', async () => {
    const { ask, reply, gate } = asking();
    const answer = await reply((await ask()).state, 'reject');
    expect(answer.structuredContent).toMatchObject({ status: 'denied', tenant: { id: 'tenant1' } });
    expect(gate.statusOf('plan1')).toBe('denied');
    expect(gate.applied).toEqual([]);
  });

  test.each(['declined', 'cancelled'] as const)(
    'stays pending when the question is %s, and says how to approve',
    async (how) => {
      const { ask, reply, gate } = asking();
      const answer = await reply((await ask()).state, how);
      expect(answer.structuredContent).toMatchObject({ status: 'approval_required', plan: { id: 'plan1' } });
      expect(textOf(answer)).toContain('entra-mcp approve plan1');
      expect(gate.statusOf('plan1')).toBe('pending');
    },
  );

  test('that a person approved elsewhere while the question stood says so', async () => {
    const { ask, reply, gate } = asking();
    const { state } = await ask();
    gate.approveElsewhere('plan1');
    expect(textOf(await reply(state, 'cancelled'))).toContain('the plan is approved by now');
    expect(gate.applied).toEqual([]);
  });

  test('is not asked about where the client cannot ask, or the gate does not allow it', async () => {
    const { pipeline, gate, call } = asking();
    const mute = answerOf(await pipeline.call(callOf('change_thing', args)));
    expect(mute.structuredContent['status']).toBe('approval_required');
    gate.mayElicit = false;
    expect(answerOf(await call()).structuredContent['status']).toBe('approval_required');
    expect(gate.calls.map((one) => one.elicits)).toEqual([false, true]);
  });
});

describe('a request state', () => {
  async function refused(change: Partial<ToolCall>, between?: (faked: ReturnType<typeof asking>) => unknown) {
    const faked = asking();
    const { state } = await faked.ask();
    await between?.(faked);
    const answer = answerOf(await faked.call({ reply: { state, decision: 'approve' }, ...change }));
    expect(errorOf(answer).code).toBe('INPUT_INVALID');
    expect(faked.gate.applied).toEqual([]);
    expect(faked.gate.statusOf('plan1')).toBe('pending');
  }

  const other = { requester: 'os:mallory', clientId: 'test/1', transport: 'stdio' as const };

  test('of other arguments', () => refused({ args: { ...args, user: 'bob@contoso.com' } }));
  test('of another caller', () => refused({ caller: other }));
  test('of another client', () => refused({ caller: { ...other, requester: 'os:alice', clientId: 'evil/1' } }));
  test('that expired', () => refused({}, ({ clock }) => clock.advance(15 * 60_000)));
  test('that is no state at all', () => refused({ reply: { state: 'plan1', decision: 'approve' } }));
  test('that is empty', () => refused({ reply: { state: '', decision: 'approve' } }));
  test('used before, even to decline', async () => {
    const faked = asking();
    const { state } = await faked.ask();
    await faked.reply(state, 'declined');
    expect(errorOf(await faked.reply(state, 'approve')).code).toBe('INPUT_INVALID');
    expect(faked.gate.applied).toEqual([]);
  });

  test('of another process', async () => {
    const { state } = await asking().ask();
    const { reply, gate, call } = asking();
    await call();
    expect(errorOf(await reply(state, 'approve')).code).toBe('INPUT_INVALID');
    expect(gate.applied).toEqual([]);
  });

  test('that was tampered with', async () => {
    const { state } = await asking().ask();
    for (let at = 0; at < state.length; at += 7) {
      const { reply, gate } = asking();
      const changed = state.slice(0, at) + (state[at] === 'A' ? 'B' : 'A') + state.slice(at + 1);
      expect(errorOf(await reply(changed, 'approve')).code).toBe('INPUT_INVALID');
      expect(gate.applied).toEqual([]);
    }
  });
});

describe('apply_plan on a pending plan', () => {
  async function planned() {
    const faked = asking('apply_plan', { planId: 'plan1', waitSeconds: 1 });
    await faked.pipeline.call(callOf('change_thing', args));
    return faked;
  }

  test('asks, and applies what was approved', async () => {
    const { ask, reply, gate } = await planned();
    const { message, state } = await ask();
    expect(message).toContain('Disable Anna Ek');
    expect((await reply(state, 'approve')).structuredContent['status']).toBe('completed');
    expect(gate.applied).toEqual(['plan1']);
  });

  test('denies what was rejected', async () => {
    const { ask, reply, gate } = await planned();
    expect((await reply((await ask()).state, 'reject')).structuredContent['status']).toBe('denied');
    expect(gate.statusOf('plan1')).toBe('denied');
  });

  test('that a person approved meanwhile is applied without a question', async () => {
    const { gate, call } = await planned();
    gate.approveElsewhere('plan1');
    expect(answerOf(await call()).structuredContent['status']).toBe('completed');
  });

  test('of an unknown id is NOT_FOUND', async () => {
    const { call } = asking('apply_plan', { planId: 'nope' });
    expect(errorOf(answerOf(await call())).code).toBe('NOT_FOUND');
  });
});
