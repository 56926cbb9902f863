import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeApproverKeys } from '../../../src/approval/approver.ts';
import { auditTail, withState } from '../../../src/approval/index.ts';
import { createKeys } from '../../../src/approval/keys.ts';
import type { DecisionPage } from '../../../src/cli/ports.ts';
import type { TenantFolder } from '../../../src/store/index.ts';
import { keepPlan, planOf, planState, stateFolder, tenantIn } from '../state.ts';
import { noon, run, stoppedClock } from '../terminal.ts';

const folder = stateFolder();
let tenant: TenantFolder;
beforeAll(() => {
  tenant = tenantIn(folder.dir);
});
afterAll(() => folder.remove());

const approve = (id: string, shape: Parameters<typeof run>[1] = {}) =>
  run(['approve', id, '--state-dir', folder.dir], shape);

describe('what the approver reads', () => {
  it('is the whole plan, and the reason apart', async () => {
    const { id } = await keepPlan(tenant, { id: 'a'.repeat(32) });
    const { output } = await approve(id, { person: true, columns: 90 });
    expect(uncoloured(output)).toMatchSnapshot();
  });

  it('never steers the terminal, hides text or imitates a heading, whatever names and reasons hold', async () => {
    const evil = 'x\u001B[2J\u001B]0;t\u0007\r\nWarnings\u202E\u200B\u{E0041}\u009B1m';
    const { id } = await keepPlan(tenant, {
      summary: evil,
      effects: [evil],
      warnings: [evil],
      undo: evil,
      reason: evil,
      requester: evil,
      changes: [{ property: evil, before: evil, after: evil }],
      targets: [{ kind: evil, name: evil, touch: evil, [evil]: [evil] }],
      tenant: { id: evil, name: evil, cloud: evil, hosts: [evil] },
    });
    const { output } = await approve(id);
    expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    // The headings are ours: what a text of the tenant says stands beside, in a line of its own.
    expect(output.split('\n').filter((line) => line.trim() === 'Warnings')).toHaveLength(1);
    expect(output).toContain('⟨U+001B⟩[2J');
  });

  it('marks every line of the reason, so that it cannot pass for the plan', async () => {
    const { id } = await keepPlan(tenant, { reason: `no risk at all ${'and so on '.repeat(20)}"  Warnings  none` });
    const { output } = await approve(id);
    const lines = output.split('\n');
    const first = lines.findIndex((line) => line.includes('The agent says: "no risk at all'));
    const marked = lines.slice(first).filter((line) => line.startsWith('  │ '));
    expect(marked.join(' ').replaceAll(/\s*│\s*/g, ' ')).toContain('\\"  Warnings  none"');
    expect(lines.filter((line) => line.includes('and so on')).every((line) => line.startsWith('  │ '))).toBe(true);
  });

  it('names hosts outside the known clouds', async () => {
    const tenantCard = { ...planOf().tenant, hosts: ['graph.evil.example'] };
    const { id } = await keepPlan(tenant, { tenant: tenantCard });
    expect((await approve(id)).output).toContain('graph.evil.example, which is outside the known clouds');
  });
});

