import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApproverSignIn, ToolError } from '../contract/index.ts';
import { refuseShared, type TenantFolder } from '../store/index.ts';
import { demoApproverKeys } from './demo-approver.ts';
import { type ApproverKeys, approverKeys } from './keys.ts';
import { handoffKeyId, type SealingKey, spkiOf } from './sealing.ts';

/** The approver whose signature this process accepts. */
export interface Approver {
  /**
   * The keys to verify with and to seal to; `undefined` while no PIN was ever set. The first PIN is picked up while
   * the server runs.
   * @throws ToolError APPROVAL_UNAVAILABLE once the keys are others than those this process began with: whoever
   * replaced them could otherwise approve what this server has already planned.
   */
  keys(): ApproverKeys | undefined;
  /** Where approvers sign in with Entra: then only that approves. */
  readonly signIn?: ApproverSignIn | undefined;
  /** ENTRA_MCP_HANDOFF_KEY: 32 bytes in base64 or base64url. Used while no PIN is set. */
  readonly handoffKey?: string | undefined;
}

/** What secrets are sealed to: the PIN's own key, else that of the settings. `undefined`: nobody could open one. */
export function sealingKeyOf(approver: Pick<Approver, 'keys' | 'handoffKey'>): SealingKey | undefined {
  const keys = approver.keys();
  if (keys !== undefined) return { keyId: keys.keyId, publicKey: keys.sealing.publicKey };
  const { handoffKey } = approver;
  return handoffKey === undefined ? undefined : { keyId: handoffKeyId, publicKey: spkiOf(handoffKey) };
}

/** True where somebody could approve. */
export function canApprove({ keys, signIn }: Approver): boolean {
  return signIn !== undefined || keys() !== undefined;
}

/** The approver of a tenant: the demo's own, or the one of the state folder. The demo's never signs in. */
export function approverOf(
  stateDir: string,
  tenant: TenantFolder,
  more: Pick<Approver, 'signIn' | 'handoffKey'> = {},
): Approver {
  if (tenant.demo) return { keys: () => demoApproverKeys };
  let pinned = readApproverKeys(stateDir);
  return {
    ...more,
    keys: () => {
      const now = readApproverKeys(stateDir);
      pinned ??= now;
      if (pinned !== undefined && !isSame(now, pinned)) throw replaced();
      return now;
    },
  };
}

/** The approver's keys as they are now, and as the demo's are for ever. */
export function keysIn(stateDir: string, tenant: TenantFolder): ApproverKeys | undefined {
  return tenant.demo ? demoApproverKeys : readApproverKeys(stateDir);
}

/** Said where a human wants to decide and no PIN was ever set. */
export function noPin(): ToolError {
  return new ToolError('APPROVAL_UNAVAILABLE', {
    message: 'No approver PIN is set.',
    fix: 'Set one first: entra-mcp approver set-pin.',
  });
}

/** Another PIN keeps both pairs. Another sealing key alone would hand every new password to whoever put it there. */
function isSame(now: ApproverKeys | undefined, pinned: ApproverKeys): boolean {
  return now?.signing.publicKey === pinned.signing.publicKey && now.sealing.publicKey === pinned.sealing.publicKey;
}

/** The keys that lie in a state folder. @throws ToolError CONFIG_INVALID where the file is damaged or readable by others. */
export function readApproverKeys(stateDir: string): ApproverKeys | undefined {
  const file = keyFile(stateDir);
  if (!existsSync(file)) return undefined;
  refuseShared(file);
  try {
    return approverKeys.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ToolError('CONFIG_INVALID', {
      message: `The approver's keys in ${file} cannot be read.`,
      fix: 'Restore the file from a backup, or set a new PIN: entra-mcp approver set-pin --reset.',
      cause,
    });
  }
}

/** Replaces the keys in one step, so that a crash leaves the old ones or the new ones. */
export function writeApproverKeys(stateDir: string, keys: ApproverKeys): void {
  const file = keyFile(stateDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

function keyFile(stateDir: string): string {
  return join(stateDir, 'approver.json');
}

function replaced(): ToolError {
  return new ToolError('APPROVAL_UNAVAILABLE', {
    message: "The approver's keys were replaced while this server was running, so it accepts no approvals.",
    fix: 'If a person you trust reset the PIN, restart the server and ask for the change again. If not, treat it as an incident.',
  });
}
