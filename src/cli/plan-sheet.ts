import { type Observation, type PlanView, riskMeanings, targetWords } from '../contract/index.ts';
import { timeLeft, utc } from './moments.ts';
import type { Ink, Screen } from './screen/screen.ts';

/** Draws a plan in full, as an approver has to judge it: the server's own words, and the agent's apart. */
export function drawPlan(plan: PlanView, screen: Screen, now: number): void {
  screen.line({ text: 'Plan ', ink: 'dim' }, { text: plan.id, ink: 'dim' });
  screen.line();
  screen.paragraph(plan.summary, { first: '  ', ink: 'bold' });
  screen.line();
  screen.table([{ title: '', ink: 'dim' }, { title: '' }], factsOf(plan, now), '  ');
  for (const target of plan.targets ?? []) drawTarget(target, screen);
  for (const list of plan.observations ?? []) drawObservation(list, screen);
  drawChanges(plan.changes ?? [], screen);
  drawList('What follows from it', plan.effects, screen, { bullet: '- ' });
  drawList('Warnings', plan.warnings, screen, { bullet: '! ', ink: 'yellow' });
  if (plan.reason !== undefined) {
    screen.line();
    screen.paragraph(`The agent says: ${JSON.stringify(plan.reason)}`, { first: '  │ ', ink: 'dim' });
  }
  screen.line();
}

function factsOf(plan: PlanView, now: number): string[][] {
  const { tenant } = plan;
  const name = tenant.name === undefined ? tenant.id : `${tenant.name}, ${tenant.id}`;
  return [
    ['Tool', plan.tool],
    ...plan.risk.map((risk, i) => [i === 0 ? 'Risk' : '', `${risk}: ${riskMeanings[risk]}`]),
    ['Undo', plan.undo ?? 'nothing takes it back'],
    ['Tenant', `${name} (${tenant.cloud} cloud)`],
    ...(tenant.hosts ?? []).map((host) => ['Host', `${host}, which is outside the known clouds`]),
    ['Asked by', plan.requester],
    ['Time left', `${timeLeft(Date.parse(plan.expiresAt), now)}, until ${utc(plan.expiresAt)}`],
  ];
}

/** The longest of the usual names, so that one target stands in line with the next. */
const nameRoom = 'onPremisesSyncEnabled'.length;

function drawTarget(target: Readonly<Record<string, unknown>>, screen: Screen): void {
  const { kind, name, touch, facts } = targetWords(target);
  drawTitle(`${kind} ${name}: ${touch}`, screen);
  for (const [key, value, isGrave] of facts) {
    const columns = [
      { title: '', ink: 'dim' as const },
      isGrave ? { title: '', ink: 'yellow' as const } : { title: '' },
    ];
    screen.table(columns, [[key.padEnd(nameRoom), value]], '    ');
  }
}

/** Every name: it is what the approver says yes to. */
function drawObservation({ name, of, title, items, more = 0 }: Observation, screen: Screen): void {
  const taken = items.filter(({ kept }) => kept === undefined);
  const kept = items.filter((item) => item.kept !== undefined);
  const whose = of === undefined ? name : `${of}, ${name}`;
  drawTitle(`${title} (${taken.length + more}) [${whose}]`, screen);
  for (const item of taken) {
    const ink = item.privileged === true ? ({ ink: 'yellow' } as const) : {};
    screen.paragraph(item.privileged === true ? `${item.name}, which is privileged` : item.name, {
      first: '    - ',
      rest: '      ',
      ...ink,
    });
  }
  if (more > 0) screen.paragraph(`and ${more} more of the kind, none of them privileged`, { first: '    - ' });
  for (const item of kept)
    screen.paragraph(`${item.name} is left alone: ${item.kept}`, { first: '    · ', rest: '      ', ink: 'dim' });
}

function drawChanges(changes: NonNullable<PlanView['changes']>, screen: Screen): void {
  if (changes.length === 0) return;
  drawTitle('Changes', screen);
  const rows = changes.map(({ property, before, after }) => [
    property,
    before ?? '(not set)',
    '→',
    after ?? '(not set)',
  ]);
  screen.table([{ title: '' }, { title: '' }, { title: '' }, { title: '', ink: 'bold' }], rows, '    ');
}

function drawList(
  title: string,
  items: readonly string[],
  screen: Screen,
  { bullet, ink }: { bullet: string; ink?: Ink },
): void {
  if (items.length === 0) return;
  drawTitle(title, screen);
  for (const item of items) {
    screen.paragraph(item, { first: `    ${bullet}`, rest: '      ', ...(ink === undefined ? {} : { ink }) });
  }
}

function drawTitle(title: string, screen: Screen): void {
  screen.line();
  screen.paragraph(title, { first: '  ', ink: 'cyan' });
}
