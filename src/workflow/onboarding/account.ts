import type { StepRecord } from '../step-record.ts';

/** Our clock and Graph's may differ by this much. */
const skewMs = 5 * 60 * 1000;

/** The account that a run makes, as far as this run knows of it: from its journal, and from what it does now. */
export class Account {
  #id: string | undefined;
  #begunAt: number | undefined;
  #isTakenBack: boolean;
  readonly #isGoingBack: boolean;
  readonly #hasPass: boolean;

  constructor(records: readonly StepRecord[] = []) {
    const made = records.find(({ step }) => step === 'create-user');
    this.#id = made?.ends.find((end) => end.made !== undefined)?.made;
    this.#begunAt = made?.begunAt;
    this.#isTakenBack = isDone(records, 'roll-back');
    this.#isGoingBack = records.some(({ step, past }) => step === 'roll-back' && past !== undefined);
    this.#hasPass = isDone(records, 'temporary-access-pass');
  }

  /** Its object id; undefined while nothing shows that it was made. */
  get id(): string | undefined {
    return this.#id;
  }

  /** True once its creation may have been sent. */
  get isBegun(): boolean {
    return this.#begunAt !== undefined;
  }

  /** True once the run has deleted it again. */
  get isTakenBack(): boolean {
    return this.#isTakenBack;
  }

  /** True where an earlier attempt of this run began to delete it again. */
  get isGoingBack(): boolean {
    return this.#isGoingBack;
  }

  /** True where an earlier attempt of this run has made its Temporary Access Pass, and recorded that. */
  get hasPass(): boolean {
    return this.#hasPass;
  }

  begin(now: number): void {
    this.#begunAt ??= now;
  }

  found(id: string): void {
    this.#id = id;
  }

  takenBack(): void {
    this.#isTakenBack = true;
  }

  /** True for an account that has the name and was made after the run began to make it: nobody had the name before. */
  isOurs({ createdDateTime }: { readonly createdDateTime?: string | null | undefined }): boolean {
    if (this.#begunAt === undefined || createdDateTime == null) return false;
    // Graph tells whole seconds.
    return Date.parse(createdDateTime) >= this.#begunAt - skewMs;
  }
}

function isDone(records: readonly StepRecord[], step: string): boolean {
  return records.find((record) => record.step === step)?.end?.status === 'done';
}
