import { z } from 'zod';
import { path } from '../contract/index.ts';
import type { ActContext } from './step.ts';

/** What making a pass takes: of the app, and in the tenant's policy for authentication methods. */
export const passNeeds = { permissions: ['UserAuthMethod-TAP.ReadWrite.All'] };

/** A working day, and one sign-in: enough to register what stays. */
const body = { lifetimeInMinutes: 480, isUsableOnce: true };
const pass = z.object({ temporaryAccessPass: z.string() });

/**
 * Makes a Temporary Access Pass, which Graph says once: it is sealed as soon as it is known. One whose answer was lost is
 * of no use to anybody, and the next takes its place, so it may be sent again.
 * [learn.microsoft.com/graph/api/authentication-post-temporaryaccesspassmethods]
 */
export async function makeAccessPass(
  { graph, handoff, sealed }: Pick<ActContext<unknown, unknown>, 'graph' | 'handoff' | 'sealed'>,
  { id, userPrincipalName }: { readonly id: string; readonly userPrincipalName: string },
): Promise<void> {
  const at = path`/users/${id}/authentication/temporaryAccessPassMethods`;
  const made = await graph.post(at, body, pass, 'repeatable');
  const kept = await handoff.keep('temporaryAccessPass', { userPrincipalName }, made.temporaryAccessPass);
  await sealed(kept.handoffId);
}
