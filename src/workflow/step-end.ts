import { ToolError } from '../contract/index.ts';
import type { Kept, Work, WorkOutcome } from './step.ts';
import type { StepEnd, WorkEnd } from './step-record.ts';

type Verdict = Pick<StepEnd, 'status' | 'message' | 'fix'>;

/** A step that is left out as a whole. */
export function skippedEnd(message: string): StepEnd {
  return { status: 'skipped', message, done: [], kept: [] };
}

/** A step that is stopped since something privileged has come that the approver did not see. */
export function unseenEnd({ name }: Work, kept: readonly Kept[]): StepEnd {
  return {
    status: 'failed',
    message: `Something privileged has come that the approver did not see: ${name}`,
    fix: 'Call resume_run: it makes a new plan that shows it.',
    done: [],
    kept: [...kept],
  };
}

/** A step that said it was done, and for which the tenant shows work. */
export function contraryEnd(left: readonly Work[]): StepEnd {
  const count = left.length === 1 ? 'one thing' : `${left.length} things`;
  const names = left.slice(0, 5).map(({ name }) => name);
  return {
    status: 'failed',
    message: `CONFLICT: The tenant still shows ${count} to do: ${names.join(', ')}`,
    fix: 'Something may have changed it back, or Graph shows it late. Call resume_run in a few minutes.',
    done: [],
    kept: [],
  };
}

/** Begun before, and found so now: it was done, though its answer was never recorded. */
export function foundSo({ id, name }: Work): WorkEnd {
  return { id, name, ok: true, note: 'found done after an interruption' };
}

/** How a piece of work ended. */
export function workEndOf({ id, name }: Work, outcome: WorkOutcome | undefined): WorkEnd {
  if (outcome?.ok === true) {
    const { note, made } = outcome;
    return { id, name, ok: true, ...(note === undefined ? {} : { note }), ...(made === undefined ? {} : { made }) };
  }
  const { code, message, fix } = outcome?.error ?? faultOf(undefined);
  return { id, name, ok: false, code, message, fix };
}

/** How a step ended, from the ends of its work. */
export function verdictOf(ends: readonly WorkEnd[]): Verdict {
  const bad = ends.filter(({ ok }) => !ok);
  const [first] = bad;
  if (first === undefined) return { status: 'done' };
  if (bad.some(({ code }) => code === 'CANCELLED')) return { status: 'pending', message: 'Stopped in the middle' };
  const status = bad.some(({ code }) => code === 'OUTCOME_UNKNOWN') ? 'unknown' : 'failed';
  const count = ends.length === 1 ? '' : `${bad.length} of ${ends.length}: `;
  const message = `${count}${first.code}: ${first.message ?? ''}`;
  return { status, message, ...(first.fix === undefined ? {} : { fix: first.fix }) };
}

/** What a step that throws something else than a `ToolError` ends with. */
export function faultOf(cause: unknown): ToolError {
  return new ToolError('INTERNAL', {
    message: 'The step failed inside this server.',
    fix: 'The log names the fault. Call resume_run once it is mended.',
    cause,
  });
}
