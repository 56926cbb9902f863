import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withState } from '../../../src/approval/index.ts';
import type { TenantFolder } from '../../../src/store/index.ts';
import { Journal } from '../../../src/workflow/journal.ts';
import type { WorkflowParts } from '../../../src/workflow/parts.ts';
import { createRun, type NewRun, type RunRow } from '../../../src/workflow/run-store.ts';
import { stateFolder, tenantId, tenantIn } from '../state.ts';
import { noon, run, stoppedClock } from '../terminal.ts';

const other = '0a1b2c3d-0000-4000-8000-00000000000b';
const folder = stateFolder();
const evil = 'Maya\u001B[2J\u202E';
const command =
  'Set-Mailbox -Identity maya@contoso.example -Type Shared -ForwardingAddress "an address that is quite long"';
let leaver: RunRow;
let many: RunRow;

beforeAll(async () => {
  const real = tenantIn(folder.dir, { demo: false });
  leaver = await keep(real, offboarding('maya'), { owner: 'elsewhere:1:a' }, async (parts, row) => {
    const journal = await Journal.open(parts, row);
    await journal.begin('block-sign-in', [{ id: 'u1', name: 'maya' }]);
    await journal.end('block-sign-in', { status: 'done', done: [{ id: 'u1', name: 'maya', ok: true }], kept: [] });
    await journal.end('groups', {
      status: 'failed',
      message: '0 of 1: NOT_PERMITTED: Refused.',
      fix: 'Grant it.',
      done: [],
      kept: [{ id: 'g1', name: evil, reason: 'It is synced from AD' }],
    });
    const closing = {
      followUps: [{ what: `Make the mailbox of ${evil} shared`, commands: [command] }],
      handoffIds: ['h1'],
      blocked: true,
    };
    await ended(parts, row, { status: 'failed', closing: JSON.stringify(closing), ended_at: noon });
  });
  const dead = { owner: 'elsewhere:2:b', now: noon - 3_600_000 };
  await keep(real, offboarding('noah'), dead, async () => {});
  const { user: _, ...batch } = offboarding('batch');
  const demo = tenantIn(folder.dir, { id: other });
  many = await keep(
    demo,
    { ...batch, kind: 'offboardings', facts: {}, status: 'waiting' },
    { owner: 'elsewhere:3:c', now: noon + 1_000 },
    async (parts, row) => {
      await createRun(parts, { ...offboarding('olga'), status: 'scheduled', startAt: noon + 1, parentId: row.id });
    },
  );
});
afterAll(() => folder.remove());

function offboarding(who: string): NewRun {
  return {
    kind: 'offboarding',
    planId: `plan-${who}`,
    requester: 'os:alice',
    subject: who,
    user: { id: who, userPrincipalName: `${who}@contoso.example`, displayName: `${who} ${evil}` },
    facts: { steps: ['block-sign-in', 'groups', 'mailbox'] },
    status: 'running',
  };
}

let made = 0;

async function keep(
  to: TenantFolder,
  of: NewRun,
  { owner, now = noon }: { owner: string; now?: number },
  then: (parts: WorkflowParts, row: RunRow) => Promise<void>,
): Promise<RunRow> {
  return withState(to, async ({ store }) => {
    const parts: WorkflowParts = {
      tenantId: to.tenantId,
      store,
      owner,
      clock: { ...stoppedClock, now: () => now },
      random: {
        bytes: (length) => {
          made += 1;
          return new Uint8Array(length).fill(made);
        },
      },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    };
    const row = await createRun(parts, of);
    await then(parts, row);
    return row;
  });
}

async function ended({ store }: WorkflowParts, { id }: RunRow, change: Partial<RunRow>): Promise<void> {
  await store
    .updateTable('runs')
    .set({ ...change, lease_owner: null, lease_until: null })
    .where('id', '=', id)
    .execute();
}

const runs = (argv: readonly string[] = [], shape: Parameters<typeof run>[1] = {}) =>
  run(['runs', ...argv, '--state-dir', folder.dir], shape);

