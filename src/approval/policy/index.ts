/** Policies in Cedar: they tighten approvals, or loosen them within limits. */
export { type PolicyPort, readPolicyFile } from './policy-file.ts';
export type { Policy, PolicyRemark } from './policy-set.ts';
export { policyActions } from './schema.ts';
