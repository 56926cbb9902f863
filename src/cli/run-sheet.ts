import type { RunReport, StepReport } from '../contract/index.ts';
import { utc } from './moments.ts';
import type { Ink, Screen } from './screen/screen.ts';

const inks: Readonly<Partial<Record<RunReport['status'] | StepReport['status'], Ink>>> = {
  completed: 'green',
  done: 'green',
  already_so: 'green',
  running: 'cyan',
  waiting: 'yellow',
  scheduled: 'yellow',
  skipped: 'yellow',
  failed: 'red',
  unknown: 'red',
  cancelled: 'dim',
  pending: 'dim',
};

/** A run's kind and whom it is about, for a heading or a row. */
export function whoOf({ user }: Pick<RunReport, 'user'>): string {
  if (user === undefined) return 'several people';
  const { displayName, userPrincipalName, id } = user;
  const name = userPrincipalName ?? id ?? 'unknown';
  return displayName == null ? name : `${displayName} (${name})`;
}

/** A status as people read it. */
export function wordOf(status: RunReport['status'] | StepReport['status']): string {
  return status.replace('_', ' ');
}

/** Draws a run in full: where it stands, each step, and what is left to do by hand. */
export function drawRun(run: RunReport, tenant: string, screen: Screen): void {
  screen.line({ text: 'Run ', ink: 'dim' }, { text: run.runId, ink: 'dim' });
  screen.line();
  screen.paragraph(`${titles[run.kind]} ${whoOf(run)}`, { first: '  ', ink: 'bold' });
  screen.line();
  drawStatus(run.status, screen);
  screen.table([{ title: '', ink: 'dim' }, { title: '' }], factsOf(run, tenant), '  ');
  if (run.steps.length > 0) drawSteps(run.steps, screen);
  if (run.runs !== undefined) drawRuns(run.runs, screen);
  drawFollowUps(run, screen);
  screen.line();
}

const titles: Readonly<Record<RunReport['kind'], string>> = {
  offboarding: 'Offboarding of',
  onboarding: 'Onboarding of',
  undo: 'Undoing the offboarding of',
  offboardings: 'Offboardings of',
};

const factsWidth = 'Sign-in blocked'.length;

function drawStatus(status: RunReport['status'], screen: Screen): void {
  const ink = inks[status];
  const columns = [{ title: '', ink: 'dim' as const }, ink === undefined ? { title: '' } : { title: '', ink }];
  screen.table(columns, [['Status'.padEnd(factsWidth), wordOf(status)]], '  ');
}

function factsOf(run: RunReport, tenant: string): string[][] {
  const facts: [string, string | undefined][] = [
    ['Waits for', run.waitingFor],
    ['Sign-in blocked', run.blocked === undefined ? undefined : run.blocked ? 'yes, as the tenant shows' : 'no'],
    ['Starts', run.startAt === undefined ? undefined : utc(run.startAt)],
    ['Made', utc(run.createdAt)],
    ['Ended', run.endedAt === undefined ? undefined : utc(run.endedAt)],
    ['Asked by', run.requester],
    ['Plan', run.planId],
    ['Tenant', tenant],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name.padEnd(factsWidth), value]]));
}

function drawSteps(steps: readonly StepReport[], screen: Screen): void {
  drawTitle('Steps', screen);
  const names = Math.max(...steps.map(({ name }) => name.length));
  for (const step of steps) {
    drawRow([step.name.padEnd(names), step.status, step.message ?? countOf(step)], screen);
    if (step.fix !== undefined) screen.paragraph(`fix: ${step.fix}`, { first: '      ' });
    for (const { name, reason } of step.left ?? []) {
      screen.paragraph(`${name}: ${reason}`, { first: '      - ', rest: '        ', ink: 'dim' });
    }
  }
}

function countOf({ done }: StepReport): string {
  return done === undefined ? '' : `${done} changed`;
}

function drawRuns(runs: NonNullable<RunReport['runs']>, screen: Screen): void {
  drawTitle('Runs', screen);
  for (const { runId, user, status, message } of runs) drawRow([runId, status, `${user}: ${message}`], screen);
}

/** One row with the ink of its status. */
function drawRow(
  [first, status, text]: readonly [string, StepReport['status'] | RunReport['status'], string],
  screen: Screen,
) {
  const ink = inks[status];
  const columns = [{ title: '' }, ink === undefined ? { title: '' } : { title: '', ink }, { title: '' }];
  screen.table(columns, [[first, wordOf(status).padEnd(longestStatus), text]], '    ');
}

const longestStatus = Math.max(...Object.keys(inks).map((status) => status.length));

/** What people have to do, each command whole and on a line of its own, to be copied. */
function drawFollowUps({ followUps, handoffIds = [] }: RunReport, screen: Screen): void {
  if (followUps.length > 0) drawTitle('Left to do by hand', screen);
  for (const { what, commands = [] } of followUps) {
    screen.paragraph(what, { first: '    - ', rest: '      ' });
    for (const command of commands) screen.line('      ', { text: command, ink: 'bold' });
  }
  if (handoffIds.length > 0) drawTitle('Sealed for the approver, to be opened once', screen);
  for (const id of handoffIds) screen.line('      ', { text: `entra-mcp reveal ${id}`, ink: 'bold' });
}

function drawTitle(title: string, screen: Screen): void {
  screen.line();
  screen.paragraph(title, { first: '  ', ink: 'cyan' });
}
