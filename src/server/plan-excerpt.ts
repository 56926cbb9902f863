import { type Observation, type PlanView, planView } from '../contract/index.ts';
import { answerLimit } from './lists.ts';
import { levels } from './plan-rendering.ts';

type Target = NonNullable<PlanView['targets']>[number];

/** What is told even of a target that there is no room for: who it is, and what makes it grave. */
const told = ['kind', 'id', 'userPrincipalName', 'privileged', 'privilegedBecause', 'lookalikes'];

/**
 * A plan as the data of an answer, in which it fits: hosts hand data to models as they do text. A plan that a client may
 * decide is never cut, since its approver may see nothing else; page and terminal show the plan that is kept.
 */
export function planExcerpt(plan: PlanView): PlanView {
  if (!plan.stepUp || fits(plan)) return plan;
  let cut = plan;
  for (const { targets, names } of levels) {
    const lists = plan.observations ?? [];
    cut = {
      ...plan,
      targets: plan.targets?.map((target, i) => (i < targets ? target : shortTarget(target))),
      observations: names === 0 ? countedLists(lists) : lists.map((list) => shortList(list, names)),
      shortened: 'Names, and facts about people, are left out of this answer: page and terminal show all of them.',
    };
    if (fits(cut)) break;
  }
  return cut;
}

/** The same for data that may hold a plan under `plan`. */
export function withPlanExcerpt(data: Record<string, unknown>): Record<string, unknown> {
  const plan = planView.safeParse(data['plan']).data;
  return plan === undefined ? data : { ...data, plan: planExcerpt(plan) };
}

function fits(plan: PlanView): boolean {
  return Buffer.byteLength(JSON.stringify(plan)) <= answerLimit;
}

function shortTarget(target: Target): Target {
  const keys = 'userPrincipalName' in target ? told : ['name', ...told];
  return Object.fromEntries(keys.filter((key) => key in target).map((key) => [key, target[key]]));
}

/** Names as far as they go. What gives power is named, however few names there is room for. */
function shortList(list: Observation, most: number): Observation {
  const taken = list.items.filter(({ kept }) => kept === undefined);
  const powerful = taken.filter(({ privileged }) => privileged === true);
  const others = taken.filter(({ privileged }) => privileged !== true).slice(0, Math.max(0, most - powerful.length));
  const kept = list.items.filter((item) => item.kept !== undefined).slice(0, most);
  const more = (list.more ?? 0) + taken.length - powerful.length - others.length;
  return { ...list, items: [...powerful, ...others, ...kept], ...(more === 0 ? {} : { more }) };
}

/** One list of each kind for all people: how many there are of it, and by name whatever gives power, and whose it is. */
function countedLists(lists: readonly Observation[]): Observation[] {
  const kinds = new Map<string, Observation>();
  for (const list of lists) {
    const { name, of, title, all, items, more = 0 } = shortList(list, 0);
    const known = kinds.get(JSON.stringify([name, title]));
    kinds.set(JSON.stringify([name, title]), {
      ...{ name, title, all: all && known?.all !== false, more: more + (known?.more ?? 0) },
      items: [
        ...(known?.items ?? []),
        ...items.map((item) => (of === undefined ? item : { ...item, name: `${of}: ${item.name}` })),
      ],
    });
  }
  return [...kinds.values()];
}
