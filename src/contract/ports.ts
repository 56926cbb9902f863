/** Time. Production uses the system's; tests use a virtual one that they advance by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness. Production uses the operating system's; tests use a seeded one. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** Structured logging, to stderr only. Fields are redacted by name before they are written. */
export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** A bearer token for Graph, and what its claims say. */
export interface AccessToken {
  /** The secret itself: goes into the Authorization header and nowhere else. */
  readonly token: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  readonly claims: TokenClaims;
}

/**
 * Advice read from an access token. Tokens are opaque by contract, so every field may be missing,
 * and Graph's 403 is the truth. [learn.microsoft.com/entra/identity-platform/access-tokens]
 */
export interface TokenClaims {
  /** Tenant id. */
  readonly tid?: string;
  /** Object id of the signed-in user or of the service principal. */
  readonly oid?: string;
  /** Client id of the application. */
  readonly appId?: string;
  /** UPN or name of the signed-in user, for a delegated token. */
  readonly userPrincipalName?: string;
  /** `app` when the token speaks for the application alone, `user` when a person signed in. */
  readonly kind: 'app' | 'user';
  /** Granted application permissions (`roles`). */
  readonly roles: readonly string[];
  /** Granted delegated permissions (`scp`). */
  readonly scopes: readonly string[];
  /** Template ids of directory roles (`wids`). */
  readonly directoryRoles: readonly string[];
}

/** Where Graph tokens come from. One acquisition at a time; a token is refreshed before it expires. */
export interface TokenSource {
  /** How the process signs in, in words a person can read: `client secret`, `managed identity`, `none` … */
  readonly method: string;
  /**
   * A token valid for at least the next minutes.
   * `claims` is the decoded claims challenge of a 401 (Continuous Access Evaluation): the cached token is dropped.
   * `refused` is a token that a plain 401 refused (revoked, say): it is not given again, unless it is quite new.
   * Throws `ToolError` AUTH_REQUIRED. `undefined` where no token is sent at all (`ENTRA_MCP_AUTH=none`).
   */
  token(options?: { signal?: AbortSignal; claims?: string; refused?: string }): Promise<AccessToken | undefined>;
}
