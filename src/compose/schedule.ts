import type { Gate, GateCall } from '../approval/gate.ts';
import { type ChangeTool, type Clock, type ErrorCode, type Log, ToolError } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import { parkRun, type RunRow, scheduledRuns, together } from '../workflow/index.ts';

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

/** Runs of different people that are started at a time. */
const atOnce = 8;

/** What passes by itself: the run stays scheduled, and is tried again at the next look. */
const passing: readonly ErrorCode[] = ['THROTTLED', 'UPSTREAM', 'AUTH_REQUIRED', 'CANCELLED'];

/** Starts what is due, and answers when the next one is, in milliseconds since the epoch. One that fails holds up no other. */
export async function startDue(parts: ScheduleParts, signal: AbortSignal): Promise<number | undefined> {
  const { store, tenantId, clock } = parts;
  const runs = await scheduledRuns(store, tenantId);
  const isDue = ({ start_at }: RunRow) => (start_at ?? 0) <= clock.now();
  const due = runs.filter(isDue);
  const tool = due.length === 0 ? undefined : await parts.resumeRun();
  if (tool !== undefined) await together(due, atOnce, (row) => start(row, tool, parts, signal));
  return runs.find((row) => !isDue(row))?.start_at ?? undefined;
}

async function start(
  row: RunRow,
  tool: ChangeTool,
  { store, gate, log }: ScheduleParts,
  signal: AbortSignal,
): Promise<void> {
  const caller = { requester: row.requester, clientId: 'entra-mcp/schedule', transport: 'stdio' } as const;
  const call: GateCall = { caller, elicits: false, signal, progress: () => undefined };
  try {
    const { answer } = await gate.propose(tool, { runId: row.id, reason: 'The time of this run has come' }, call);
    log.info({ runId: row.id, status: answer.status }, 'scheduled run');
    if (answer.status === 'approval_required') await parkRun(store, row, needsApproval);
  } catch (error) {
    log.error({ err: error, runId: row.id }, 'a scheduled run did not start');
    if (!(error instanceof ToolError) || passing.includes(error.code)) return;
    const { code, message, fix } = error;
    await parkRun(store, row, `resume_run: it could not start at its time. ${code}: ${message} ${fix}`);
  }
}

const needsApproval =
  'resume_run: what the plan was made from has changed since it was approved, so it needs a new approval';
