/** What all else agrees on. Tools import this and zod, nothing else. */
export * from './applied.ts';
export * from './approver-sign-in.ts';
export * from './canonical.ts';
export * from './delta-link.ts';
export * from './directory.ts';
export * from './directory-objects.ts';
export * from './dynamic-rules.ts';
export * from './error.ts';
export * from './explanation.ts';
export * from './grant.ts';
export * from './graph.ts';
export * from './inputs.ts';
export * from './licenses.ts';
export * from './lookalikes.ts';
export * from './nearest.ts';
export {
  allOf,
  Guid,
  isGuid,
  isODataFilter,
  type ODataFilter,
  odata,
  searchClause,
} from './odata.ts';
export { GraphPath, path } from './path.ts';
export { missingFrom } from './permission-table.ts';
export * from './plan.ts';
export * from './plan-words.ts';
export * from './ports.ts';
export * from './principal-name.ts';
export * from './references.ts';
export { pauseAskedFor } from './retry-after.ts';
export * from './risk.ts';
export * from './run.ts';
export * from './text.ts';
export * from './tool.ts';
export * from './user-profile.ts';
export * from './workflow.ts';
