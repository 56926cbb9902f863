import { type AccessToken, type Clock, isGuid, type TokenClaims, ToolError } from '../../contract/index.ts';
import { utc } from '../moments.ts';
import type { Checkup } from './checkup.ts';
import { type Detail, type Finding, skipped } from './finding.ts';
import { stepMs } from './hosts.ts';

const check = 'sign-in';

/** A person has to open a page and sign in. */
const personMs = 5 * 60_000;

/** The finding, and the claims of the token that was given. */
export interface SignInFinding {
  readonly finding: Finding;
  readonly claims?: TokenClaims;
}

/** Gets a token as the server would. Nothing of it is shown but what it says of the app. */
export async function signIn(checkup: Checkup, clock: Clock): Promise<SignInFinding> {
  const { config, tokens, demo } = checkup;
  if (demo) return { finding: skipped(check, 'The demo tenant asks for no sign-in.') };
  if (config.auth === 'none') return { finding: skipped(check, 'ENTRA_MCP_AUTH is none: no token is sent.') };
  try {
    const token = await given(checkup, clock);
    if (token === undefined) return { finding: skipped(check, 'No token is sent.') };
    return { finding: judged(token, checkup), claims: token.claims };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { message, fix, detail } = error;
    const aadsts = detail?.['aadsts'];
    return {
      finding: {
        check,
        status: 'failed',
        message,
        fix,
        detail: {
          method: tokens.method,
          ...(typeof aadsts === 'number' ? { code: `AADSTS${aadsts}` } : {}),
          ...(error.requestId === undefined ? {} : { traceId: error.requestId }),
        },
      },
    };
  }
}

async function given({ config, tokens }: Checkup, clock: Clock): Promise<AccessToken | undefined> {
  const asksPerson = config.auth === 'device-code' || config.auth === 'browser';
  const limitMs = asksPerson ? personMs : stepMs;
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(limitMs, done.signal).then(
    () => late.abort(tooLate(limitMs)),
    () => undefined,
  );
  try {
    return await tokens.token({ signal: late.signal });
  } finally {
    done.abort();
  }
}

function tooLate(limitMs: number): ToolError {
  return new ToolError('AUTH_REQUIRED', {
    message: `The sign-in gave no token within ${limitMs / 1000} s.`,
    fix: 'Try again in a minute. If it stays so, check the login host and the proxy in between.',
  });
}

function judged({ claims, expiresAt }: AccessToken, { config, tokens }: Checkup): Finding {
  const detail = { method: tokens.method, ...named(claims), expires: utc(new Date(expiresAt).toISOString()) };
  const wanted = config.tenantId;
  const isOther = wanted !== undefined && isGuid(wanted) && claims.tid?.toLowerCase() !== wanted.toLowerCase();
  if (claims.tid !== undefined && isOther) {
    return {
      check,
      status: 'failed',
      message: 'The sign-in belongs to another tenant than AZURE_TENANT_ID names.',
      fix: 'Correct AZURE_TENANT_ID, or sign in with an account or app of that tenant.',
      detail,
    };
  }
  const who = claims.kind === 'user' ? 'a person' : 'the app';
  return { check, status: 'ok', message: `Signed in as ${who}, by ${tokens.method}.`, detail };
}

function named({ tid, appId, oid, userPrincipalName }: TokenClaims): Record<string, Detail> {
  return {
    ...(tid === undefined ? {} : { tenant: tid }),
    ...(appId === undefined ? {} : { app: appId }),
    ...(userPrincipalName === undefined ? {} : { user: userPrincipalName }),
    ...(oid === undefined ? {} : { objectId: oid }),
  };
}
