import type { GraphReader, RunKind } from '../contract/index.ts';
import type { WorkflowParts } from './parts.ts';
import { whyInterrupted } from './report.ts';
import type { Resumable } from './resuming.ts';
import { childrenOf, type RunRow } from './run-store.ts';
import { interruptedRuns } from './waking.ts';

/**
 * Looks once in the tenant at each run that a process left in the middle, one after the other, and keeps with it what is
 * left, for whoever asks. Nothing goes on by this; what cannot be read is logged, and the run says less.
 */
export async function lookAtInterrupted(
  parts: WorkflowParts,
  kinds: ReadonlyMap<RunKind, Resumable>,
  graph: GraphReader,
  signal: AbortSignal,
): Promise<void> {
  for (const row of await interruptedRuns(parts)) {
    const { id: runId, kind } = row;
    parts.log.warn({ runId, kind }, 'a run was left in the middle: resume_run goes on with it');
    try {
      await keepWhatIsLeft(parts, row, await leftOf(parts, kinds, row, graph));
    } catch (error) {
      if (signal.aborted) return;
      parts.log.error({ err: error, runId, kind }, 'what is left of an interrupted run could not be read');
    }
  }
}

/** What is left, in words. Of a run of many, how many people: each of its runs is looked at by itself. */
async function leftOf(
  { store, tenantId }: WorkflowParts,
  kinds: ReadonlyMap<RunKind, Resumable>,
  row: RunRow,
  graph: GraphReader,
): Promise<string> {
  if (row.kind === 'offboardings') {
    const children = await childrenOf(store, tenantId, row.id);
    const open = children.filter(({ status }) => status !== 'completed' && status !== 'cancelled').length;
    return `${open} of ${children.length} people`;
  }
  const left = await kinds.get(row.kind)?.remainder(row, graph, JSON.parse(row.decisions));
  const steps = left?.unfinished ?? left?.steps ?? [];
  return steps.length === 0 ? 'a last look at the tenant' : steps.join(', ');
}

/** Said where the run is still as it was found: somebody may have taken it up meanwhile. */
async function keepWhatIsLeft({ store }: WorkflowParts, row: RunRow, left: string): Promise<void> {
  await store
    .updateTable('runs')
    .set({ waiting_for: `${whyInterrupted}; left: ${left}` })
    .where('tenant_id', '=', row.tenant_id)
    .where('id', '=', row.id)
    .where('status', '=', 'running')
    .where('lease_owner', 'is', row.lease_owner)
    .where('lease_until', 'is', row.lease_until)
    .execute();
}
