import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Cedar } from './cedar.ts';
import type { Policy } from './policy-set.ts';
import { cedarRequests, type PolicyQuestion } from './request.ts';
import { type PolicyVerdict, strictest } from './rule.ts';
import type { TouchedObject } from './touched.ts';

/** What policies say of one object of a plan. */
export interface ObjectVerdict extends PolicyVerdict {
  /** Absent where the plan touches nothing that exists. */
  readonly object?: TouchedObject;
}

/** Answers questions by a set of policies that was checked before. */
export class Judge {
  readonly #cedar: Cedar;
  readonly #policies: ReadonlyMap<string, Policy>;
  /** Names under which Cedar keeps the schema, the set, and the set for objects whose groups cannot be read. */
  readonly #kept: { readonly schema: string; readonly whole: string; readonly blind: string };

  constructor(cedar: Cedar, policies: readonly Policy[], schema: string, version: string) {
    this.#cedar = cedar;
    this.#policies = new Map(policies.map((policy) => [policy.id, policy]));
    this.#kept = { schema: version, whole: `${version}:whole`, blind: `${version}:blind` };
    const whole = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
    const blind = Object.fromEntries(policies.flatMap((policy) => withoutGroups(policy)));
    keep(cedar.preparseSchema(this.#kept.schema, schema));
    keep(cedar.preparsePolicySet(this.#kept.whole, { staticPolicies: whole }));
    keep(cedar.preparsePolicySet(this.#kept.blind, { staticPolicies: blind }));
  }

  /** What they say of each object, and of all together. */
  verdictOn(question: PolicyQuestion): { readonly whole: PolicyVerdict; readonly objects: readonly ObjectVerdict[] } {
    const objects = cedarRequests(question).map(({ request, object }): ObjectVerdict => {
      const isBlind = object !== undefined && object.subject.groupIds === undefined;
      const answer = this.#cedar.statefulIsAuthorized({
        ...request,
        preparsedSchemaName: this.#kept.schema,
        validateRequest: true,
        preparsedPolicySetId: isBlind ? this.#kept.blind : this.#kept.whole,
      });
      if (answer.type === 'failure')
        throw new TypeError(`Cedar refused the question: ${answer.errors.map(({ message }) => message).join('; ')}`);
      const { decision, diagnostics } = answer.response;
      // A forbid that fails to be worked out may well be meant for this.
      const failed = diagnostics.errors.map(({ policyId }) => policyId).filter((id) => !this.#isPermit(id));
      const ids = failed.length > 0 && decision === 'allow' ? failed : [...diagnostics.reason, ...failed];
      return { ...strictest(ids.flatMap((id) => this.#said(id))), ...(object === undefined ? {} : { object }) };
    });
    return { whole: strictest(objects), objects };
  }

  #isPermit(id: string): boolean {
    return this.#policies.get(id)?.rule === 'without-approval';
  }

  #said(id: string): PolicyVerdict[] {
    const policy = this.#policies.get(id);
    if (policy === undefined) return [];
    const { rule, reason } = policy;
    return [{ rule, policies: [{ id, ...(reason === undefined ? {} : { reason }) }] }];
  }
}

function keep(answer: { readonly type: string }): void {
  if (answer.type !== 'success') throw new TypeError('Cedar does not take policies that it checked before');
}

/**
 * A policy for objects whose groups cannot be read. One that goes by groups cannot be trusted there: a permit is left out, a forbid
 * holds for every object that its action and principal fit.
 */
function withoutGroups({ id, text, json }: Policy): [string, string | PolicyJson][] {
  if (!goesByGroups(json)) return [[id, text]];
  if (json.effect === 'permit') return [];
  const { annotations: _, ...rest } = json;
  return [[id, { ...rest, resource: { op: 'All' }, conditions: [] }]];
}

/** True where `in` stands anywhere but in what is said of principal and action. */
function goesByGroups({ resource, conditions }: PolicyJson): boolean {
  return hasIn(resource) || hasIn(conditions);
}

function hasIn(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('op' in value && value.op === 'in') return true;
  return 'in' in value || Object.values(value).some(hasIn);
}
