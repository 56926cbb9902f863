import { describe, expect, test } from 'vitest';
import { planLines } from '../../src/server/plan-rendering.ts';
import getPlan from '../../tools/core/get-plan.ts';
import { answered, textOf } from './calls.ts';
import { changeThing, fakes } from './fake-ports.ts';
import { planFor } from './plan-for-people.ts';

describe('a plan', () => {
  test('names the things of each list where there is room, what gives power first', () => {
    const lines = planLines(planFor(2, 40));
    const [list = ''] = lines.filter((line) => line.includes('[person0@contoso.example, groups]'));
    expect(list).toContain('40: Group with a long name 39 (privileged), Group with a long name 0,');
    expect(list).toMatch(/ and 10 more$/);
  });

  test('names fewer where it would not fit', () => {
    const lines = planLines(planFor(90, 40));
    expect(lines.filter((line) => /and 30 more$/.test(line))).toHaveLength(90);
  });

  test('counts for each person at last, and still names whatever gives power', () => {
    const lines = planLines(planFor(400, 40));
    expect(Buffer.byteLength(lines.join('\n'))).toBeLessThan(64 * 1024);
    expect(lines).toContain('List groups: Leaves these groups');
    expect(lines).toContain('person399@contoso.example: groups 40 (privileged: Group with a long name 39)');
    expect(lines.some((line) => line.startsWith('Target: and 380 more: person20@contoso.example,'))).toBe(true);
  });

  test('that get_plan shows reads the same where its JSON would be too long, beside what became of it', async () => {
    const { ports, gate } = fakes({ tools: [changeThing, getPlan] });
    const asked = async () => textOf(await answered(ports, 'get_plan', { planId: 'plan1' }));
    gate.plan = planFor(2, 2);
    await answered(ports, 'change_thing', { user: 'a', reason: 'because' });
    expect(await asked()).toContain('{"plan":{"id":"plan1"');
    gate.plans.clear();
    gate.plan = planFor(60, 40);
    await answered(ports, 'change_thing', { user: 'a', reason: 'because' });
    expect(await asked()).toMatch(/\nstatus: "pending"\nPlan: Offboard 60 people\n/);
    expect(Buffer.byteLength(await asked())).toBeLessThanOrEqual(64 * 1024);
  });
});
