import { type Observation, type PlanView, visibleDeep } from '../contract/index.ts';
import { answerLimit } from './lists.ts';

/** How many targets are told of in full, and names of each list; the first of these with which the plan fits into an answer are. */
export const levels = [
  { targets: 20, names: 30 },
  { targets: 20, names: 10 },
  { targets: 20, names: 3 },
  { targets: 20, names: 0 },
  { targets: 0, names: 0 },
] as const;
type Level = (typeof levels)[number];
/** Bytes for what stands beside the plan in an answer: markers, the result, our own words. */
const frame = 4 * 1024;

/** What a plan says, a line each, for a person who decides. Every name in it is made visible. */
export function planLines(given: PlanView): string[] {
  const plan: PlanView = visibleDeep(given);
  const fits = (lines: readonly string[]) => Buffer.byteLength(lines.join('\n')) <= answerLimit - frame;
  const all = levels.map((level) => () => linesOf(plan, level));
  const fitting = all.find((lines) => fits(lines())) ?? all.at(-1);
  return fitting?.() ?? [];
}

function linesOf(plan: PlanView, { targets, names }: Level): string[] {
  const lists = plan.observations ?? [];
  return [
    `Plan: ${plan.summary}`,
    ...targetLines(plan.targets ?? [], targets),
    ...(names === 0 ? countLines(lists) : observationLines(lists, names)),
    ...plan.effects.map((effect) => `Effect: ${effect}`),
    ...plan.warnings.map((warning) => `Warning: ${warning}`),
    ...(plan.changes ?? []).map(
      ({ property, before, after }) => `Change: ${property}: ${before ?? '(not set)'} → ${after ?? '(not set)'}`,
    ),
    `Undo: ${plan.undo ?? 'cannot be taken back'}`,
    `Risk: ${plan.risk.join(', ')}`,
    `Tenant: ${tenantText(plan.tenant)}, ${plan.tenant.cloud} cloud`,
    ...(plan.tenant.hosts ?? []).map((host) => `Outside the known clouds: ${host}`),
    ...(plan.reason === undefined ? [] : [`The agent says: ${JSON.stringify(plan.reason)}`]),
  ];
}

/** What is taken away, with names as far as they go, and what stays with its reason. */
function observationLines(lists: readonly Observation[], most: number): string[] {
  return lists.flatMap(({ name, of, title, items, more = 0 }) => {
    const taken = items.filter(({ kept }) => kept === undefined);
    const kept = items.filter((item) => item.kept !== undefined);
    // What gives power is named, however few names there is room for.
    const powerful = taken.filter(({ privileged }) => privileged === true);
    const shown = [...powerful, ...taken.filter((item) => item.privileged !== true)].slice(
      0,
      Math.max(most, powerful.length),
    );
    const names = shown.map((item) => (item.privileged ? `${item.name} (privileged)` : item.name));
    const rest = taken.length - names.length + more;
    const whose = of === undefined ? name : `${of}, ${name}`;
    return [
      ...(taken.length + more === 0
        ? []
        : [`${title} [${whose}], ${taken.length + more}: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`]),
      ...kept.slice(0, most).map((item) => `Left alone [${whose}]: ${item.name}: ${item.kept}`),
      ...(kept.length > most ? [`Left alone [${whose}]: and ${kept.length - most} more`] : []),
    ];
  });
}

/** The same where there is no room for names: a line for each person with how much of what, and whatever gives power. */
function countLines(lists: readonly Observation[]): string[] {
  const titles = new Map(lists.map(({ name, title }) => [name, title]));
  const byPerson = Map.groupBy(lists, ({ of }) => of ?? 'all');
  return [
    ...[...titles].map(([name, title]) => `List ${name}: ${title}`),
    ...[...byPerson].map(([of, theirs]) => `${of}: ${theirs.map(countOf).join(', ')}`),
    'Names: where a person approves.',
  ];
}

function countOf({ name, items, more = 0 }: Observation): string {
  const taken = items.filter(({ kept }) => kept === undefined);
  const powerful = taken.filter(({ privileged }) => privileged === true).map((item) => `privileged: ${item.name}`);
  const alone = items.length - taken.length;
  const beside = [...powerful, ...(alone === 0 ? [] : [`${alone} left alone`])];
  return `${name} ${taken.length + more}${beside.length === 0 ? '' : ` (${beside.join(', ')})`}`;
}

/** Who is touched, as the server read them: what an approver judges by. */
function targetLines(targets: readonly Readonly<Record<string, unknown>>[], most: number): string[] {
  const lines = targets.slice(0, most).map((target) => {
    const facts = Object.entries(target).filter(([, value]) => value !== null && value !== undefined);
    return `Target: ${facts.map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' · ')}`;
  });
  const more = targets.slice(most);
  return more.length === 0
    ? lines
    : [
        ...lines,
        `Target: ${most === 0 ? more.length : `and ${more.length} more`}: ${more.map(nameOfTarget).join(', ')}`,
      ];
}

function nameOfTarget(target: Readonly<Record<string, unknown>>): string {
  return String(target['userPrincipalName'] ?? target['displayName'] ?? target['id']);
}

/** A tenant's name with its id. */
export function tenantText(tenant: { readonly id: string; readonly name?: string | undefined }): string {
  return tenant.name === undefined ? tenant.id : `${tenant.name} (${tenant.id})`;
}