describe('the list', () => {
  it('has everybody’s runs of every tenant, newest first, without their parts', async () => {
    const { code, output, error } = await runs();
    expect([code, error]).toEqual([0, '']);
    const rows = output.split('\n').filter((line) => /^[0-9a-f]{32} /.test(line));
    expect(rows.map((line) => line.slice(33).trim().split(/ {2,}/).slice(0, 2))).toEqual([
      ['offboardings', 'waiting (demo)'],
      ['offboarding', 'failed'],
      ['offboarding', 'waiting'],
    ]);
    expect(rows[1]).toContain('1 done, 1 failed, 1 pending');
    expect(output).toContain('entra-mcp runs <id>');
  });

  it('-n cuts it, and says so', async () => {
    const { output } = await runs(['-n', '1']);
    expect(output).toContain('the newest 1 of 3');
    expect(output).not.toContain(leaver.id);
  });

  it('--json is whole, and safe on a terminal', async () => {
    const { output } = await runs(['--json']);
    const rows = JSON.parse(output);
    expect(rows).toMatchObject([
      { tenantId: other, demo: true, runId: many.id },
      { tenantId, demo: false, runId: leaver.id, status: 'failed' },
      { status: 'waiting', waitingFor: expect.stringContaining('resume_run') },
    ]);
    expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('of an empty folder says so', async () => {
    const own = stateFolder();
    expect(await run(['runs', '--state-dir', own.dir])).toMatchObject({
      code: 0,
      output: expect.stringContaining('There is no run in'),
    });
    own.remove();
  });
});

describe('one run', () => {
  it('is shown step by step, with what failed, what was left and what is left to do', async () => {
    const { code, output } = await runs([leaver.id]);
    expect(code).toBe(0);
    expect(output).toMatch(/Offboarding of maya Maya⟨U\+001B⟩\[2J⟨U\+202E⟩ \(maya@contoso\.example\)/);
    expect(output).toMatch(/Status +failed/);
    expect(output).toMatch(/Sign-in blocked +yes/);
    expect(output).toMatch(/ {4}block-sign-in {2}done +1 changed/);
    expect(output).toMatch(/ {4}groups {9}failed +0 of 1: NOT_PERMITTED: Refused\.\n {6}fix: Grant it\./);
    expect(output).toMatch(/ {4}mailbox {8}pending/);
    expect(output).toContain('⟨U+202E⟩: It is synced from AD');
    expect(output).toContain('entra-mcp reveal h1');
  });

  it('has each command on one line of its own, however narrow the terminal', async () => {
    const { output } = await runs([leaver.id], { person: true, columns: 60 });
    expect(uncoloured(output).split('\n')).toContain(`      ${command}`);
  });

  it('is coloured on a terminal by how its steps stand', async () => {
    const { output } = await runs([leaver.id], { person: true, columns: 100 });
    expect(output).toMatch(/\[32mdone +\p{Cc}\[0m/u);
    expect(output).toMatch(/\[31mfailed +\p{Cc}\[0m/u);
    expect((await runs([leaver.id])).output).not.toContain('\u001B');
  });

  it('of many lists its runs', async () => {
    const { output } = await runs([many.id]);
    expect(output).toContain('Offboardings of several people');
    expect(output).toMatch(/ {4}[0-9a-f]{32} {2}scheduled +olga@contoso\.example: 3 pending/);
    expect(output).toContain(`${other} (demo)`);
  });

  it('--json is the report', async () => {
    const report = JSON.parse((await runs([leaver.id, '--json'])).output);
    expect(report).toMatchObject({
      tenantId,
      runId: leaver.id,
      followUps: [{ commands: [command] }],
      steps: [{ name: 'block-sign-in', status: 'done' }, { status: 'failed' }, { status: 'pending' }],
    });
  });

  it('that is not there exits 1', async () => {
    expect(await runs(['nope'])).toMatchObject({ code: 1, error: expect.stringContaining('There is no run') });
  });
});

function uncoloured(text: string): string {
  return text.replaceAll(/\p{Cc}\[\d+m/gu, '');
}
