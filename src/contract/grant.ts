/** What was sent and what came back, told to whoever keeps the record. */
export interface WriteWitness {
  /** Called, and awaited, before the request leaves: what is not recorded is not sent. */
  sending(write: { method: string; template: string; url: string; clientRequestId: string }): void | Promise<void>;
  /** Called once the outcome is known; `status` is undefined when the answer was lost. */
  answered(outcome: { clientRequestId: string; status?: number; requestId?: string }): void | Promise<void>;
}

/** What a grant covers. */
export interface GrantTerms {
  readonly planId: string;
  readonly tool: string;
  /** Allowed requests as `METHOD template`: `PATCH /users/{}`. */
  readonly writes: ReadonlySet<string>;
  /** Object ids that may stand in such a path, or be referred to in a body. */
  readonly ids: ReadonlySet<string>;
  readonly witness: WriteWitness;
}

/**
 * The permission to change the tenant, for one plan. Every request that is not a read must carry one, and it must
 * cover the request. Only the gate (src/approval) may call `issue`; test/architecture.test.ts holds it to that.
 */
export class Grant {
  readonly terms: GrantTerms;
  readonly #issued = true;
  readonly #created = new Set<string>();
  #revoked = false;

  private constructor(terms: GrantTerms) {
    this.terms = Object.freeze({ ...terms });
  }

  static issue(terms: GrantTerms): Grant {
    return new Grant(terms);
  }

  /** True for a grant that was issued and not yet revoked; a look-alike object is refused. */
  static isInForce(value: unknown): value is Grant {
    return typeof value === 'object' && value !== null && #issued in value && !(value as Grant).#revoked;
  }

  /** Ids of objects that were created under it: covered from then on, though nobody could name them in the plan. */
  get created(): ReadonlySet<string> {
    return this.#created;
  }

  /** Covers what a creation under this grant made. Only src/graph may call it; test/architecture.test.ts holds it to that. */
  cover(createdId: string): void {
    this.#created.add(createdId);
  }

  /** Ends the grant: called when the plan's run is over, so that a writer kept by mistake is useless. */
  revoke(): void {
    this.#revoked = true;
  }
}
