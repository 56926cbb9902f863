import { describe, expect, test } from 'vitest';
import { type PlanView, planView, ToolError } from '../../src/contract/index.ts';
import { planExcerpt } from '../../src/server/plan-excerpt.ts';
import { errorAnswer } from '../../src/server/rendering.ts';
import getPlan from '../../tools/core/get-plan.ts';
import { answered, textOf } from './calls.ts';
import { changeThing, fakes } from './fake-ports.ts';
import { planFor } from './plan-for-people.ts';

const mostBytes = 64 * 1024;
const bytesOf = (data: unknown) => Buffer.byteLength(JSON.stringify(data));

describe('a plan in the data of an answer', () => {
  test('stays whole where there is room, and where a client may decide it', () => {
    const small = planFor(2, 40);
    expect(planExcerpt(small)).toBe(small);
    const decidable = { ...planFor(90, 40), stepUp: false };
    expect(planExcerpt(decidable)).toBe(decidable);
  });

  test('names fewer things where it is too long, always those that give power, and counts the rest', () => {
    const plan = planFor(30, 60);
    const { observations = [], targets, shortened } = planExcerpt(plan);
    expect(targets).toHaveLength(30);
    expect(observations).toHaveLength(30);
    for (const { items, more = 0 } of observations) {
      expect(items.length).toBeLessThan(60);
      expect(items.length + more).toBe(60);
      expect(items[0]).toEqual({ id: 'g59', name: 'Group with a long name 59', privileged: true });
    }
    expect(shortened).toContain('page and terminal show all of them');
  });

  test('keeps what is left alone out of the count of what is taken', () => {
    const plan = planFor(30, 60);
    const kept = (plan.observations ?? []).map((list) => ({
      ...list,
      items: list.items.map((item) => (item.privileged ? item : { ...item, kept: 'a dynamic group' })),
    }));
    const [{ items, more } = { items: [] }] = planExcerpt({ ...plan, observations: kept }).observations ?? [];
    expect(items.filter((item) => item.kept === undefined)).toHaveLength(1);
    expect(items.length).toBeLessThan(60);
    expect(more).toBeUndefined();
  });

  test('at last has one list of each kind, with whatever gives power and whose it is, and who everybody is', () => {
    const plan = planFor(200, 40);
    const marked = (plan.targets ?? []).map((target, i) => ({
      ...target,
      department: 'Sales',
      ...(i === 199 ? { privileged: 'yes', privilegedBecause: 'role holder' } : {}),
    }));
    const cut = planExcerpt({ ...plan, targets: marked });
    expect(bytesOf(cut)).toBeLessThanOrEqual(mostBytes);
    expect(cut.observations).toEqual([
      { name: 'groups', title: 'Leaves these groups', all: true, more: 200 * 39, items: expect.any(Array) },
    ]);
    expect(cut.observations?.[0]?.items).toHaveLength(200);
    expect(cut.observations?.[0]?.items[199]).toEqual({
      id: 'g39',
      name: 'person199@contoso.example: Group with a long name 39',
      privileged: true,
    });
    expect(cut.targets?.[19]).toEqual(marked[19]);
    expect(cut.targets?.[199]).toEqual({
      ...{ kind: 'user', id: 'u199', userPrincipalName: 'person199@contoso.example' },
      ...{ privileged: 'yes', privilegedBecause: 'role holder' },
    });
  });

  test('is bounded in every answer that shows it: of a change, of get_plan, and of a plan that is stale', async () => {
    const { ports, gate } = fakes({ tools: [changeThing, getPlan] });
    const big = planFor(200, 40);
    gate.plan = big;
    const proposed = await answered(ports, 'change_thing', { user: 'a', reason: 'because' });
    const read = await answered(ports, 'get_plan', { planId: 'plan1' });
    const stale = errorAnswer(
      new ToolError('PLAN_STALE', { message: 'It changed.', fix: 'Look at the new plan.', detail: { plan: big } }),
    );
    for (const { structuredContent } of [proposed, read, stale]) {
      expect(bytesOf(structuredContent)).toBeLessThanOrEqual(mostBytes + 1024);
    }
    const kept = gate.plans.get('plan1')?.view ?? big;
    expect(kept.observations).toHaveLength(200);
    expect(planIn(proposed.structuredContent)).toEqual(planExcerpt(kept));
    expect(planIn(read.structuredContent)).toEqual(planExcerpt(kept));
    expect(textOf(stale)).toContain('"shortened":');
  });
});

function planIn({ plan }: Readonly<Record<string, unknown>>): PlanView {
  return planView.parse(plan);
}
