import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readJournal } from '../../src/workflow/journal.ts';
import { Killed, steps, ToyWorld } from './toy.ts';

let world: ToyWorld;
beforeEach(async () => {
  world = await ToyWorld.open();
});
afterEach(() => world.close());

const everything = steps.flatMap((step) => [`${step}-1`, `${step}-2`]);
const statuses = (report: { steps: { name: string; status: string }[] }) =>
  Object.fromEntries(report.steps.map(({ name, status }) => [name, status]));
const allDone = { first: 'done', second: 'done', third: 'done', fourth: 'done' };
const lampsOn = () => [...world.lamps.values()].flatMap((ids) => [...ids]);

/** The lease of a process that is gone runs out. */
const later = () => world.clock.advance(60_000);

/** Lets a promise settle that sleeps on the virtual clock. */
async function patiently<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  promise.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  while (!isOver) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (!isOver) await world.clock.advance(1_000);
  }
  return promise;
}

describe('a run', () => {
  test('does its steps in order, each thing once, and is complete when the tenant says so', async () => {
    const report = await world.go();
    expect(report).toMatchObject({ status: 'completed', kind: 'offboarding', blocked: true });
    expect(statuses(report)).toEqual(allDone);
    expect(world.acts).toEqual(everything);
    expect(world.progress).toEqual(steps.map((name, i) => `step ${i + 1} of 4, ${name}`));
    // What planning read is used by the run that follows at once; the second read is the look at the end.
    expect(world.reads).toBe(2);
  });

  test('finds what is already so, and says so', async () => {
    world.lamps.get('second')?.clear();
    expect(statuses(await world.go())).toEqual({ ...allDone, second: 'already_so' });
  });

  test('goes on after a failed step, skips what needs it, and ends failed with the fix', async () => {
    world.refused.set('second-2', 'CONFLICT');
    const report = await world.go();
    expect(report.status).toBe('failed');
    expect(statuses(report)).toEqual({ first: 'done', second: 'failed', third: 'skipped', fourth: 'done' });
    expect(report.steps[1]).toMatchObject({
      message: '1 of 2: CONFLICT: Refused: CONFLICT.',
      fix: 'Mend it.',
      done: 1,
    });
    expect(report.steps[1]?.left).toEqual([
      { id: 'second-2', name: 'second-2', reason: expect.stringContaining('CONFLICT') },
    ]);
    expect(report.steps[2]?.message).toBe('second did not succeed before it');
  });

  test('whose failure was mended is resumed: only what is left is done', async () => {
    world.refused.set('second-2', 'NOT_PERMITTED');
    const { runId } = await world.go();
    world.refused.clear();
    world.acts.length = 0;
    const report = await world.goOn(runId);
    expect(report.status).toBe('completed');
    expect(world.acts).toEqual(['second-2', 'third-1', 'third-2']);
    expect(lampsOn()).toEqual([]);
  });

  test('tries again what was not permitted, once a later step may have lifted it', async () => {
    world.refused.set('first-1', 'NOT_PERMITTED');
    world.before = (lamp) => {
      if (lamp === 'second-2') world.refused.clear();
    };
    const report = await world.go();
    expect(report).toMatchObject({ status: 'completed', blocked: true });
    expect(world.acts).toEqual([
      'first-2',
      'second-1',
      'second-2',
      'first-1',
      'third-1',
      'third-2',
      'fourth-1',
      'fourth-2',
    ]);
  });

  test('tries it again after each of them, unless that one did nothing', async () => {
    world.refused.set('first-1', 'NOT_PERMITTED');
    world.lamps.get('second')?.clear();
    const tried: string[] = [];
    world.before = (lamp) => {
      tried.push(lamp);
      if (lamp === 'third-2') world.refused.clear();
    };
    expect((await world.go()).status).toBe('completed');
    expect(tried).toEqual(['first-1', 'first-2', 'third-1', 'third-2', 'first-1', 'fourth-1', 'fourth-2']);
  });

  test('tells of a write whose outcome is not known', async () => {
    world.refused.set('third-1', 'OUTCOME_UNKNOWN');
    const report = await world.go();
    expect(report.status).toBe('failed');
    expect(statuses(report)).toMatchObject({ third: 'unknown', fourth: 'done' });
  });

  test('is not complete while the tenant disagrees: it looks again, and then says what is left', async () => {
    world.stubborn.set('second-1', 1);
    const report = await patiently(world.go());
    expect(report.status).toBe('failed');
    expect(report.steps[1]).toMatchObject({ status: 'failed', message: expect.stringContaining('second-1') });
  });

  test('gives the tenant time to show what was done', async () => {
    let hidden = 2;
    const read = world.definition.stepPlan;
    Object.assign(world.definition, {
      stepPlan: async (...args: Parameters<typeof read>) => {
        const plan = await read(...args);
        return {
          ...plan,
          read: async (...given: Parameters<typeof plan.read>) => {
            const lamps = await plan.read(...given);
            hidden -= 1;
            return hidden >= 0 ? new Map([...lamps, ['fourth', new Set(['fourth-1'])]]) : lamps;
          },
        };
      },
    });
    expect((await patiently(world.go())).status).toBe('completed');
  });

  test('is one at a time for a person', async () => {
    world.pauseBefore = 'third';
    const { runId } = await world.go();
    await expect(world.go({ planId: 'plan-2' })).rejects.toMatchObject({ code: 'CONFLICT', detail: { runId } });
  });

  test('of two that begin at the same instant, one gets the person', async () => {
    const results = await Promise.allSettled([
      world.go(),
      world.go({ planId: 'plan-2', parts: world.process('other-host:2:b') }),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(world.acts).toEqual(everything);
  });
});

describe('a pause', () => {
  test('waits before its step, and goes on with the decision', async () => {
    world.pauseBefore = 'third';
    const waiting = await world.go();
    expect(waiting).toMatchObject({ status: 'waiting', waitingFor: 'resume_run with mailbox' });
    expect(statuses(waiting)).toEqual({ first: 'done', second: 'done', third: 'waiting', fourth: 'pending' });
    await expect(world.goOn(waiting.runId)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    const report = await world.goOn(waiting.runId, { mailbox: 'shared' });
    expect(report.status).toBe('completed');
    expect(world.acts).toEqual(everything);
  });
});

describe('what the approver did not see', () => {
  test('of a kind that the plan covers is not in its grant, and left alone', async () => {
    const workflow = world.workflow();
    const draft = await workflow.plan({ who: 'ann' }, world.planning);
    if ('unchanged' in draft) throw new Error('Nothing to do');
    const shown = (draft.observations ?? []).map((list) => ({
      ...list,
      items: list.items.map((item) => (item.id === 'second-1' ? { ...item, kept: 'not covered' } : item)),
    }));
    const report = await workflow.run(draft.facts, world.context(shown));
    expect(world.acts).not.toContain('second-1');
    expect(report.steps[1]).toMatchObject({ status: 'done', left: [{ id: 'second-1', reason: 'not covered' }] });
  });

  test('and is privileged stops that step alone', async () => {
    world.privileged.add('second-1');
    const workflow = world.workflow();
    const draft = await workflow.plan({ who: 'ann' }, world.planning);
    if ('unchanged' in draft) throw new Error('Nothing to do');
    const shown = (draft.observations ?? []).map((list) => ({
      ...list,
      items: list.items.filter(({ id }) => id !== 'second-1'),
    }));
    const report = await workflow.run(draft.facts, world.context(shown));
    expect(statuses(report)).toEqual({ first: 'done', second: 'failed', third: 'skipped', fourth: 'done' });
    expect(world.acts.filter((lamp) => lamp.startsWith('second'))).toEqual([]);
  });
});

describe('what is on record as done', () => {
  test('is only what this run did: what failed and went away by itself is not', async () => {
    world.refused.set('second-1', 'NOT_PERMITTED');
    const { runId } = await world.go();
    world.lamps.get('second')?.clear();
    world.refused.clear();
    const report = await world.goOn(runId);
    expect(report.steps[1]).toMatchObject({ done: 1, left: [{ id: 'second-1' }] });
  });

  test('is held against the tenant after a resume too: what came back ends the run failed', async () => {
    world.pauseBefore = 'fourth';
    const { runId } = await world.go();
    world.lamps.get('second')?.add('second-1');
    const report = await patiently(world.goOn(runId, { mailbox: 'shared' }));
    expect(report.status).toBe('failed');
    expect(report.steps[1]).toMatchObject({ status: 'failed', message: expect.stringContaining('second-1') });
  });
});

describe('a cancel that comes while the run waits or halts', () => {
  test('is not lost: the run does not go on', async () => {
    const stop = new AbortController();
    world.after = async (lamp) => {
      if (lamp !== 'second-1') return;
      await world.store.updateTable('runs').set({ stop_asked: 1 }).execute();
      stop.abort();
    };
    const report = await world.go({ signal: stop.signal });
    expect(report.status).toBe('cancelled');
    await expect(world.goOn(report.runId)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a process that dies', () => {
  /** Runs until the given moment, and no further: what a killed process would have done later never happens. */
  async function killedAt(when: 'before' | 'after', lamp: string) {
    let isDead = false;
    world[when] = (one) => {
      if (one === lamp) isDead = true;
      if (isDead) throw new Killed();
    };
    const parts = world.process('other-host:1:a');
    const dead: typeof parts = {
      ...parts,
      store: new Proxy(parts.store, {
        get: (store, key) => {
          if (isDead) throw new Killed();
          const value: unknown = Reflect.get(store, key);
          return typeof value === 'function' ? value.bind(store) : value;
        },
      }),
    };
    await expect(world.go({ parts: dead })).rejects.toThrow(Killed);
    world[when] = () => {};
    await later();
    const [line] = (await world.runs().list({ limit: 1, offset: 0 })).runs;
    if (line === undefined) throw new Error('No run was kept');
    return line;
  }

  for (const when of ['before', 'after'] as const) {
    test.each(everything)(
      `${when} the act on %s: the run waits, is resumed, and nothing is done twice`,
      async (lamp) => {
        const line = await killedAt(when, lamp);
        expect(line).toMatchObject({ status: 'waiting', waitingFor: expect.stringContaining('resume_run') });
        const report = await world.goOn(line.runId);
        expect(report.status).toBe('completed');
        expect(statuses(report)).toEqual(allDone);
        expect(world.acts).toEqual(everything);
        expect(lampsOn()).toEqual([]);
      },
    );
  }

  test('holds its run while its lease lasts', async () => {
    world.pauseBefore = 'second';
    const { runId } = await world.go();
    await world.store
      .updateTable('runs')
      .set({ status: 'running', lease_owner: 'other-host:1:a', lease_until: world.clock.now() + 1 })
      .execute();
    await expect(world.goOn(runId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await later();
    world.pauseBefore = undefined;
    expect((await world.goOn(runId)).status).toBe('completed');
  });

  test('and wakes after another took its run over does nothing more', async () => {
    world.before = async (lamp) => {
      if (lamp !== 'second-1') return;
      await world.store.updateTable('runs').set({ lease_owner: 'other-host:3:c' }).execute();
    };
    await expect(world.go()).rejects.toThrow();
    expect(world.acts).not.toContain('third-1');
  });
});

describe('a step for failures alone', () => {
  beforeEach(() => {
    world.afterFailure = 'fourth';
  });

  test('is left out where nothing failed', async () => {
    const report = await world.go();
    expect(report.status).toBe('completed');
    expect(statuses(report)).toEqual({ ...allDone, fourth: 'skipped' });
    expect(world.acts).not.toContain('fourth-1');
  });

  test('is done after a failure; the run is failed then, whatever is mended later', async () => {
    world.refused.set('second-2', 'CONFLICT');
    const report = await world.go();
    expect(report.status).toBe('failed');
    expect(statuses(report)).toMatchObject({ second: 'failed', fourth: 'done' });
    world.refused.clear();
    expect((await world.goOn(report.runId)).status).toBe('failed');
  });
});

describe('what a step makes', () => {
  test('is in the journal, with when the step began', async () => {
    world.making.set('second-1', 'thing');
    const began = world.clock.now();
    const { runId } = await world.go();
    const records = await readJournal(world.store, { tenant_id: world.process().tenantId, id: runId });
    const second = records.find(({ step }) => step === 'second');
    expect(second?.ends[0]).toMatchObject({ id: 'second-1', ok: true, made: 'thing' });
    expect(second?.begunAt).toBe(began);
  });

  test('if it is a secret, is on record before the process can die with it', async () => {
    world.making.set('second-1', 'thing');
    world.after = (lamp) => {
      if (lamp === 'second-1') throw new Killed();
    };
    world.log.error = () => {
      throw new Killed();
    };
    await expect(world.go()).rejects.toThrow(Killed);
    const { runs } = await world.runs().list({ limit: 1, offset: 0 });
    expect(await world.runs().get(runs[0]?.runId ?? '')).toMatchObject({ handoffIds: ['handoff-of-thing'] });
  });
});

describe('a run that is stopped', () => {
  test('by its client ends the thing under way, journals it, and waits', async () => {
    const stop = new AbortController();
    world.after = (lamp) => {
      if (lamp === 'second-1') stop.abort();
    };
    const report = await world.go({ signal: stop.signal });
    expect(report).toMatchObject({ status: 'waiting', waitingFor: expect.stringContaining('resume_run') });
    expect(world.acts).toEqual(['first-1', 'first-2', 'second-1']);
    expect((await world.goOn(report.runId)).status).toBe('completed');
    expect(world.acts).toEqual(everything);
  });

  test('by cancel_run stops after the step under way, and does not go on', async () => {
    world.after = async (lamp) => {
      if (lamp === 'second-1') await world.store.updateTable('runs').set({ stop_asked: 1 }).execute();
    };
    const report = await world.go();
    expect(report.status).toBe('cancelled');
    expect(statuses(report)).toEqual({ first: 'done', second: 'done', third: 'pending', fourth: 'pending' });
    await expect(world.goOn(report.runId)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a run for later', () => {
  test('is kept, does nothing, and starts at its time', async () => {
    const report = await world.go({ startAt: world.clock.now() + 3_600_000 });
    expect(report).toMatchObject({ status: 'scheduled', startAt: expect.any(String) });
    expect(world.acts).toEqual([]);
    await expect(world.goOn(report.runId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await world.clock.advance(3_600_000);
    expect((await world.goOn(report.runId)).status).toBe('completed');
  });
});
