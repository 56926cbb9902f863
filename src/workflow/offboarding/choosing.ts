import { type OffboardingRequest, offboardingStepNames, ToolError } from '../../contract/index.ts';
import type { StepName } from './facts.ts';

type Choice = Pick<OffboardingRequest, 'preset' | 'steps' | 'skip' | 'delete'>;

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
    return preset !== 'block-only' || name === 'block-sign-in' || name === 'revoke-sessions';
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
