import type { Gate, GateCall } from '../approval/gate.ts';
import { type ChangeTool, type Clock, type Log, ToolError } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import { parkRun, scheduledRuns } from '../workflow/index.ts';

/** A run may be made by another process that shares the store: this often it is looked for. */
const lookMs = 30_000;

interface ScheduleParts {
  readonly tenantId: string;
  readonly store: StateStore;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Log;
  /** The tool that goes on with a run; undefined where the settings do not serve it. */
  resumeRun(): Promise<ChangeTool | undefined>;
}

/**
 * Starts the runs whose time has come, until it is told to stop. Each is planned again, under the approval that its plan
 * got; where that no longer covers it, the run waits for `resume_run`.
 */
export function startSchedule(parts: ScheduleParts): { stop(): void } {
  const stop = new AbortController();
  const loop = async () => {
    while (!stop.signal.aborted) {
      const next = await startDue(parts, stop.signal).catch((error: unknown) => {
        parts.log.error({ err: error }, 'scheduled runs');
        return undefined;
      });
      const wait = next === undefined ? lookMs : Math.min(lookMs, Math.max(0, next - parts.clock.now()));
      await parts.clock.sleep(wait, stop.signal);
    }
  };
  // Ends by its abort.
  loop().catch(() => undefined);
  return { stop: () => stop.abort() };
}

/** Starts what is due, and answers when the next one is, in milliseconds since the epoch. */
export async function startDue(parts: ScheduleParts, signal: AbortSignal): Promise<number | undefined> {
  const { store, tenantId, clock, gate, log } = parts;
  for (const row of await scheduledRuns(store, tenantId)) {
    const startAt = row.start_at ?? 0;
    if (startAt > clock.now()) return startAt;
    const tool = await parts.resumeRun();
    if (tool === undefined) return undefined;
    const caller = { requester: row.requester, clientId: 'entra-mcp/schedule', transport: 'stdio' } as const;
    const call: GateCall = { caller, elicits: false, signal, progress: () => undefined };
    try {
      const { answer } = await gate.propose(tool, { runId: row.id, reason: 'The time of this run has come' }, call);
      log.info({ runId: row.id, status: answer.status }, 'scheduled run');
      if (answer.status !== 'approval_required') continue;
      await parkRun(
        store,
        row,
        'resume_run: what the plan was made from has changed since it was approved, so it needs a new approval',
      );
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      if (error.code === 'CANCELLED') return undefined;
      await parkRun(
        store,
        row,
        `resume_run: it could not start at its time. ${error.code}: ${error.message} ${error.fix}`,
      );
    }
  }
  return undefined;
}
