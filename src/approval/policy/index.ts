/** Policies in Cedar: they tighten approvals, or loosen them within limits. */
export { loadCedar } from './cedar.ts';
export { type PolicyFile, type PolicyPort, readPolicyFile } from './policy-file.ts';
export type { Policy, PolicyRemark } from './policy-set.ts';
export { policyActions, policySchema } from './schema.ts';
