/** The codes a `ToolError` can carry. They are a contract: clients branch on them. */
export const errorCodes = [
  'INPUT_INVALID',
  'NOT_FOUND',
  'CONFLICT',
  'NOT_PERMITTED',
  'AUTH_REQUIRED',
  'APPROVAL_UNAVAILABLE',
  'PLAN_DENIED',
  'PLAN_EXPIRED',
  'PLAN_STALE',
  'POLICY_DENIED',
  'PROTECTED_TARGET',
  'LIMIT_REACHED',
  'THROTTLED',
  'UPSTREAM',
  'OUTCOME_UNKNOWN',
  'UNSUPPORTED_QUERY',
  'SYNC_RESET',
  'CANCELLED',
  'CONFIG_INVALID',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What a `ToolError` says beside its code. `message` and `fix` are ours: no text from the tenant or from Graph goes in. */
export interface ToolErrorOptions {
  /** What went wrong, in one sentence. */
  message: string;
  /** What the reader can do about it, in one or two sentences. */
  fix: string;
  /** Milliseconds after which the same call may succeed. */
  retryAfterMs?: number;
  /** Graph's `request-id`, for a support case. */
  requestId?: string;
  /** Data a program can use; tenant text may stand here, as data. */
  detail?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

/** The one error that reaches a client. Thrown where the fault is found, rendered once at the edge. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ErrorCode;
  readonly fix: string;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  readonly detail: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, options: ToolErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fix = options.fix;
    this.retryAfterMs = options.retryAfterMs;
    this.requestId = options.requestId;
    this.detail = options.detail;
  }

  /** The `error` object of `structuredContent`: absent fields are left out, the cause never shows. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      fix: this.fix,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.detail === undefined ? {} : { detail: this.detail }),
    };
  }
}
