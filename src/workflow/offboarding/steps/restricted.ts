import { type GraphReader, path, ToolError } from '../../../contract/index.ts';
import type { WorkOutcome } from '../../step.ts';
import type { StepName } from '../facts.ts';
import { administrativeUnit } from '../graph-objects.ts';
import type { OffboardingStep } from './acting.ts';

/** Steps that change the account itself. */
const ofTheAccount: readonly StepName[] = [
  'block-sign-in',
  'revoke-sessions',
  'reset-password',
  'revoke-again',
  'auth-methods',
  'licenses',
  'delete',
];

/**
 * Only a role that is scoped to an administrative unit with restricted management lets an app change who is in it: a refusal
 * says so, with the name of the unit. [learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management]
 */
export function restricted(step: OffboardingStep): OffboardingStep {
  if (!ofTheAccount.includes(step.name)) return step;
  return {
    ...step,
    act: async (work, context) => {
      const outcomes = await step.act(work, context);
      const { isManagementRestricted, id } = context.subject.user;
      if (isManagementRestricted !== true || !outcomes.some(isRefused)) return outcomes;
      const units = await unitsOf(context.graph, id);
      return outcomes.map((outcome) =>
        isRefused(outcome) ? { ok: false, error: explained(outcome.error, units) } : outcome,
      );
    },
  };
}

type Failure = Extract<WorkOutcome, { readonly ok: false }>;

function isRefused(outcome: WorkOutcome): outcome is Failure {
  return !outcome.ok && outcome.error.code === 'NOT_PERMITTED';
}

/** Names of the units that restrict the account. What the step did counts whether or not they can be read. */
async function unitsOf(graph: GraphReader, id: string): Promise<readonly string[]> {
  const at = path`/users/${id}/memberOf/microsoft.graph.administrativeUnit`;
  try {
    const { items } = await graph.page(at, administrativeUnit);
    return items.flatMap(({ displayName, isMemberManagementRestricted }) =>
      isMemberManagementRestricted === true && displayName != null ? [displayName] : [],
    );
  } catch (error) {
    if (error instanceof ToolError) return [];
    throw error;
  }
}

function explained(error: ToolError, units: readonly string[]): ToolError {
  const named = units.length === 0 ? '' : ` (${units.join(', ')})`;
  const { message, requestId, detail } = error;
  return new ToolError('NOT_PERMITTED', {
    message,
    fix: `The account is in an administrative unit with restricted management${named}: give the app a directory role that is scoped to that unit, or have an administrator of it make the change. ${error.fix}`,
    ...(requestId === undefined ? {} : { requestId }),
    ...(detail === undefined ? {} : { detail }),
    cause: error,
  });
}
