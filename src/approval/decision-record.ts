import { expired, notByClient } from './answers.ts';
import { appendAudit } from './audit.ts';
import { sha256 } from './canonical.ts';
import { coveringPlan } from './continuing.ts';
import type { Decision } from './decisions.ts';
import type { Caller } from './gate.ts';
import type { GateParts } from './parts.ts';
import { bindingOf } from './plan-row.ts';
import type { Drafted } from './planning.ts';
import { expireIfDue, findPlan, movePlan, type PlanRow } from './plans.ts';
import { provenDecision } from './proven.ts';

interface Decided {
  readonly decision: Decision;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly isSigned: boolean;
}

/** What humans have decided about plans: signed, as everybody can prove, or told by a client, for this process alone. */
export class DecisionRecord {
  readonly #parts: GateParts;
  /** Plans approved through the client: plan id → hash of what was approved. */
  readonly #asserted = new Map<string, string>();
  /** Plans that policies let pass, as above. */
  readonly #byPolicy = new Map<string, string>();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** What a human decided, as far as it can be proven; the client's word only where it counts. */
  async on(row: PlanRow, clientCounts = true): Promise<Decision | undefined> {
    return (await this.#decided(row, clientCounts))?.decision;
  }

  /** Whether a person signed for a plan: more than the word of a client. */
  async isSigned(row: PlanRow): Promise<boolean> {
    const decided = await this.#decided(row);
    return decided?.decision === 'approve' && decided.isSigned;
  }

  /** The earlier plan whose approval covers this one too. */
  covering(drafted: Drafted, { requester }: Caller): Promise<PlanRow | undefined> {
    return coveringPlan(this.#parts, drafted, requester, async (row) => {
      const decided = await this.#decided(row);
      return decided?.decision === 'approve' ? decided.at : undefined;
    });
  }

  /** Whether the client may be asked about a kept plan: as it was when it was made, and as the settings are now. */
  mayAsk(row: PlanRow): boolean {
    return row.may_elicit === 1 && this.#parts.settings.trustElicitation !== 'false';
  }

  /** Keeps what the client says a human decided. @throws ToolError APPROVAL_UNAVAILABLE where its word does not count. */
  async decideByClient(planId: string, decision: Decision, caller: Caller, through?: 'card'): Promise<void> {
    const { store, tenant, clock } = this.#parts;
    const stored = await findPlan(store, tenant.id, planId, caller.requester);
    const row = await expireIfDue(store, stored, clock.now());
    if (row.state === 'expired') throw expired();
    // `approved` too: a row that nobody signed for is not approved, whatever it says.
    if (row.state !== 'pending' && row.state !== 'approved') return;
    if (!this.mayAsk(row)) throw notByClient();
    const body = {
      decision,
      by: 'asserted by client',
      clientId: caller.clientId,
      ...(through === undefined ? {} : { through }),
    };
    await store.transaction().execute(async (tx) => {
      await appendAudit(tx, { tenantId: row.tenant_id, at: clock.now(), kind: 'decision', planId, body });
      if (decision === 'deny') await movePlan(tx, row, ['pending', 'approved'], 'denied', { decided_at: clock.now() });
    });
    if (decision === 'approve') this.#asserted.set(planId, sha256(bindingOf(this.#parts, row)));
  }

  /** Policies let a plan pass: good in this process alone, and for this plan alone. */
  decideByPolicy(row: PlanRow): void {
    this.#byPolicy.set(row.id, sha256(bindingOf(this.#parts, row)));
  }

  /** True where policies let exactly this plan pass, in this process. */
  isByPolicy(row: PlanRow): boolean {
    return this.#byPolicy.get(row.id) === sha256(bindingOf(this.#parts, row));
  }

  /** What policies said of a plan counts no more. */
  forgetPolicy(planId: string): void {
    this.#byPolicy.delete(planId);
  }

  /** What was said of a plan in this process alone counts no more, now that it is stale. */
  forget(planId: string): void {
    this.#asserted.delete(planId);
    this.forgetPolicy(planId);
  }

  /** The decision with its time; the client's word has that of the plan. */
  async #decided(row: PlanRow, clientCounts = true): Promise<Decided | undefined> {
    const { tenant, store, approver } = this.#parts;
    const binding = bindingOf(this.#parts, row);
    const proven = await provenDecision(store, { tenantId: tenant.id, planId: row.id, binding }, approver);
    if (proven?.decision !== undefined) return { decision: proven.decision, at: proven.at, isSigned: true };
    const isAsserted = clientCounts && this.#asserted.get(row.id) === sha256(binding);
    return isAsserted ? { decision: 'approve', at: row.created_at, isSigned: false } : undefined;
  }
}
