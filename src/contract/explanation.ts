import { ToolError } from './error.ts';

/** What the app needs before Graph lets it make a change. */
export interface Requirement {
  /** Permissions, as Graph names them. */
  readonly permissions: readonly string[];
  /** Permissions that only some cases need, each with its case: `for role-assignable groups`. */
  readonly sometimes?: Readonly<Record<string, string>>;
  /** The directory role that the app itself needs whoever the target is. */
  readonly role?: string;
  /** True where targets that hold an admin role ask for a higher role of the app. */
  readonly guardsAdmins?: boolean;
}

/**
 * For `catch` behind a write: where Graph answered 403, the error's `fix` names the permission and the directory role
 * that the app lacks. Any other error passes as it is.
 *
 * Sensitive actions on accounts that hold an admin role, or are in or own a role-assignable group, need a directory
 * role of the app, whatever its permissions. [learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions]
 */
export function explainRefusal(requirement: Requirement): (error: unknown) => never {
  return (error) => {
    throw error instanceof ToolError && error.code === 'NOT_PERMITTED' ? explained(error, requirement) : error;
  };
}

function explained(error: ToolError, { permissions, sometimes = {}, role, guardsAdmins }: Requirement): ToolError {
  const roles = [...(role === undefined ? [] : [role]), ...(guardsAdmins === true ? [highRole] : [])];
  return new ToolError('NOT_PERMITTED', {
    message: 'Graph refused the change: the app of this server lacks a permission or a directory role.',
    fix: [
      `Grant it ${permissions.join(' and ')} with admin consent.`,
      ...Object.entries(sometimes).map(([permission, when]) => `It also needs ${permission} ${when}.`),
      ...(role === undefined ? [] : [`It also needs at least the directory role ${role}.`]),
      ...(guardsAdmins === true ? [adminsNeed] : []),
    ].join(' '),
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
    detail: {
      ...error.detail,
      permissions: [...permissions, ...Object.keys(sometimes)],
      ...(roles.length === 0 ? {} : { directoryRoles: roles }),
    },
    cause: error,
  });
}

const highRole = 'Privileged Authentication Administrator';
const adminsNeed =
  `If the account holds an admin role, or is in or owns a role-assignable group, the app also needs the directory role ${highRole}; ` +
  'User Administrator is enough for accounts with light roles. An administrator can make the change instead.';

/** What to do when nobody can tell whether a write happened. */
interface Unknown {
  readonly message: string;
  readonly fix: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** For `catch` behind a write that is sent once: says of a lost answer what to look for. Any other error passes as it is. */
export function explainUnknown({ message, fix, detail }: Unknown): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ToolError) || error.code !== 'OUTCOME_UNKNOWN') throw error;
    throw new ToolError('OUTCOME_UNKNOWN', {
      message,
      fix,
      ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
      detail: { ...error.detail, ...detail },
      cause: error,
    });
  };
}
