import { missingFrom } from '../../contract/index.ts';
import type { OffboardingFacts } from './facts.ts';
import type { Leaver } from './leaver.ts';
import type { OffboardingStep } from './steps/acting.ts';

/**
 * The chosen steps that have something to do, and of which this server may do nothing; and those that make no sense without
 * one of them. Each with the reason. Undefined where there are none, or what is granted is not known.
 */
export function lackingOf(
  steps: readonly OffboardingStep[],
  leaver: Leaver,
  facts: OffboardingFacts,
  granted: readonly string[] | undefined,
): OffboardingFacts['lacking'] {
  if (granted === undefined) return undefined;
  const lacking: NonNullable<OffboardingFacts['lacking']> = {};
  for (const step of steps.filter(({ name }) => facts.steps.includes(name))) {
    const reason = whyLacking(step, leaver, facts, granted) ?? whyWithout(step, facts, Object.keys(lacking));
    if (reason !== undefined) lacking[step.name] = reason;
  }
  return Object.keys(lacking).length === 0 ? undefined : lacking;
}

function whyLacking(
  step: OffboardingStep,
  leaver: Leaver,
  facts: OffboardingFacts,
  granted: readonly string[],
): string | undefined {
  const { work, skip } = step.todo(leaver, facts, undefined);
  if (work.length === 0 || skip !== undefined) return undefined;
  const needed = work.map((one) => step.needs(one));
  const isPermitted = (any: readonly string[]) => missingFrom(granted, any).length < any.length;
  if (needed.some(isPermitted)) return undefined;
  const least = new Set(needed.flatMap(([first]) => first ?? []));
  return `This server lacks ${[...least].join(' and ')}: grant it with admin consent, and plan anew`;
}

function whyWithout({ after = [], ...step }: OffboardingStep, facts: OffboardingFacts, lacking: readonly string[]) {
  const missing = [...after, step.afterWork?.(facts)?.step].find(
    (name) => name !== undefined && lacking.includes(name),
  );
  return missing === undefined ? undefined : `${missing} is left out before it`;
}