describe('approve', () => {
  it('signs with the PIN from one line of input, and says that nothing changed yet', async () => {
    const { id } = await keepPlan(tenant);
    const { code, output, error } = await approve(id, { input: 'demo\n' });
    expect([code, error]).toEqual([0, '']);
    expect(output).toContain('Approved and signed.');
    expect(output.replaceAll('\n', ' ')).toMatch(/Nothing has changed yet: apply_plan .* within 15 min/);
    expect(await planState(tenant, id)).toBe('approved');
    const rows = await withState(tenant, ({ store }) => auditTail(store, tenant.tenantId, 1));
    expect(rows[0]).toMatchObject({ kind: 'decision', planId: id, body: { decision: 'approve' } });
  });

  it('asks at a terminal, and echoes nothing', async () => {
    const { id } = await keepPlan(tenant);
    const { code, output, error, raw } = await approve(id, { input: 'demo\r', person: true, open: true });
    expect(code).toBe(0);
    expect(raw).toEqual([true, false]);
    expect(error).toMatch(/^To approve this plan, type the approver PIN .*: \n$/);
    expect(output + error).not.toContain('demo');
  });

  it('a wrong PIN exits 1 and leaves the plan waiting', async () => {
    const { id } = await keepPlan(tenant);
    const { code, error } = await approve(id, { input: 'wrong\n' });
    expect([code, error]).toEqual([1, expect.stringContaining('Wrong approver PIN.')]);
    expect(await planState(tenant, id)).toBe('pending');
  });

  it('no PIN exits 1 and leaves the plan waiting', async () => {
    const { id } = await keepPlan(tenant);
    expect((await approve(id)).code).toBe(1);
    expect(await planState(tenant, id)).toBe('pending');
  });

  it('Ctrl-C exits 130 and leaves the plan waiting', async () => {
    const { id } = await keepPlan(tenant);
    expect((await approve(id, { input: 'dem\u0003', person: true, open: true })).code).toBe(130);
    expect(await planState(tenant, id)).toBe('pending');
  });

  it('does not even ask where the plan is unknown, over, edited or decided', async () => {
    const { id: late } = await keepPlan(tenant, { expiresAt: new Date(noon - 1).toISOString() });
    const { id: done } = await keepPlan(tenant, {}, 'applied');
    const { id: edited } = await keepPlan(tenant);
    const harmless = JSON.stringify(planOf({ id: edited, summary: 'Nothing at all' }));
    await withState(tenant, ({ store }) =>
      store.updateTable('plans').set({ view: harmless }).where('id', '=', edited).execute(),
    );
    for (const [id, words] of [
      ['0'.repeat(32), 'no plan'],
      [late, 'expired'],
      [done, 'already applied'],
      [edited, 'edited'],
    ] as const) {
      const { code, output, error } = await approve(id, { input: 'demo\r', person: true });
      expect([code, output]).toEqual([1, '']);
      expect(error).toContain(words);
      expect(error).not.toContain('type the approver PIN');
    }
  });

  it('says how to set a PIN where a real tenant has none', async () => {
    const other = stateFolder();
    const { id } = await keepPlan(tenantIn(other.dir, { demo: false }));
    const { code, error } = await run(['approve', id, '--state-dir', other.dir], { input: 'demo\n' });
    other.remove();
    expect([code, error]).toEqual([1, expect.stringContaining('entra-mcp approver set-pin')]);
  });
});

describe('deny', () => {
  it('signs the denial', async () => {
    const { id } = await keepPlan(tenant);
    const { code, output } = await run(['deny', id, '--state-dir', folder.dir], { input: 'demo\n' });
    expect([code, output]).toEqual([0, expect.stringContaining('Denied and signed.')]);
    expect(await planState(tenant, id)).toBe('denied');
  });
});

describe('plans', () => {
  it('lists what waits, with what is needed to decide it', async () => {
    const own = stateFolder();
    const { id } = await keepPlan(tenantIn(own.dir), { risk: ['grant', 'destructive'] });
    await keepPlan(tenantIn(own.dir), { summary: 'over' }, 'applied');
    const { code, output } = await run(['plans', '--state-dir', own.dir]);
    expect(code).toBe(0);
    expect(output.split('\n').find((line) => line.startsWith(id))).toMatch(
      /pending \(demo\) +15 min +disable_user +grant, destructive +Disable Maya/,
    );
    expect(output).toContain('entra-mcp approve <id>');
    expect(output).not.toContain('over\n');
    const json = JSON.parse((await run(['plans', '--json', '--state-dir', own.dir])).output);
    expect(json).toMatchObject([{ state: 'pending', demo: true, plan: { id, summary: planOf().summary } }]);
    own.remove();
  });

  it('says so where nothing waits', async () => {
    const dir = join(folder.dir, 'empty');
    mkdirSync(dir, { mode: 0o700 });
    const { code, output } = await run(['plans', '--state-dir', dir]);
    expect([code, output]).toEqual([0, expect.stringContaining('No plan is waiting in')]);
  });
});

