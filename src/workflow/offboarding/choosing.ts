import { type OffboardingRequest, offboardingStepNames, ToolError } from '../../contract/index.ts';
import type { StepName } from './facts.ts';

type Choice = Pick<OffboardingRequest, 'preset' | 'steps' | 'skip' | 'delete'>;

const blockOnly: readonly StepName[] = ['block-sign-in', 'revoke-sessions'];

/** True for steps that block sign-in or end sessions, and nothing else. */
export function isContainment(steps: readonly StepName[]): boolean {
  return steps.every((name) => blockOnly.includes(name) || name === 'revoke-again');
}

/** The steps that a request asks for, in their order. @throws ToolError INPUT_INVALID. */
export function chosenSteps({ preset = 'standard', steps, skip = [], delete: isDeleted = false }: Choice): StepName[] {
  if (steps?.length === 0) throw nothingChosen();
  if (steps?.includes('delete') === true && !isDeleted) {
    throw new ToolError('INPUT_INVALID', {
      message: 'The step delete is named, and delete is not true.',
      fix: 'Call again with delete: true to delete the account at the end, or leave the step out.',
      detail: { fields: [{ field: 'delete', problem: 'is not true' }] },
    });
  }
  const isChosen = (name: StepName) => {
    if (skip.includes(name)) return false;
    if (name === 'delete') return isDeleted;
    if (steps !== undefined) return steps.includes(name);
    return preset !== 'block-only' || blockOnly.includes(name);
  };
  const chosen = offboardingStepNames.filter(isChosen);
  if (chosen.length === 0) throw nothingChosen();
  return chosen;
}

/** True where the run waits before the licenses until it is known what became of the mailbox. */
export function isWaiting({ preset = 'standard', steps }: Choice): boolean {
  return preset === 'standard' && steps === undefined;
}

function nothingChosen(): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: 'No step is left to do.',
    fix: 'Name steps, or leave fewer out in skip.',
  });
}
