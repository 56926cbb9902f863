import { type FollowUp, type RunReport, runReport, type StepReport } from '../contract/index.ts';
import { answerLimit } from './lists.ts';

/** Bytes for what stands beside the run in an answer: markers, what the plan was, our own words. */
const frame = 8 * 1024;

/** How much of each thing is said; the first of these that fits into an answer is. */
const levels = [
  { left: 50, message: 2_000 },
  { left: 10, message: 400 },
  { left: 3, message: 150 },
  { left: 0, message: 60 },
] as const;
type Level = (typeof levels)[number];

/** The run in a result, where it is one. */
export function runIn(data: unknown): RunReport | undefined {
  const parsed = runReport.safeParse(data);
  return parsed.success ? parsed.data : undefined;
}

/** A run for people to read: a line for each step or person, then what is left by hand. All of it is the tenant's text. */
export function runLines(run: RunReport): string[] {
  const room = answerLimit - frame;
  const followUps = run.followUps.map(followUpLines);
  for (const level of levels) {
    const lines = [...bodyLines(run, level), ...followUps.flat()];
    if (sizeOf(lines) <= room) return framed(run, bodyLines(run, level), followUps);
  }
  const body = bodyLines(run, levels[levels.length - 1] ?? levels[0]);
  return framed(run, body, cutTo(followUps, room - sizeOf(body)));
}

function framed(run: RunReport, body: readonly string[], followUps: readonly (readonly string[])[]): string[] {
  return [
    ...body,
    ...(followUps.length === 0 ? [] : ['Left to do by hand:', ...followUps.flat()]),
    ...(run.handoffIds ?? []).map((id) => `Sealed for the approver, to be opened once: entra-mcp reveal ${id}`),
  ];
}

function bodyLines(run: RunReport, level: Level): string[] {
  const { runId, status, waitingFor, blocked, startAt, steps, runs } = run;
  return [
    `Run ${runId}: ${titles[run.kind]} ${whoOf(run)}`,
    `Status: ${status}, ${tally((runs ?? steps).map((one) => one.status))}`,
    ...(waitingFor === undefined ? [] : [`Waits for: ${waitingFor}`]),
    ...(blocked === undefined ? [] : [`Sign-in blocked: ${blocked ? 'yes, as the tenant shows' : 'no'}`]),
    ...(startAt === undefined ? [] : [`Starts: ${startAt}`]),
    ...(runs === undefined
      ? steps.flatMap((step) => stepLines(step, level))
      : runs.map((one) => personLine(one, run, level))),
  ];
}

const titles: Readonly<Record<RunReport['kind'], string>> = {
  offboarding: 'offboarding of',
  onboarding: 'onboarding of',
  undo: 'taking back the offboarding of',
  offboardings: 'offboardings of',
};

function whoOf({ user, runs = [] }: RunReport): string {
  if (user === undefined) return `${runs.length} ${runs.length === 1 ? 'person' : 'people'}`;
  const name = user.userPrincipalName ?? user.id ?? 'unknown';
  return user.displayName == null ? name : `${user.displayName} (${name})`;
}

function stepLines({ name, status, message, fix, done, left = [] }: StepReport, level: Level): string[] {
  const said = [
    ...(done === undefined ? [] : [`${done} changed`]),
    ...(message === undefined ? [] : [message]),
    ...(fix === undefined ? [] : [`fix: ${fix}`]),
  ];
  const more = left.length - level.left;
  return [
    `${name}: ${wordOf(status)}${said.length === 0 ? '' : `, ${shortened(said.join('; '), level)}`}`,
    ...left
      .slice(0, level.left)
      .map((one) => `  not ${name}: ${one.name}: ${shortened(one.reason, { ...level, message: level.message / 2 })}`),
    ...(more > 0 ? [`  not ${name}: ${level.left === 0 ? '' : 'and '}${more} more`] : []),
  ];
}

type Person = NonNullable<RunReport['runs']>[number];

/** What all of them wait for stands above them. */
function personLine({ runId, user, status, message, blocked }: Person, run: RunReport, level: Level): string {
  const [summary = '', why] = message.split('; waits: ', 2);
  const isSaid = why === undefined || run.waitingFor?.includes(why) === true;
  const said = shortened(isSaid ? summary : message, level);
  const block = blocked === undefined ? '' : blocked ? ', sign-in blocked' : ', sign-in not blocked';
  return `${user}: ${wordOf(status)}${said === '' ? '' : `, ${said}`}${block} · run ${runId}`;
}

/** `3 completed, 1 failed`. */
function tally(statuses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${count} ${wordOf(status)}`).join(', ');
}

function wordOf(status: string): string {
  return status.replace('_', ' ');
}

/** What to do, and under it each command on a line of its own, to be copied. */
function followUpLines({ what, commands = [] }: FollowUp): string[] {
  return [`- ${what}`, ...commands.map((command) => `    ${command}`)];
}

/** As many whole ones as fit, and how many more there are. */
function cutTo(followUps: readonly (readonly string[])[], room: number): string[][] {
  let used = 100;
  const kept = followUps.filter((lines) => {
    used += sizeOf(lines);
    return used <= room;
  });
  return [...kept.map((lines) => [...lines]), [`- And ${followUps.length - kept.length} more: see structuredContent`]];
}

function shortened(text: string, { message }: { readonly message: number }): string {
  return text.length > message ? `${text.slice(0, message)}…` : text;
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}
