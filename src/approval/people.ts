import type { Json, PlanDraft, Risk } from '../contract/index.ts';

/** What limits are told of a plan. */
export interface Headcount {
  /** `containment`: blocks sign-in or ends sessions and nothing else. `none`: a mere write, which no limit counts. */
  readonly kind: 'access' | 'containment' | 'none';
  /** Object ids in lower case, each once. Empty where nobody is named: a new account, a group. That counts as one. */
  readonly people: readonly string[];
}

/** More people than this in one plan are a step-up. */
export const mostWithoutStepUp = 10;

/** Whom a plan gives something or takes something from. A successor, or a group on the way, is not counted beside them. */
export function headcountOf(draft: PlanDraft<Json>, risk: readonly Risk[]): Headcount {
  const persons = draft.targets.filter(({ kind }) => kind !== 'group');
  const touched = persons.filter(({ touch }) => touch !== 'change').map(({ id }) => id);
  const named = [...touched, ...(draft.people ?? [])];
  const ids = named.length > 0 ? named : persons.map(({ id }) => id);
  const people = [...new Set(ids.map((id) => id.toLowerCase()))];
  if (risk.every((member) => member === 'write')) return { kind: 'none', people };
  return { kind: draft.containment === true ? 'containment' : 'access', people };
}

/** True where a plan is about so many that only the page or a terminal may approve it. */
export function isCrowd({ kind, people }: Headcount): boolean {
  return kind !== 'none' && people.length > mostWithoutStepUp;
}
