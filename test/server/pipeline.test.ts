import { describe, expect, test, vi } from 'vitest';
import { ToolError } from '../../src/contract/index.ts';
import { createPipeline } from '../../src/server/pipeline.ts';
import applyPlan from '../../tools/core/apply-plan.ts';
import { answered, answerOf, callOf, errorOf, textOf } from './calls.ts';
import { changeThing, fakes, listThings, readThing } from './fake-ports.ts';

function failing(thrown: unknown) {
  return fakes({ tools: [readThing(() => Promise.reject(thrown)), applyPlan] });
}

describe('a tool that is not there', () => {
  test('is refused with the nearest name', async () => {
    const error = errorOf(await answered(fakes().ports, 'list_thing', {}));
    expect(error).toMatchObject({ code: 'INPUT_INVALID', message: 'There is no tool named list_thing.' });
    expect(error.fix).toBe('Did you mean list_things?');
  });

  test('has its name shown short and without hidden characters', async () => {
    const error = errorOf(await answered(fakes().ports, `\u202e${'x'.repeat(100_000)}`, {}));
    expect(error.message).toMatch(/^There is no tool named ⟨U\+202E⟩x{60,72}…\.$/);
  });

  test('or whose toolset is off says which setting turns it on', async () => {
    const { ports } = fakes({ off: [{ ...listThings, name: 'list_devices', toolset: 'security' }] });
    const error = errorOf(await answered(ports, 'list_devices', {}));
    expect(error.message).toBe('The tool list_devices is switched off: its toolset is security.');
    expect(error.fix).toContain('ENTRA_MCP_TOOLSETS');
  });

  test('or changes the tenant in read-only mode says so', async () => {
    const { ports, gate } = fakes({ tools: [listThings], off: [changeThing, applyPlan] });
    const error = errorOf(await answered(ports, 'change_thing', { user: 'a', reason: 'because' }));
    expect(error.message).toBe('The tool change_thing changes the tenant, and this server is set to read only.');
    expect(gate.plans.size).toBe(0);
  });
});

describe('a call that fails', () => {
  test('with a ToolError says code, message and fix, with the rest as data', async () => {
    const { ports } = failing(
      new ToolError('CONFLICT', {
        message: 'Two groups have this name.',
        fix: 'Pass an id.',
        retryAfterMs: 1500,
        requestId: 'req1',
        detail: { candidates: ['Ops\u202e'] },
      }),
    );
    const answer = await answered(ports, 'read_thing', {});
    expect(answer.isError).toBe(true);
    expect(answer.structuredContent).toEqual({
      error: {
        code: 'CONFLICT',
        message: 'Two groups have this name.',
        fix: 'Pass an id.',
        retryAfterMs: 1500,
        requestId: 'req1',
        detail: { candidates: ['Ops⟨U+202E⟩'] },
      },
    });
    expect(textOf(answer)).toMatch(
      /^CONFLICT: Two groups have this name\.\nFix: Pass an id\.\nRetry after 2 s\.\nGraph's request id: req1\n<<tenant-data [0-9a-f]{16}>>\n\{"candidates":\["Ops⟨U\+202E⟩"\]\}\n<<end [0-9a-f]{16}>>$/,
    );
  });

  test('in any other way is INTERNAL: the cause goes to the log alone, under the id that the answer names', async () => {
    const { ports, log } = failing(new Error('secret: hunter2'));
    const answer = await answered(ports, 'read_thing', {});
    const error = errorOf(answer);
    expect(error.code).toBe('INTERNAL');
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(log.entries[0]?.fields['errorId']).toBe(error.detail?.['errorId']);
    expect(textOf(answer)).toContain(String(error.detail?.['errorId']));
  });

  test('answers even where the log cannot be opened', async () => {
    const { ports } = failing(new Error('x'));
    const broken = { ...ports, log: () => Promise.reject(new Error('no log')) };
    expect(errorOf(await answered(broken, 'read_thing', {})).code).toBe('INTERNAL');
  });

  test('for a missing permission names those of the tool and who has to consent', async () => {
    const { ports } = failing(new ToolError('NOT_PERMITTED', { message: 'Graph refuses.', fix: 'Ask for consent.' }));
    const answer = await answered(ports, 'read_thing', {});
    expect(errorOf(answer).detail?.['permissions']).toEqual(['User.Read.All', 'Group.Read.All']);
    expect(textOf(answer)).toContain('An administrator has to grant');
  });

  test('because the session cannot be opened answers its error', async () => {
    const signIn = new ToolError('AUTH_REQUIRED', { message: 'Not signed in.', fix: 'Sign in.' });
    const { ports } = fakes({ session: () => Promise.reject(signIn) });
    expect(errorOf(await answered(ports, 'list_things', {})).code).toBe('AUTH_REQUIRED');
  });
});

