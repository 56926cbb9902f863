import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/approval/gate.ts';
import { createPipeline, type ToolCall } from '../../src/server/pipeline.ts';
import applyPlan from '../../tools/core/apply-plan.ts';
import decidePlan from '../../tools/core/decide-plan.ts';
import getPlan from '../../tools/core/get-plan.ts';
import { answerOf, callOf, errorOf, textOf } from './calls.ts';
import { changeThing, fakes } from './fake-ports.ts';

const args = { user: 'anna@contoso.com', reason: 'left the company' };
const alice: Caller = { requester: 'os:alice', clientId: 'test/1', transport: 'stdio' };

/** A client that shows cards, with a plan that waits. */
async function planned(powers: Partial<ToolCall> = { hasCard: true }, mayElicit = true) {
  const faked = fakes({ tools: [changeThing, applyPlan, decidePlan, getPlan] });
  // A real gate lets a card decide where it lets a form.
  faked.gate.mayElicitAnyone = mayElicit;
  faked.gate.mayElicit = mayElicit;
  const pipeline = createPipeline(faked.ports);
  const call = async (name: string, input: unknown, changes: Partial<ToolCall> = {}) =>
    answerOf(await pipeline.call(callOf(name, input, { ...powers, ...changes })));
  const answer = await call('change_thing', args);
  const decide = (changes: Record<string, unknown> = {}, by: Partial<ToolCall> = {}) =>
    call('decide_plan', { planId: 'plan1', nonce: nonceOf(answer), decision: 'approve', ...changes }, by);
  return { ...faked, call, answer, decide };
}

/** The nonce in an answer, if there is one. */
function nonceOf({ _meta }: { _meta?: Record<string, unknown> }): string | undefined {
  const card: unknown = _meta?.['entra-mcp/card'];
  if (typeof card !== 'object' || card === null || !('nonce' in card)) return undefined;
  return String(card.nonce);
}

describe('the nonce of a card', () => {
  test('stands in _meta alone: in no text, and in nothing that a model reads', async () => {
    const { answer, call } = await planned();
    const nonce = nonceOf(answer);
    expect(nonce).toMatch(/^[\w-]{43}$/);
    const applied = await call('apply_plan', { planId: 'plan1', waitSeconds: 0 });
    expect(nonceOf(applied)).toBe(nonce);
    const read = await call('get_plan', { planId: 'plan1' });
    expect(read._meta).toBeUndefined();
    for (const { _meta, ...seen } of [answer, applied, read]) expect(JSON.stringify(seen)).not.toContain(nonce);
  });

  test('is not given to a client that shows no cards, nor where the gate does not let a client decide', async () => {
    expect((await planned({})).answer).not.toHaveProperty('_meta');
    expect((await planned({ hasCard: true }, false)).answer).not.toHaveProperty('_meta');
  });

  test('is given after a form that decided nothing', async () => {
    const { ports, gate } = fakes();
    const pipeline = createPipeline(ports);
    const powers = { canAsk: true, hasCard: true };
    const asked = await pipeline.call(callOf('change_thing', args, powers));
    if (asked.kind !== 'ask') throw new Error('Not asked');
    const reply = { state: asked.question.state, decision: 'declined' as const };
    const answer = answerOf(await pipeline.call(callOf('change_thing', args, { ...powers, reply })));
    expect(nonceOf(answer)).toBeDefined();
    expect(gate.statusOf('plan1')).toBe('pending');
  });
});

describe('a click', () => {
  test('on Approve applies the plan', async () => {
    const { decide, gate } = await planned();
    const { structuredContent, _meta } = await decide();
    expect(structuredContent).toMatchObject({ status: 'completed', plan: { id: 'plan1' }, auditHead: 'head1' });
    expect(_meta).toBeUndefined();
    expect(gate.applied).toEqual(['plan1']);
    expect(gate.through).toEqual(['card']);
  });

  test('on Deny ends it', async () => {
    const { decide, gate } = await planned();
    expect((await decide({ decision: 'deny' })).structuredContent).toMatchObject({ status: 'denied' });
    expect(gate.statusOf('plan1')).toBe('denied');
    expect(gate.applied).toEqual([]);
  });
});

