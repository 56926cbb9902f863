import type { AuthenticationResult, Configuration } from '@azure/msal-node';
import type { Cloud, Config } from '../config/index.ts';
import type { Clock, Log, TokenClaims } from '../contract/index.ts';
import { claimsOf } from './claims.ts';
import { authRequired } from './failure.ts';
import type { IssuedToken } from './keeper.ts';
import type { LoginNetwork } from './network.ts';

/** The settings that signing in reads. */
export type SignInConfig = Pick<
  Config,
  | 'auth'
  | 'tenantId'
  | 'clientId'
  | 'clientSecret'
  | 'clientCertificatePath'
  | 'clientCertificatePassword'
  | 'federatedTokenFile'
  | 'authorityHost'
  | 'cloud'
  | 'graphUrl'
>;

/** What a person has to do for a device-code sign-in. */
export interface DeviceCodePrompt {
  readonly userCode: string;
  readonly verificationUri: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** What every way of signing in works with. */
export interface SignIn {
  readonly config: SignInConfig;
  readonly cloud: Cloud;
  readonly network: LoginNetwork;
  readonly clock: Clock;
  readonly log: Log;
  readonly prompt: (message: DeviceCodePrompt) => void;
  readonly openBrowser: (url: string) => Promise<void>;
}

/** Graph's own permissions, as they were granted to the app. The resource stays Graph's where requests go by a proxy. */
export function graphScope({ graphResource }: Cloud): string {
  return `${graphResource}/.default`;
}

/**
 * MSAL's settings but for the credential. The login host is trusted as given, without asking a Microsoft host about
 * it. CP1 declares that claims challenges are understood. [learn.microsoft.com/entra/identity-platform/claims-challenge]
 */
export function msalConfiguration({ config, cloud, network }: SignIn): Configuration {
  return {
    auth: {
      clientId: given(config.clientId, 'AZURE_CLIENT_ID'),
      authority: `https://${cloud.loginHost}/${given(config.tenantId, 'AZURE_TENANT_ID')}`,
      knownAuthorities: [cloud.loginHost],
      clientCapabilities: ['CP1'],
    },
    system: { networkClient: network, loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false } },
  };
}

/** `loadConfig` has seen to it already; a composer that builds a config by hand may not have. */
export function given(value: string | undefined, setting: string): string {
  if (value !== undefined) return value;
  throw authRequired(
    `${setting} is not set, and signing in needs it.`,
    `Set ${setting}; docs/configuration.md says how.`,
  );
}

export function issuedOf(result: AuthenticationResult | null, kind: TokenClaims['kind']): IssuedToken {
  if (result === null || result.expiresOn === null || result.accessToken === '') {
    throw authRequired('The login service answered without a token.', 'Check AZURE_AUTHORITY_HOST and try again.');
  }
  return {
    token: result.accessToken,
    expiresAt: result.expiresOn.getTime(),
    refreshAt: result.refreshOn?.getTime(),
    claims: claimsOf(result.accessToken, kind),
  };
}
