import { cloudOf } from '../config/index.ts';
import type { Clock, Log, TokenSource } from '../contract/index.ts';
import { certificateOf, federatedTokenOf, secretOf, signInAsApplication } from './application.ts';
import { openSystemBrowser } from './browser.ts';
import { authRequired, failureOf } from './failure.ts';
import { type Acquire, createKeeper } from './keeper.ts';
import { signInAsMachine } from './managed-identity.ts';
import { loginNetwork } from './network.ts';
import { askByBrowser, askByDeviceCode, signInAsPerson } from './person.ts';
import type { DeviceCodePrompt, SignIn, SignInConfig } from './sign-in.ts';

export type { DeviceCodePrompt } from './sign-in.ts';

export interface TokenSourceOptions {
  readonly config: SignInConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Shows the device code to the person at the machine, on stderr. Without it the code goes to the log. */
  readonly prompt?: (message: DeviceCodePrompt) => void;
  /** Opens a page in the browser of the person at the machine. Without it the system's own is used. */
  readonly openBrowser?: (url: string) => Promise<void>;
}

type Method = Exclude<SignInConfig['auth'], 'none' | 'unset'>;

const words: Readonly<Record<Method, string>> = {
  secret: 'client secret',
  certificate: 'certificate',
  federated: 'federated token',
  'managed-identity': 'managed identity',
  'device-code': 'device code',
  browser: 'browser sign-in',
};

/**
 * The source of Graph tokens that the settings ask for. Nothing is loaded or read before the first `token()`.
 * Tokens are kept in memory only.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { config, clock, log } = options;
  if (config.auth === 'none') return { method: 'none', token: async () => undefined };
  if (config.auth === 'unset') return { method: 'none', token: () => Promise.reject(nothingSet()) };
  const { auth } = config;
  const signIn = signInOf(options);
  const acquire = acquireBy(auth, signIn);
  const keeper = createKeeper({ acquire: explained(acquire, auth, signIn), clock, log });
  return { method: words[auth], token: (request) => keeper.token(request) };
}

function nothingSet() {
  return authRequired(
    'There are no credentials.',
    'Set AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential, or start with `serve --demo`.',
  );
}

function signInOf({ config, clock, log, prompt, openBrowser }: TokenSourceOptions): SignIn {
  return {
    config,
    cloud: cloudOf(config),
    network: loginNetwork({ clock, direct: config.auth === 'managed-identity' }),
    clock,
    log,
    prompt: prompt ?? ((message) => log.warn({ ...message }, 'to sign in, open the page and enter the code')),
    openBrowser: openBrowser ?? openSystemBrowser,
  };
}

function acquireBy(auth: Method, signIn: SignIn): Acquire {
  switch (auth) {
    case 'secret':
      return signInAsApplication(signIn, secretOf);
    case 'certificate':
      return signInAsApplication(signIn, certificateOf);
    case 'federated':
      return signInAsApplication(signIn, federatedTokenOf);
    case 'managed-identity':
      return signInAsMachine(signIn);
    case 'device-code':
      return signInAsPerson(signIn, askByDeviceCode);
    case 'browser':
      return signInAsPerson(signIn, askByBrowser);
  }
}

/** Failures as `ToolError`s, and one line in the log for each sign-in. */
function explained(acquire: Acquire, auth: Method, { network, cloud, clock, log }: SignIn): Acquire {
  return async (request) => {
    network.forget();
    const startedAt = clock.now();
    try {
      const issued = await acquire(request);
      const { kind, tid, appId } = issued.claims;
      log.info(
        { auth, host: cloud.loginHost, kind, tid, appId, tookMs: clock.now() - startedAt },
        'signed in to Graph',
      );
      return issued;
    } catch (error) {
      const failure = failureOf(error, network.fault);
      const { code, requestId, detail } = failure;
      log.warn({ auth, host: cloud.loginHost, code, requestId, ...detail }, failure.message);
      throw failure;
    }
  };
}
