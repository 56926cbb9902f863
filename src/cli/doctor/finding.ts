import { ToolError } from '../../contract/index.ts';

/** What `doctor` looks at, in the order it is told. The names are part of `--json`. */
export const checks = [
  'settings',
  'login-host',
  'graph-host',
  'clock',
  'sign-in',
  'permissions',
  'read',
  'state-folder',
  'audit-file',
  'policy-file',
  'approver',
  'quota',
] as const;
export type Check = (typeof checks)[number];

/** How a check ended. `warning`: it works, but a person should know. `skipped`: it was not tried, and why. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

/** A value of a finding: text, number or list, or several that stand side by side. No secret, ever. */
export type Detail = string | number | readonly string[] | Readonly<Record<string, string>>;

/** One line of `doctor`. */
export interface Finding {
  readonly check: Check;
  readonly status: Status;
  /** What is so, in one sentence. */
  readonly message: string;
  /** What to do about it, in one or two sentences. */
  readonly fix?: string;
  /** The page to do it on. */
  readonly link?: string;
  /** What it was told from, for people to compare and for programs to read. */
  readonly detail?: Readonly<Record<string, Detail>>;
}

/** A check that was not tried. */
export function skipped(check: Check, reason: string): Finding {
  return { check, status: 'skipped', message: reason };
}

/** A place that could not be written: an error of ours says it itself, one of the system by its code. */
export function unwritable(
  thrown: unknown,
  { message, ...rest }: Required<Pick<Finding, 'check' | 'fix' | 'detail'>> & { message(code: string): string },
): Finding {
  if (thrown instanceof ToolError) return { ...rest, status: 'failed', message: thrown.message, fix: thrown.fix };
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'UNKNOWN';
  return { ...rest, status: 'failed', message: message(code) };
}

/** The host of a URL in words, without a port that says nothing. */
export function hostOf(url: string): string {
  return new URL(url).host;
}
