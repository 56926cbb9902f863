import type { StepRecord } from '../journal.ts';
import type { Work } from '../step.ts';

/** One thing that an offboarding did, or may have done. */
export interface Taken {
  readonly step: string;
  readonly work: Work;
  /** What was noted when it was done. */
  readonly note: string | undefined;
}

/** Codes of failures after which the write may have taken effect all the same. */
const doubtful = ['OUTCOME_UNKNOWN', 'CANCELLED'];

/** Steps whose work is given first and then taken: where the second half failed, the first may stand. */
const inTwoHalves = ['ownerships', 'handover'];

/** Everything that the journal says was begun and did not certainly fail. */
export function takenOf(records: readonly StepRecord[]): readonly Taken[] {
  return records.flatMap(({ step, past, ends }) =>
    (past?.begun ?? []).flatMap((work): Taken[] => {
      const end = ends.find(({ id }) => id === work.id);
      const failed = end?.ok === false && !doubtful.includes(end.code ?? '') && !inTwoHalves.includes(step);
      return failed ? [] : [{ step, work, note: end?.note }];
    }),
  );
}

/** What one step of the offboarding did. */
export function takenBy(taken: readonly Taken[], step: string): readonly Taken[] {
  return taken.filter((one) => one.step === step);
}
