import { type Clock, ToolError } from '../contract/index.ts';
import { privateFolder, tenantFolders } from '../store/index.ts';
import { readApproverKeys, writeApproverKeys } from './approver.ts';
import { appendAudit } from './audit.ts';
import { changePin, createKeys } from './keys.ts';
import { withState } from './terminal.ts';

const shortest = 8;

/** What `set-pin` did: `first` and `reset` made new keys and voided every plan that waited. */
export type PinChange = 'first' | 'changed' | 'reset';

/** Whether a PIN is already set in this state folder. */
export function hasPin(stateDir: string): boolean {
  return readApproverKeys(stateDir) !== undefined;
}

/**
 * Sets or changes the approver PIN. Changing keeps the keys and needs the old PIN; `reset` makes new keys, voids
 * every plan that waits, and stops the approvals of running servers until they are restarted.
 * @throws ToolError INPUT_INVALID (too short), NOT_PERMITTED (wrong old PIN).
 */
export async function setPin(
  stateDir: string,
  pins: { readonly newPin: string; readonly oldPin?: string; readonly reset?: boolean },
  clock: Clock,
): Promise<PinChange> {
  if ([...pins.newPin].length < shortest) {
    throw new ToolError('INPUT_INVALID', {
      message: `A PIN has ${shortest} characters or more.`,
      fix: 'Choose a longer one; words and spaces are fine.',
    });
  }
  privateFolder(stateDir);
  if (pins.reset !== true) {
    const known = readApproverKeys(stateDir);
    if (known !== undefined) {
      writeApproverKeys(stateDir, await changePin(known, pins.oldPin ?? '', pins.newPin));
      await auditEverywhere(stateDir, clock, 'changed', known.keyId);
      return 'changed';
    }
  }
  const change = pins.reset === true ? 'reset' : 'first';
  const keys = await createKeys(pins.newPin);
  // Void before the new key counts: no plan made under the old one is ever approved by the new one.
  await auditEverywhere(stateDir, clock, change, keys.keyId);
  writeApproverKeys(stateDir, keys);
  return change;
}

async function auditEverywhere(stateDir: string, clock: Clock, change: PinChange, keyId: string): Promise<void> {
  for (const tenant of tenantFolders(stateDir).filter((folder) => !folder.demo)) {
    await withState(tenant, ({ store }) =>
      store.transaction().execute(async (tx) => {
        const at = clock.now();
        let voided = 0n;
        if (change !== 'changed') {
          const moved = await tx
            .updateTable('plans')
            .set({ state: 'expired', decided_at: at })
            .where('tenant_id', '=', tenant.tenantId)
            .where('state', 'in', ['pending', 'approved'])
            .executeTakeFirst();
          voided = moved.numUpdatedRows;
        }
        const body = { change, keyId, voidedPlans: Number(voided) };
        await appendAudit(tx, { tenantId: tenant.tenantId, at, kind: 'approver-key', body });
      }),
    );
  }
}
