import type { Observation } from '../contract/index.ts';
import type { RunFacts, StepPlan } from './definition.ts';
import type { Kept, Todo, Work } from './step.ts';
import type { StepRecord } from './step-record.ts';

/** The lists that a plan shows: what each chosen step finds to do, and what it leaves alone. */
export function observed<Subject, Facts extends RunFacts>(
  { steps }: Pick<StepPlan<Subject, Facts>, 'steps'>,
  subject: Subject,
  facts: Facts,
  { of, records = [] }: { readonly of?: string; readonly records?: readonly StepRecord[] } = {},
): Observation[] {
  return steps
    .filter((step) => step.lists && facts.steps.includes(step.name))
    .flatMap((step) => {
      const past = records.find((record) => record.step === step.name)?.past;
      const { work, kept = [] } = step.todo(subject, facts, past);
      if (work.length + kept.length === 0) return [];
      const items = [...work.map(itemOf), ...kept.map(({ id, name, reason }) => ({ id, name, kept: reason }))];
      return [{ name: step.name, ...(of === undefined ? {} : { of }), title: step.title, all: true, items }];
    });
}

function itemOf({ id, name, privileged, kind }: Work): Observation['items'][number] {
  return { id, name, ...(privileged === true ? { privileged } : {}), ...(kind === undefined ? {} : { kind }) };
}

/** What the plan's approval covers of a step's work, and what it does not. */
export interface Covered {
  readonly work: readonly Work[];
  readonly kept: readonly Kept[];
  /** A privileged item that the approver did not see: stops the step. */
  readonly unseen: Work | undefined;
}

/** Holds what is left to do against the lists that the approval covers: what is on none of them is left alone. */
export function covered(
  todo: Todo,
  step: { readonly name: string; readonly lists: boolean },
  lists: readonly Observation[],
  of: string | undefined,
): Covered {
  const { work, kept = [] } = todo;
  if (!step.lists) return { work, kept, unseen: undefined };
  const list = lists.find((one) => one.name === step.name && one.of === of);
  const items = new Map((list?.items ?? []).map((item) => [item.id, item]));
  const isCovered = (one: Work) => {
    const item = items.get(one.id);
    return item !== undefined && item.kept === undefined;
  };
  const left = work.filter((one) => !isCovered(one));
  return {
    work: work.filter(isCovered),
    kept: [...kept, ...left.map(({ id, name }) => ({ id, name, reason: items.get(id)?.kept ?? notInPlan }))],
    unseen: left.find(({ privileged }) => privileged === true),
  };
}

const notInPlan = 'It is not in the plan that was approved';
