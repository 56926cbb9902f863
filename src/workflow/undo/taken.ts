import type { Work } from '../step.ts';
import { hasCertainlyFailed, type StepRecord } from '../step-record.ts';

/** One thing that an offboarding did, or may have done. */
export interface Taken {
  readonly step: string;
  readonly work: Work;
  /** What was noted when it was done. */
  readonly note: string | undefined;
}

/** Steps whose work is given first and then taken: where the second half failed, the first may stand. */
const inTwoHalves = ['ownerships', 'handover'];

/** Everything that the journal says was begun and did not certainly fail. */
export function takenOf(records: readonly StepRecord[]): readonly Taken[] {
  return records.flatMap((record) =>
    (record.past?.begun ?? [])
      .filter(({ id }) => inTwoHalves.includes(record.step) || !hasCertainlyFailed(record, id))
      .map((work) => ({ step: record.step, work, note: record.ends.find(({ id }) => id === work.id)?.note })),
  );
}

/** What one step of the offboarding did. */
export function takenBy(taken: readonly Taken[], step: string): readonly Taken[] {
  return taken.filter((one) => one.step === step);
}
