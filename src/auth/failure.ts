import { ToolError } from '../contract/index.ts';
import { isThrottle, refusalOf } from './aadsts.ts';

/** How the last exchange with the login service failed: facts only, none of its text. */
export interface Fault {
  /** Host, with its port. */
  readonly host: string;
  /** Node's or undici's error code, where no answer came: `ECONNREFUSED`. */
  readonly network?: string;
  readonly status?: number;
  /** OAuth's `error`, if it is a plain word: `invalid_client`. */
  readonly error?: string;
  readonly aadsts?: number;
  readonly retryAfterMs?: number;
  /** Entra's trace id, for a support case. */
  readonly traceId?: string;
}

const throttleMs = 30_000;

/**
 * Turns whatever went wrong while signing in into a `ToolError`. The original is left behind, not even as `cause`:
 * MSAL puts the service's text, request bodies and assertions into its errors.
 */
export function failureOf(error: unknown, fault: Fault | undefined): ToolError {
  if (error instanceof ToolError) return error;
  const aadsts = fault?.aadsts ?? numberIn(error);
  if (fault?.status === 429 || isThrottle(aadsts)) return throttled(fault, aadsts);
  if (aadsts !== undefined) return refused(aadsts, fault);
  if (fault?.network !== undefined) return unreachable(fault.host, fault.network);
  if (fault?.status !== undefined) return unexpected(fault);
  return unknown(codeOf(error));
}

/** An AUTH_REQUIRED of our own finding. */
export function authRequired(message: string, fix: string, detail?: Readonly<Record<string, unknown>>): ToolError {
  return new ToolError('AUTH_REQUIRED', { message, fix, ...(detail === undefined ? {} : { detail }) });
}

function refused(aadsts: number, fault: Fault | undefined): ToolError {
  const known = refusalOf(aadsts);
  return new ToolError('AUTH_REQUIRED', {
    message: `Entra refused the sign-in: ${known?.message ?? 'see the code'} (AADSTS${aadsts}).`,
    fix: known?.fix ?? `Look the code up at https://login.microsoftonline.com/error?code=${aadsts}.`,
    ...(fault?.traceId === undefined ? {} : { requestId: fault.traceId }),
    detail: { aadsts },
  });
}

function throttled(fault: Fault | undefined, aadsts: number | undefined): ToolError {
  return new ToolError('THROTTLED', {
    message: `The login service asks for a pause${aadsts === undefined ? '' : ` (AADSTS${aadsts})`}.`,
    fix: 'Call again after the pause. If it happens often, other programs may be signing in as the same app.',
    retryAfterMs: fault?.retryAfterMs ?? throttleMs,
    ...(aadsts === undefined ? {} : { detail: { aadsts } }),
  });
}

/** TLS codes of a certificate that no trusted authority vouches for, as behind a company's inspecting proxy. */
const untrusted = /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w*(ISSUER_CERT|VERIFY)\w*)$/;

function unreachable(host: string, code: string): ToolError {
  return authRequired(
    `The login host ${host} could not be reached (${code}).`,
    untrusted.test(code)
      ? "Its certificate comes from an authority that Node does not know: set NODE_EXTRA_CA_CERTS to a PEM file of your organization's root certificates and start again."
      : adviceFor(code),
    { host, network: code },
  );
}

function adviceFor(code: string): string {
  if (/CERT|TLS|SSL/.test(code)) {
    return 'Its certificate is not valid for it: check AZURE_AUTHORITY_HOST, the clock, and any proxy in between.';
  }
  if (code === 'ENOTFOUND')
    return 'Check the network, AZURE_AUTHORITY_HOST, and HTTPS_PROXY if you are behind a proxy.';
  return 'Check the network and the firewall; behind a proxy set HTTPS_PROXY (and NO_PROXY for hosts reached directly).';
}

function unexpected({ host, status, error }: Fault): ToolError {
  const word = error === undefined ? '' : `, ${error}`;
  return authRequired(
    `The login host ${host} gave no token (status ${status}${word}).`,
    status !== undefined && status >= 500
      ? 'Try again in a few minutes; status.cloud.microsoft tells of outages.'
      : 'Check AZURE_AUTHORITY_HOST and AZURE_TENANT_ID, and that no proxy or captive portal answers in its place.',
    { host, status },
  );
}

/** Words for MSAL's own errors; the others are named by their code alone. */
const local: Readonly<Record<string, readonly [string, string]>> = {
  device_code_expired: ['Nobody entered the device code in time.', 'Call again for a new code, and enter it in time.'],
  access_denied: ['The sign-in was declined in the browser.', 'Call again and complete the sign-in.'],
  login_timeout: ['Nobody completed the sign-in in the browser.', 'Call again and complete the sign-in in time.'],
  issuer_validation_failed: ['The login host names another issuer than itself.', 'Check AZURE_AUTHORITY_HOST.'],
};

function unknown(code: string | undefined): ToolError {
  const words = code === undefined ? undefined : local[code];
  if (words !== undefined) return authRequired(words[0], words[1]);
  return authRequired(
    `The sign-in failed${code === undefined ? '' : ` (${code})`}.`,
    'Run `entra-mcp doctor`, which checks the settings, the login host and the clock one by one.',
  );
}

/** The number alone is taken from a text that nothing else is taken from. */
function numberIn(error: unknown): number | undefined {
  const digits = error instanceof Error ? /AADSTS(\d{5,8})\b/.exec(error.message)?.[1] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/** MSAL's `errorCode`, if it is a plain word. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errorCode' in error)) return undefined;
  const code = String(error.errorCode);
  return /^[a-z][a-z_]{1,60}$/.test(code) ? code : undefined;
}
