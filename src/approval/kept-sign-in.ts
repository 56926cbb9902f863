import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ToolError } from '../contract/index.ts';
import type { TenantFolder } from '../store/index.ts';

/** How a tenant's approvers sign in: nothing of it is secret. */
const keptSignIn = z.strictObject({
  cloud: z.enum(['global', 'usgov', 'dod', 'china']),
  /** Another login host than that of the cloud. */
  authorityHost: z.string().optional(),
  clientId: z.string(),
  tenantId: z.string(),
  approverGroup: z.string().optional(),
});

export type KeptSignIn = z.output<typeof keptSignIn>;

/**
 * Leaves in the tenant's folder how its approvers sign in, for the commands that decide without settings. They only ask there: what a
 * sign-in is worth, the server decides by its own settings. `undefined`: they use the PIN.
 */
export function keepSignIn(tenant: TenantFolder, signIn: KeptSignIn | undefined): void {
  const file = fileOf(tenant);
  if (signIn === undefined) {
    rmSync(file, { force: true });
    return;
  }
  // Several servers of a tenant may start at the same moment.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${JSON.stringify(signIn, null, 2)}\n`, { mode: 0o600 });
  renameSync(own, file);
}

/** What the last server of this tenant left. @throws ToolError CONFIG_INVALID */
export function readKeptSignIn(tenant: TenantFolder): KeptSignIn | undefined {
  const file = fileOf(tenant);
  if (!existsSync(file)) return undefined;
  try {
    return keptSignIn.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ToolError('CONFIG_INVALID', {
      message: `${file}, which says how approvers sign in, cannot be read.`,
      fix: 'Start the server again: it writes the file anew.',
      cause,
    });
  }
}

function fileOf({ folder }: TenantFolder): string {
  return join(folder, 'approver-sign-in.json');
}