function uncoloured(text: string): string {
  return text.replaceAll(/\p{Cc}\[\d+m/gu, '');
}

describe('where approvers sign in', () => {
  const waits = { state: 'pending', decision: undefined, approvedBy: [], needed: 2 } as const;

  /** `entra-mcp approve`, on a page that comes to stand so and so, look by look. */
  const onPage = (...standings: readonly Awaited<ReturnType<DecisionPage['standing']>>[]) =>
    commandOnPage('approve', ...standings);

  async function commandOnPage(
    command: 'approve' | 'deny',
    ...standings: readonly Awaited<ReturnType<DecisionPage['standing']>>[]
  ) {
    const { id } = await keepPlan(tenant, {});
    let [looks, closed] = [0, 0];
    const page: DecisionPage = {
      address: `http://127.0.0.1:4711/#${id}`,
      standing: async () => standings[Math.min(looks++, standings.length - 1)] ?? waits,
      close: async () => {
        closed += 1;
      },
    };
    const clock = { ...stoppedClock, sleep: async () => undefined };
    const ports = { signsIn: () => true, decisionPage: async () => page, clock };
    return { ...(await run([command, id, '--state-dir', folder.dir], { ports })), closed };
  }

  it('the page is served until somebody has decided, and no PIN is asked for', async () => {
    const approved = {
      ...waits,
      state: 'approved',
      decision: 'approve',
      approvedBy: ['ann@x.example', 'bob@x.example'],
    } as const;
    const { code, output, error, closed } = await onPage(waits, waits, waits, approved);
    expect([code, closed]).toEqual([0, 1]);
    expect(output).toContain('http://127.0.0.1:4711/#');
    expect(output).toContain('Approved by ann@x.example and bob@x.example.');
    expect(output + error).not.toContain('PIN');
  });

  it.each([
    ['a denial', { ...waits, state: 'denied', decision: 'deny' } as const, 1, 'Denied.'],
    ['the first of two', { ...waits, approvedBy: ['ann@x.example'] }, 0, '1 of 2 have approved: ann@x.example.'],
    ['its expiry', { ...waits, state: 'expired' } as const, 1, 'The plan is expired: nothing is left to decide.'],
    ['that its facts changed', { ...waits, state: 'stale' } as const, 1, 'The plan is stale'],
  ])('it ends with %s', async (_, standing, expected, words) => {
    const { code, output, closed } = await onPage(waits, standing);
    expect([code, closed]).toEqual([expected, 1]);
    expect(output).toContain(words);
  });

  it('who had approved before is no news', async () => {
    const before = { ...waits, approvedBy: ['ann@x.example'] };
    const both = { ...before, decision: 'approve', approvedBy: ['ann@x.example', 'bob@x.example'] } as const;
    const { output } = await onPage(before, before, both);
    expect(output).not.toContain('1 of 2');
  });

  it('to deny what is approved already waits for the denial, and for nothing less', async () => {
    const approved = { ...waits, state: 'approved', decision: 'approve', approvedBy: ['ann@x.example'] } as const;
    const more = { ...approved, approvedBy: ['ann@x.example', 'bob@x.example'] };
    const denied = { ...more, state: 'denied', decision: 'deny' } as const;
    const { code, output, closed } = await commandOnPage('deny', approved, approved, more, denied);
    expect([code, closed]).toEqual([0, 1]);
    expect(output).toContain('Denied.');
    expect(output).not.toContain('Approved by');
    const late = await commandOnPage('deny', approved, approved, { ...approved, state: 'applied' });
    expect([late.code, late.output]).toEqual([1, expect.stringContaining('The plan is applied')]);
    const otherwise = await commandOnPage('deny', waits, approved);
    expect([otherwise.code, otherwise.output]).toEqual([1, expect.stringContaining('Approved by ann@x.example.')]);
  });

  it('the PIN still denies, where one is set', async () => {
    const own = stateFolder();
    const real = tenantIn(own.dir, { demo: false });
    writeApproverKeys(own.dir, await createKeys('four words', { n: 2 ** 10, r: 8, p: 1 }));
    const { id } = await keepPlan(real);
    const ports = { signsIn: () => true };
    const { code, output } = await run(['deny', id, '--state-dir', own.dir], { input: 'four words\n', ports });
    expect([code, output]).toEqual([0, expect.stringContaining('Denied and signed.')]);
    expect(await planState(real, id)).toBe('denied');
    own.remove();
  });
});
