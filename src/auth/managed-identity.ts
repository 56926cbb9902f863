import { authRequired, type Fault } from './failure.ts';
import type { Acquire } from './keeper.ts';
import { issuedOf, type SignIn } from './sign-in.ts';

/**
 * The identity that Azure gives to the machine; AZURE_CLIENT_ID names a user-assigned one. MSAL keeps tokens of
 * managed identities for the whole process: a renewal forces a new one, and after a claims challenge MSAL sends the
 * hash of the one it kept, so that the endpoint does not hand it out again.
 */
export function signInAsMachine({ config, cloud, network }: SignIn): Acquire {
  return async ({ claims }) => {
    const { ManagedIdentityApplication } = await import('@azure/msal-node');
    const client = new ManagedIdentityApplication({
      clientCapabilities: ['CP1'],
      ...(config.clientId === undefined ? {} : { managedIdentityIdParams: { userAssignedClientId: config.clientId } }),
      system: { networkClient: network, loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false } },
    });
    const renewal = claims === undefined ? { forceRefresh: true } : { claims };
    try {
      return issuedOf(await client.acquireToken({ resource: cloud.graphResource, ...renewal }), 'app');
    } catch (error) {
      throw network.fault === undefined || network.fault.status === 429 ? error : noIdentity(network.fault);
    }
  };
}

function noIdentity({ host, network, status }: Fault) {
  return authRequired(
    `The managed identity endpoint ${host} gave no token (${network ?? `status ${status}`}).`,
    'Run on an Azure resource that has a managed identity; if AZURE_CLIENT_ID is set, it must be a user-assigned identity of that resource.',
    { host, network, status },
  );
}
