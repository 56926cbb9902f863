import { z } from 'zod';
import { type ResumeRequest, type RunKind, ToolError, type Workflow } from '../contract/index.ts';
import type { Decisions } from './definition.ts';
import type { WorkflowParts } from './parts.ts';
import { reportOf } from './report.ts';
import { draftOf, type Resumable } from './resuming.ts';
import { alreadyOpen, findRun, isHeld, openRunOf, type RunRow, underWay, wasCancelled } from './run-store.ts';

const facts = z.object({ runId: z.string(), mailbox: z.enum(['shared', 'released']).optional() });

/** Goes on with a run that waits, was interrupted, failed in part, or whose time has come. */
export function resumeRun(parts: WorkflowParts, kinds: ReadonlyMap<RunKind, Resumable>): Workflow<ResumeRequest> {
  const { store, tenantId } = parts;
  return {
    plan: async ({ runId, mailbox }, { graph, requester }) => {
      const row = await findRun(store, tenantId, runId, requester);
      if (row.status === 'completed') return { unchanged: 'This run is complete' };
      await refuseToResume(parts, row);
      const decisions = decisionsOf(row, mailbox);
      const remainder = await kindOf(kinds, row).remainder(row, graph, decisions);
      if (remainder.pause !== undefined) throw stillPaused(remainder.pause);
      return draftOf(row, whoOf(row), remainder, { runId, ...(mailbox === undefined ? {} : { mailbox }) });
    },
    run: async (given, context) => {
      const { runId, mailbox } = facts.parse(given);
      const row = await findRun(store, tenantId, runId, context.plan.requester);
      if (row.status === 'completed') return reportOf(parts, row);
      const decisions = JSON.stringify(decisionsOf(row, mailbox));
      await store
        .updateTable('runs')
        .set({ decisions })
        .where('tenant_id', '=', tenantId)
        .where('id', '=', runId)
        .execute();
      return kindOf(kinds, row).resume({ ...row, decisions }, context);
    },
  };
}

/** @throws ToolError CONFLICT for another decision than was made before: licenses may have gone on its strength. */
function decisionsOf(row: RunRow, mailbox: ResumeRequest['mailbox']): Decisions {
  const before: Decisions = JSON.parse(row.decisions);
  if (mailbox === undefined || before['mailbox'] === undefined || before['mailbox'] === mailbox) {
    return { ...(mailbox === undefined ? {} : { mailbox }), ...before };
  }
  throw new ToolError('CONFLICT', {
    message: `What became of the mailbox was said before: ${before['mailbox']}.`,
    fix: 'Call again without mailbox to go on; cancel the run and plan anew where that was wrong.',
  });
}

function kindOf(kinds: ReadonlyMap<RunKind, Resumable>, row: RunRow): Resumable {
  const kind = kinds.get(row.kind);
  if (kind === undefined) throw new TypeError(`Nothing takes up runs of kind ${row.kind}`);
  return kind;
}

/** @throws ToolError CONFLICT for a run that cannot go on now. */
async function refuseToResume(parts: WorkflowParts, row: RunRow): Promise<void> {
  if (isHeld(row, parts)) throw underWay(row);
  if (row.status === 'cancelled' || row.stop_asked === 1) throw wasCancelled();
  if (row.status === 'scheduled' && (row.start_at ?? 0) > parts.clock.now()) {
    throw new ToolError('CONFLICT', {
      message: 'This run is scheduled, and its time has not come.',
      fix: 'Wait until then; or end it with cancel_run and ask for the change without startAt.',
    });
  }
  const open = await openRunOf(parts.store, parts.tenantId, row.subject);
  if (open !== undefined && open.id !== row.id) throw alreadyOpen(open);
}

function stillPaused(why: string): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: `The run waits for a decision: ${why}`,
    fix: "Ask the user what became of the mailbox, then call again with mailbox: 'shared' or 'released'.",
    detail: { fields: [{ field: 'mailbox', problem: 'is required for this run' }] },
  });
}

/** Whom a run is about, as its words name them. */
export function whoOf({ user, subject, kind }: RunRow): string {
  if (kind === 'offboardings') return 'several people';
  const { displayName, userPrincipalName } = JSON.parse(user ?? '{}');
  return userPrincipalName === undefined ? subject : `${displayName ?? 'unnamed user'} (${userPrincipalName})`;
}
