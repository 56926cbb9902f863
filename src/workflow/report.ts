import { z } from 'zod';
import { followUp, type RunReport, runUser, type StepReport, visibleDeep } from '../contract/index.ts';
import { readJournal } from './journal.ts';
import { blockedOfAll, followUpsOfAll, waitingOfAll } from './many-report.ts';
import type { WorkflowParts } from './parts.ts';
import { childrenOf, isHeld, type RunHead, type RunRow } from './run-store.ts';
import type { StepRecord } from './step-record.ts';

/** Most objects that a step's report names; the journal has them all. */
const mostLeft = 50;

const storedFacts = z.object({ steps: z.array(z.string()) });
const storedClosing = z.object({
  followUps: z.array(followUp).default([]),
  blocked: z.boolean().optional(),
  handoffIds: z.array(z.string()).default([]),
});

type ReportParts = Pick<WorkflowParts, 'store' | 'clock' | 'owner'>;

/** A run as people and models read it: where each step stands, and what is left to do by hand. */
export async function reportOf(parts: ReportParts, row: RunRow): Promise<RunReport> {
  const stands = standing(parts, row);
  const { handoffIds, ...closing } = storedClosing.parse(JSON.parse(row.closing));
  return visibleDeep({
    runId: row.id,
    kind: row.kind,
    ...stands,
    ...userOf(row),
    ...(row.kind === 'offboardings'
      ? manyOf(stands, await singlesOf(parts, row))
      : { steps: await stepsOf(parts, row, stands.status), ...closing }),
    ...(handoffIds.length === 0 ? {} : { handoffIds }),
    planId: row.plan_id,
    requester: row.requester,
    ...timesOf(row),
  });
}

/** What the run of many tells of its runs. */
function manyOf(
  { status, waitingFor }: Pick<RunReport, 'status' | 'waitingFor'>,
  singles: readonly RunReport[],
): Pick<RunReport, 'steps' | 'runs' | 'followUps' | 'blocked' | 'waitingFor'> {
  const blocked = blockedOfAll(singles);
  const isWaitingForThem = status === 'waiting' && waitingFor === undefined;
  return {
    ...(isWaitingForThem ? { waitingFor: waitingOfAll(singles) } : {}),
    steps: [],
    followUps: followUpsOfAll(singles),
    ...(blocked === undefined ? {} : { blocked }),
    runs: singles.map(runOf),
  };
}

function singlesOf(parts: ReportParts, row: RunRow): Promise<RunReport[]> {
  return childrenOf(parts.store, row.tenant_id, row.id).then((children) =>
    Promise.all(children.map((child) => reportOf(parts, child))),
  );
}

/** A run of one person, as a line. */
function runOf({ runId, user, status, steps, waitingFor, blocked }: RunReport): NonNullable<RunReport['runs']>[number] {
  const summary = tally(steps.map((one) => one.status));
  return {
    ...{ runId, user: user?.userPrincipalName ?? '', status },
    message: waitingFor === undefined ? summary : `${summary}; waits: ${waitingFor}`,
    ...(blocked === undefined ? {} : { blocked }),
  };
}

/** `3 done, 1 failed`. */
export function tally(statuses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${status.replace('_', ' ')}`).join(', ');
}

/** Said of a run whose process is gone. */
export const whyInterrupted = 'resume_run: the server stopped in the middle of this run';

/** A run that nobody runs any more waits, whatever its row says. */
export function standing(parts: ReportParts, row: RunHead): Pick<RunReport, 'status' | 'waitingFor'> {
  if (row.status === 'running' && !isHeld(row, parts)) {
    return { status: 'waiting', waitingFor: row.waiting_for ?? whyInterrupted };
  }
  return { status: row.status, ...(row.waiting_for === null ? {} : { waitingFor: row.waiting_for }) };
}

/** The person a run is about; a run of many has none. */
export function userOf({ user }: RunHead): Pick<RunReport, 'user'> {
  return user === null ? {} : { user: runUser.partial({ id: true }).parse(JSON.parse(user)) };
}

/** When a run was made, is to begin, and ended. */
export function timesOf({
  created_at,
  start_at,
  ended_at,
}: RunHead): Pick<RunReport, 'createdAt' | 'startAt' | 'endedAt'> {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    createdAt: iso(created_at),
    ...(start_at === null ? {} : { startAt: iso(start_at) }),
    ...(ended_at === null ? {} : { endedAt: iso(ended_at) }),
  };
}

/** Where each step of a single run stands, which itself stands at `status`. */
export async function stepsOf(
  parts: Pick<ReportParts, 'store'>,
  row: Pick<RunRow, 'tenant_id' | 'id' | 'facts'>,
  status: RunReport['status'],
): Promise<StepReport[]> {
  const { steps } = storedFacts.parse(JSON.parse(row.facts));
  const records = new Map((await readJournal(parts.store, row)).map((record) => [record.step, record]));
  const reports = steps.map((name) => stepReportOf(name, records.get(name)));
  const next = reports.find((report) => report.status === 'pending' || report.status === 'running');
  if (next === undefined || status === 'scheduled') return reports;
  // Begun and not ended: under way, or interrupted.
  return reports.map((report) => {
    if (report !== next) return report;
    if (status === 'waiting') return { ...report, status: 'waiting' as const };
    return status === 'running' ? { ...report, status: 'running' as const } : report;
  });
}

function stepReportOf(name: string, record: StepRecord | undefined): StepReport {
  if (record === undefined) return { name, status: 'pending' };
  const { end, ends } = record;
  if (end === undefined) return { name, status: 'running' };
  const done = ends.filter(({ ok }) => ok).length;
  const failed = ends.filter(({ ok }) => !ok);
  const left = [
    ...failed.map(({ id, name: of, code, message, fix }) => ({ id, name: of, reason: `${code}: ${message} ${fix}` })),
    ...end.kept,
  ];
  return {
    name,
    status: end.status,
    ...(end.message === undefined ? {} : { message: end.message }),
    ...(end.fix === undefined ? {} : { fix: end.fix }),
    ...(done === 0 ? {} : { done }),
    ...(left.length === 0 ? {} : { left: left.slice(0, mostLeft) }),
  };
}
