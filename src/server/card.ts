import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../approval/gate.ts';
import { type Clock, canonicalJson, type PlanView, ToolError } from '../contract/index.ts';

/** Where the nonce stands in an answer's `_meta`: hosts give that to the card, and never to a model. */
export const cardMetaKey = 'entra-mcp/card';

/**
 * The nonces of this process: one for each plan and caller, known to the card alone, used up by one decision. That a client
 * has it proves that it got the answer with the plan, no more: whether its word counts is the gate's to say.
 */
export class CardNonces {
  readonly #key: Uint8Array;
  readonly #clock: Clock;
  /** Ids of plans whose nonce was used, with the end of the plan. */
  readonly #used = new Map<string, number>();

  constructor(sealingKey: Uint8Array, clock: Clock) {
    this.#key = new Uint8Array(hkdfSync('sha256', sealingKey, '', 'entra-mcp card nonce', 32));
    this.#clock = clock;
  }

  /** The nonce for the card of a plan that waits. Every card of one plan has the same. */
  of(plan: PlanView, caller: Caller): string {
    const { requester, clientId, transport } = caller;
    const bound = canonicalJson([plan.tenant.id, plan.id, plan.expiresAt, requester, clientId, transport]);
    return createHmac('sha256', this.#key).update(bound).digest('base64url');
  }

  /** Uses a nonce up. @throws ToolError INPUT_INVALID for one that is missing, not of this plan and caller, used, or expired. */
  use(nonce: string | undefined, plan: PlanView, caller: Caller): void {
    const now = this.#clock.now();
    for (const [id, until] of this.#used) if (until <= now) this.#used.delete(id);
    const until = Date.parse(plan.expiresAt);
    const isKnown = nonce !== undefined && areEqual(nonce, this.of(plan, caller));
    if (!isKnown || !(until > now) || this.#used.has(plan.id)) throw notOfCard();
    this.#used.set(plan.id, until);
  }
}

/** Takes as long whatever the two have in common. */
function areEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function notOfCard(): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: 'This is not the nonce of an open card of this plan. Nothing was decided or changed.',
    fix: 'Only a person who clicks on the card decides with this tool. Show them plan.approve of the plan instead: get_plan has it.',
    detail: { fields: [{ field: 'nonce', problem: 'is not that of an open card of this plan' }] },
  });
}
