/** What a policy asks for, from the loosest to the strictest. What no policy mentions is left to the settings. */
export const policyRules = ['without-approval', 'approval', 'step-up', 'deny'] as const;
export type PolicyRule = (typeof policyRules)[number];

/** A policy that had a say, as answers, approvers and the audit trail name it. */
export interface NamedPolicy {
  readonly id: string;
  /** The administrator's own words, of `@reason`. */
  readonly reason?: string;
}

/** What policies say of one object, or of a whole plan. */
export interface PolicyVerdict {
  /** `unmentioned`: no policy has a say, or not one that loosens for each object. */
  readonly rule: PolicyRule | 'unmentioned';
  /** Those that led to it. */
  readonly policies: readonly NamedPolicy[];
}

const order: Readonly<Record<PolicyVerdict['rule'], number>> = {
  'without-approval': 0,
  unmentioned: 1,
  approval: 2,
  'step-up': 3,
  deny: 4,
};

/** The strictest of what was said of each object: a plan is loosened only where each of its objects is. */
export function strictest(verdicts: readonly PolicyVerdict[]): PolicyVerdict {
  const [first, ...rest] = verdicts;
  if (first === undefined) return { rule: 'unmentioned', policies: [] };
  const { rule } = rest.reduce((worst, one) => (order[one.rule] > order[worst.rule] ? one : worst), first);
  const named = verdicts.filter((one) => one.rule === rule).flatMap(({ policies }) => policies);
  return { rule, policies: [...new Map(named.map((policy) => [policy.id, policy])).values()] };
}
