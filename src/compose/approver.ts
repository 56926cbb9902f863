import { type Approver, approverOf, type KeptSignIn, keepSignIn, readKeptSignIn } from '../approval/index.ts';
import type { Config } from '../config/index.ts';
import type { ApproverSignIn } from '../contract/index.ts';
import type { TenantFolder } from '../store/index.ts';
import { systemClock } from './system.ts';

/**
 * Who approves for a tenant, by the settings of its server; leaves in its folder how they sign in. That they do not any more, only a
 * server says: a command may lack the setting that the server has.
 */
export async function approverFor(
  config: Config,
  tenant: TenantFolder,
  { isServer }: { readonly isServer: boolean },
): Promise<Approver> {
  if (tenant.demo) return approverOf(config.stateDir, tenant);
  const asked = signInOf(config, tenant.tenantId);
  if (asked !== undefined || isServer) keepSignIn(tenant, asked);
  return approverOf(config.stateDir, tenant, { signIn: asked && (await signIn(asked)), handoffKey: config.handoffKey });
}

/** As the last server of the tenant had it, for commands that have its state alone. */
export async function keptApprover(stateDir: string, tenant: TenantFolder): Promise<Approver> {
  const kept = tenant.demo ? undefined : readKeptSignIn(tenant);
  return approverOf(stateDir, tenant, { signIn: kept && (await signIn(kept)) });
}

function signInOf(config: Config, tenantId: string): KeptSignIn | undefined {
  const { approverSignIn: clientId, approverGroup, authorityHost, cloud } = config;
  if (clientId === undefined) return undefined;
  return {
    ...{ cloud, clientId, tenantId },
    ...(authorityHost === undefined ? {} : { authorityHost }),
    ...(approverGroup === undefined ? {} : { approverGroup }),
  };
}

async function signIn({ authorityHost, approverGroup, ...rest }: KeptSignIn): Promise<ApproverSignIn> {
  const { createApproverSignIn } = await import('../auth/approver-sign-in.ts');
  return createApproverSignIn({ ...rest, authorityHost, approverGroup, graphUrl: undefined }, systemClock);
}
