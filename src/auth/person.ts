import type { AccountInfo, AuthenticationResult, PublicClientApplication } from '@azure/msal-node';
import { authRequired } from './failure.ts';
import type { Acquire } from './keeper.ts';
import { graphScope, issuedOf, msalConfiguration, type SignIn } from './sign-in.ts';

/** Asks a person to sign in. */
type Ask = (
  client: PublicClientApplication,
  request: SignInRequest,
  signIn: SignIn,
) => Promise<AuthenticationResult | null>;

interface SignInRequest {
  scopes: string[];
  claims?: string;
}

/**
 * A person signs in, once: after that MSAL's refresh token, kept in memory only, gives new tokens without asking. When
 * it no longer does (revoked, expired, a policy wants more), the person is asked again, though never in the background.
 */
export function signInAsPerson(signIn: SignIn, ask: Ask): Acquire {
  let client: PublicClientApplication | undefined;
  let account: AccountInfo | undefined;
  return async ({ claims, quiet }) => {
    const { PublicClientApplication } = await import('@azure/msal-node');
    client ??= new PublicClientApplication(msalConfiguration(signIn));
    const request = { scopes: [graphScope(signIn.cloud)], ...(claims === undefined ? {} : { claims }) };
    const renewed = account === undefined ? undefined : await renew(client, { ...request, account }, quiet);
    if (renewed === undefined && quiet) throw signInNeeded();
    const result = renewed ?? (await ask(client, request, signIn));
    account = result?.account ?? account;
    return issuedOf(result, 'user');
  };
}

/** Undefined where a person has to be asked. A network that fails is no reason to ask. */
async function renew(
  client: PublicClientApplication,
  request: SignInRequest & { account: AccountInfo },
  quiet: boolean,
): Promise<AuthenticationResult | undefined> {
  try {
    return await client.acquireTokenSilent({ ...request, forceRefresh: true });
  } catch (error) {
    const { InteractionRequiredAuthError } = await import('@azure/msal-node');
    const code = error instanceof Error && 'errorCode' in error ? String(error.errorCode) : '';
    const askHelps = error instanceof InteractionRequiredAuthError || /^(invalid_grant|no_tokens_found)$/.test(code);
    if (askHelps && !quiet) return undefined;
    throw error;
  }
}

function signInNeeded() {
  return authRequired('Nobody has signed in yet.', 'Call again: the next call starts the sign-in.');
}

/** The code is entered on any device; the login service is asked at the pace it sets until that is done. */
export const askByDeviceCode: Ask = (client, request, { clock, prompt }) =>
  client.acquireTokenByDeviceCode({
    ...request,
    deviceCodeCallback: ({ userCode, verificationUri, expiresIn }) =>
      prompt({ userCode, verificationUri, expiresAt: clock.now() + expiresIn * 1000 }),
  });

const browserWaitMs = 5 * 60_000;

/**
 * The system's browser, with the answer posted to a port on loopback. MSAL would wait for it for ever: after five
 * minutes it is told that the sign-in failed, at the address and with the state that the browser would have used.
 */
export const askByBrowser: Ask = async (client, request, { clock, openBrowser, log }) => {
  const settled = new AbortController();
  try {
    return await client.acquireTokenInteractive({
      ...request,
      successTemplate: 'You are signed in. You can close this window.',
      errorTemplate: 'The sign-in failed. You can close this window.',
      openBrowser: async (url) => {
        clock.sleep(browserWaitMs, settled.signal).then(
          () => giveUp(url),
          () => undefined,
        );
        log.info({}, 'waiting for the sign-in in the browser');
        await openBrowser(url).catch(() => log.warn({ url }, 'no browser could be opened: to sign in, open this page'));
      },
    });
  } finally {
    settled.abort();
  }
};

async function giveUp(authorizeUrl: string): Promise<void> {
  const { searchParams } = new URL(authorizeUrl);
  const body = new URLSearchParams({ error: 'login_timeout', state: searchParams.get('state') ?? '' });
  const { request } = await import('undici');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await request(searchParams.get('redirect_uri') ?? '', {
    method: 'POST',
    headers,
    body: body.toString(),
  });
  await answer.body.dump();
}