describe('a cancelled call', () => {
  test('is not begun when it was cancelled before', async () => {
    const { ports, opened } = fakes();
    const answer = await answered(ports, 'list_things', {}, { signal: AbortSignal.abort() });
    expect(errorOf(answer).code).toBe('CANCELLED');
    expect(opened.count).toBe(0);
  });

  test('stops what it waits for, and answers CANCELLED whatever that threw', async () => {
    const stop = new AbortController();
    const tool = readThing(async ({ signal }) => {
      stop.abort();
      signal.throwIfAborted();
    });
    const answer = await answered(fakes({ tools: [tool] }).ports, 'read_thing', {}, { signal: stop.signal });
    expect(errorOf(answer).code).toBe('CANCELLED');
  });

  test('still says when nobody knows whether a change was made', async () => {
    const stop = new AbortController();
    const { ports, gate } = fakes();
    gate.beforePropose = async () => {
      stop.abort();
      throw new ToolError('OUTCOME_UNKNOWN', { message: 'The answer was lost.', fix: 'Look.' });
    };
    const args = { user: 'a', reason: 'because' };
    const answer = await answered(ports, 'change_thing', args, { signal: stop.signal });
    expect(errorOf(answer).code).toBe('OUTCOME_UNKNOWN');
  });
});

describe('a read tool', () => {
  test('answers its output alone: what its schema does not have is dropped', async () => {
    const tool = readThing(async () => ({ name: 'Anna', passwordProfile: { password: 'hunter2' } }));
    const answer = await answered(fakes({ tools: [tool] }).ports, 'read_thing', {});
    expect(answer.structuredContent).toEqual({ name: 'Anna' });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  test('whose result does not fit its output fails without showing it', async () => {
    const tool = { ...readThing(async () => ({})), run: async () => ({ name: ['hunter2'] }) };
    const { ports, log } = fakes({ tools: [tool] });
    const answer = await answered(ports, 'read_thing', {});
    expect(errorOf(answer).code).toBe('INTERNAL');
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(log.entries).toHaveLength(1);
  });

  test('can tell how far it is', async () => {
    const tool = readThing(async ({ progress }) => {
      progress('half');
      return { name: 'a' };
    });
    const progress = vi.fn();
    await answered(fakes({ tools: [tool] }).ports, 'read_thing', {}, { progress });
    expect(progress.mock.calls).toEqual([['half']]);
  });
});

test('a change goes to the gate with what the schema made of the arguments, and with who asks', async () => {
  const { ports, gate } = fakes();
  const call = callOf('change_thing', { user: 'anna@contoso.com', reason: 'because' });
  const answer = answerOf(await createPipeline(ports).call(call));
  expect(answer.structuredContent['status']).toBe('approval_required');
  expect([...gate.plans.values()][0]?.args).toEqual({ user: 'anna@contoso.com', reason: 'because' });
  expect(gate.calls[0]?.caller).toEqual(call.caller);
  expect(gate.calls[0]?.signal).toBe(call.signal);
  expect(gate.applied).toEqual([]);
});
