import { readFile } from 'node:fs/promises';
import type { Configuration } from '@azure/msal-node';
import { readCertificate } from './certificate.ts';
import { authRequired } from './failure.ts';
import type { Acquire } from './keeper.ts';
import { given, graphScope, issuedOf, msalConfiguration, type SignIn } from './sign-in.ts';

type Credential = Pick<Configuration['auth'], 'clientSecret' | 'clientCertificate' | 'clientAssertion'>;

/**
 * Client credentials: the app signs in for itself. The credential is read at every acquisition, so that a renewed
 * certificate or federated token needs no restart.
 */
export function signInAsApplication(signIn: SignIn, credential: (signIn: SignIn) => Promise<Credential>): Acquire {
  return async ({ claims }) => {
    const { ConfidentialClientApplication } = await import('@azure/msal-node');
    const configuration = msalConfiguration(signIn);
    const auth = { ...configuration.auth, ...(await credential(signIn)) };
    const client = new ConfidentialClientApplication({ ...configuration, auth });
    const result = await client.acquireTokenByClientCredential({
      scopes: [graphScope(signIn.cloud)],
      skipCache: true,
      ...(claims === undefined ? {} : { claims }),
    });
    return issuedOf(result, 'app');
  };
}

export async function secretOf({ config }: SignIn): Promise<Credential> {
  return { clientSecret: given(config.clientSecret, 'AZURE_CLIENT_SECRET') };
}

export async function certificateOf({ config, clock }: SignIn): Promise<Credential> {
  const path = given(config.clientCertificatePath, 'AZURE_CLIENT_CERTIFICATE_PATH');
  return { clientCertificate: await readCertificate(path, config.clientCertificatePassword, clock.now()) };
}

/** The token of another identity provider stands in for a credential. It is short-lived: its file is rewritten. */
export async function federatedTokenOf({ config }: SignIn): Promise<Credential> {
  const path = given(config.federatedTokenFile, 'AZURE_FEDERATED_TOKEN_FILE');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const assertion = text?.trim();
  if (assertion !== undefined && assertion !== '') return { clientAssertion: assertion };
  throw authRequired(
    `The file of AZURE_FEDERATED_TOKEN_FILE ${text === undefined ? 'cannot be read' : 'is empty'}.`,
    'Set AZURE_FEDERATED_TOKEN_FILE to the file that the identity provider writes its token to, readable by this user.',
    { setting: 'AZURE_FEDERATED_TOKEN_FILE' },
  );
}