describe('decide_plan decides nothing', () => {
  async function refused(changes: Record<string, unknown>, by: Partial<ToolCall> = {}, code = 'INPUT_INVALID') {
    const { decide, gate } = await planned();
    const answer = await decide(changes, by);
    expect(errorOf(answer).code).toBe(code);
    expect(gate.statusOf('plan1')).toBe('pending');
    expect(gate.through).toEqual([]);
    return textOf(answer);
  }

  test('without a nonce, and says what to do instead', async () => {
    expect(await refused({ nonce: undefined })).toContain('Show them plan.approve of the plan instead');
  });
  test('with a guessed one', () => refused({ nonce: 'A'.repeat(43) }));
  test('with an empty one', () => refused({ nonce: '' }));
  test('with the id of the plan', () => refused({ nonce: 'plan1' }));
  test('for another client', () => refused({}, { caller: { ...alice, clientId: 'evil/1' } }));
  test('for another person', () => refused({}, { caller: { ...alice, requester: 'os:mallory' } }));
  test('over another transport', () => refused({}, { caller: { ...alice, transport: 'http' } }));
  test('about a plan that there is not', () => refused({ planId: 'plan2' }, {}, 'NOT_FOUND'));

  test('about another plan with this one’s nonce', async () => {
    const { call, decide, gate } = await planned();
    await call('change_thing', { ...args, user: 'bob@contoso.com' });
    expect(errorOf(await decide({ planId: 'plan2' })).code).toBe('INPUT_INVALID');
    expect(gate.statusOf('plan2')).toBe('pending');
  });

  test('twice with one nonce, whatever the first was', async () => {
    const { decide, gate } = await planned();
    await decide({ decision: 'deny' });
    expect(errorOf(await decide()).code).toBe('INPUT_INVALID');
    const both = await planned();
    const answers = await Promise.all([both.decide(), both.decide()]);
    expect(answers.map(({ isError }) => isError === true).sort()).toEqual([false, true]);
    expect(both.gate.applied).toEqual(['plan1']);
    expect(gate.applied).toEqual([]);
  });

  test('after the plan’s time', async () => {
    const { clock, decide, gate } = await planned();
    clock.advance(15 * 60_000);
    expect(errorOf(await decide()).code).toBe('INPUT_INVALID');
    expect(gate.applied).toEqual([]);
  });

  test('with the nonce of another process', async () => {
    const { answer } = await planned();
    const faked = fakes({ tools: [changeThing, applyPlan, decidePlan], key: new Uint8Array(32).fill(8) });
    const pipeline = createPipeline(faked.ports);
    await pipeline.call(callOf('change_thing', args, { hasCard: true }));
    const input = { planId: 'plan1', nonce: nonceOf(answer), decision: 'approve' };
    const decided = answerOf(await pipeline.call(callOf('decide_plan', input, { hasCard: true })));
    expect(errorOf(decided).code).toBe('INPUT_INVALID');
    expect(faked.gate.applied).toEqual([]);
  });

  test('where the gate lets no client decide any more', async () => {
    const { decide, gate } = await planned();
    gate.mayElicit = false;
    expect(errorOf(await decide()).code).toBe('APPROVAL_UNAVAILABLE');
    expect(gate.applied).toEqual([]);
  });
});

test('a client that shows cards and opens addresses gets the card first, and is led to the page only by apply_plan', async () => {
  const { gate, call } = await planned({ hasCard: true, canOpen: true });
  gate.plan = { approve: { page: 'http://127.0.0.1:4711/#plan2', command: 'entra-mcp approve plan2' } };
  expect(nonceOf(await call('change_thing', args))).toBeDefined();
  await expect(call('apply_plan', { planId: 'plan2' })).rejects.toThrow('asked instead of answering');
});
