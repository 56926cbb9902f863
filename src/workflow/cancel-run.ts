import { z } from 'zod';
import { type StepStatus, ToolError, type Workflow } from '../contract/index.ts';
import { readJournal } from './journal.ts';
import type { WorkflowParts } from './parts.ts';
import { reportOf } from './report.ts';
import { whoOf } from './resume-run.ts';
import { childrenOf, findRun, isHeld, openStatuses, type RunRow } from './run-store.ts';

/** Until both are over, whoever leaves can still get in. */
const containment = ['block-sign-in', 'revoke-sessions'];
const over: readonly (StepStatus | undefined)[] = ['done', 'already_so', 'skipped'];

const facts = z.object({ runId: z.string() });

/** Ends a run: at once where nobody runs it, else after the step under way. What was done stays done. */
export function cancelRun(parts: WorkflowParts): Workflow<{ readonly runId: string }> {
  const { store, tenantId } = parts;
  return {
    plan: async ({ runId }, { requester }) => {
      const row = await findRun(store, tenantId, runId, requester);
      if (!openStatuses.includes(row.status)) return { unchanged: `This run is ${row.status} already` };
      const breaks = await stopsContainment(parts, row);
      return {
        summary: `Cancel the ${row.kind} of ${whoOf(row)}`,
        effects: [
          'It stops after the step under way, and does not go on',
          'What it has done stays done',
          ...(breaks ? ['Sign-in is not yet blocked and revoked: whoever leaves can still get in'] : []),
        ],
        targets: [],
        ...(breaks ? { raise: ['destructive' as const] } : {}),
        facts: { runId, breaks },
      };
    },
    run: async (given) => {
      const { runId } = facts.parse(given);
      const row = await findRun(store, tenantId, runId);
      for (const one of [...(await childrenOf(store, tenantId, runId)), row]) await stop(parts, one);
      return reportOf(parts, await findRun(store, tenantId, runId));
    },
  };
}

/** True where ending this run would leave somebody a way in that it is to take. */
export async function stopsContainment(parts: WorkflowParts, row: RunRow): Promise<boolean> {
  const all = row.kind === 'offboardings' ? await childrenOf(parts.store, parts.tenantId, row.id) : [row];
  const open = all.filter((one) => one.kind === 'offboarding' && openStatuses.includes(one.status));
  const unfinished = await Promise.all(
    open.map(async (one) => {
      const records = await readJournal(parts.store, one);
      const { steps } = z.object({ steps: z.array(z.string()) }).parse(JSON.parse(one.facts));
      const isOver = (name: string) => over.includes(records.find(({ step }) => step === name)?.end?.status);
      return containment.some((name) => steps.includes(name) && !isOver(name));
    }),
  );
  return unfinished.includes(true);
}

/** A run that a process is busy with sees the wish before its next step; any other ends here. */
async function stop(parts: WorkflowParts, row: RunRow): Promise<void> {
  if (!openStatuses.includes(row.status)) return;
  const asked = parts.store.updateTable('runs').where('tenant_id', '=', row.tenant_id).where('id', '=', row.id);
  if (isHeld(row, parts)) {
    await asked.set({ stop_asked: 1 }).execute();
    return;
  }
  const ended = await asked
    .set({ status: 'cancelled', waiting_for: null, ended_at: parts.clock.now(), lease_owner: null, lease_until: null })
    .where('status', '=', row.status)
    .where('lease_owner', 'is', row.lease_owner)
    .executeTakeFirst();
  if (ended.numUpdatedRows === 1n) return;
  throw new ToolError('CONFLICT', {
    message: 'The run moved on while it was being cancelled.',
    fix: 'Look at it with get_run, and cancel it again if it is still open.',
  });
}
