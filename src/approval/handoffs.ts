import type { Clock, HandoffPort, Random } from '../contract/index.ts';
import { ToolError } from '../contract/index.ts';
import type { HandoffTable, StateStore } from '../store/index.ts';
import { type Approver, sealingKeyOf } from './approver.ts';
import { appendAudit } from './audit.ts';
import type { UnlockedKeys } from './keys.ts';
import { generatePassword } from './passwords.ts';
import { seal, sealedBox, unseal } from './sealing.ts';

/** Sealed secrets are kept for a day. */
const keptMs = 24 * 60 * 60 * 1000;

interface HandoffParts {
  readonly store: StateStore;
  readonly approver: Approver;
  readonly clock: Clock;
  readonly random: Random;
  readonly tenantId: string;
}

/** Makes the handoff port of one plan: each secret is sealed and committed before `run` gets to use it. */
export function handoffPort(parts: HandoffParts, planId: string): HandoffPort {
  return {
    password: async (of) => {
      const value = generatePassword(parts.random);
      return { value, handoffId: await commitSealed(parts, planId, 'password', of.userPrincipalName, value) };
    },
    keep: async (kind, of, secret) => ({
      handoffId: await commitSealed(parts, planId, kind, of.userPrincipalName, secret),
    }),
  };
}

async function commitSealed(
  parts: HandoffParts,
  planId: string,
  kind: string,
  subject: string,
  secret: string,
): Promise<string> {
  const key = sealingKeyOf(parts.approver);
  if (key === undefined) throw sealingUnavailable();
  const id = Buffer.from(parts.random.bytes(16)).toString('hex');
  const now = parts.clock.now();
  const row: HandoffTable = {
    tenant_id: parts.tenantId,
    id,
    plan_id: planId,
    kind,
    subject,
    sealed: JSON.stringify(seal(secret, key.publicKey, contextOf(parts.tenantId, id, subject))),
    created_at: now,
    expires_at: now + keptMs,
    opened_at: null,
  };
  await parts.store.transaction().execute(async (tx) => {
    await tx.insertInto('handoffs').values(row).execute();
    const body = { handoffId: id, kind, subject, keyId: key.keyId };
    await appendAudit(tx, { tenantId: parts.tenantId, at: now, kind: 'handoff-sealed', planId, body });
  });
  return id;
}

/** A sealed secret that is still to be had. @throws ToolError NOT_FOUND, CONFLICT (opened), PLAN_EXPIRED. */
export async function findHandoff(db: StateStore, tenantId: string, id: string, now: number): Promise<HandoffTable> {
  const row = await db
    .selectFrom('handoffs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) {
    throw new ToolError('NOT_FOUND', {
      message: 'There is no handoff with this id.',
      fix: 'Check the id in the result of the change.',
    });
  }
  if (row.opened_at !== null) {
    throw new ToolError('CONFLICT', {
      message: 'This handoff was already opened.',
      fix: 'A secret is shown once. If it is lost, make a new one for the user.',
    });
  }
  if (row.expires_at <= now || row.sealed === null) {
    throw new ToolError('PLAN_EXPIRED', {
      message: 'This handoff expired: a sealed secret is kept for 24 hours.',
      fix: 'Make a new one for the user.',
    });
  }
  return row;
}

/** The secrets of a tenant that can still be opened, oldest first. */
export async function sealedHandoffs(db: StateStore, tenantId: string, now: number): Promise<HandoffTable[]> {
  return db
    .selectFrom('handoffs')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('sealed', 'is not', null)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .execute();
}

/** Opens a sealed secret, once: it is erased in the same step, whoever of two callers comes first gets it. */
export async function openHandoff(
  db: StateStore,
  row: HandoffTable,
  keys: Pick<UnlockedKeys, 'keyId' | 'sealing'>,
  now: number,
): Promise<string> {
  const secret = unsealed(row, keys.sealing);
  await db.transaction().execute(async (tx) => {
    const claimed = await tx
      .updateTable('handoffs')
      .set({ sealed: null, opened_at: now })
      .where('tenant_id', '=', row.tenant_id)
      .where('id', '=', row.id)
      .where('sealed', 'is not', null)
      .executeTakeFirst();
    if (claimed.numUpdatedRows !== 1n) {
      throw new ToolError('CONFLICT', {
        message: 'This handoff was opened a moment ago.',
        fix: 'A secret is shown once.',
      });
    }
    const body = { handoffId: row.id, kind: row.kind, subject: row.subject, keyId: keys.keyId };
    await appendAudit(tx, { tenantId: row.tenant_id, at: now, kind: 'handoff-opened', planId: row.plan_id, body });
  });
  return secret;
}

/** @throws ToolError CONFLICT where the key is not the one it was sealed to; it stays to be had. */
function unsealed({ sealed, tenant_id, id, subject }: HandoffTable, key: Buffer): string {
  const box = sealedBox.parse(JSON.parse(sealed ?? 'null'));
  try {
    return unseal(box, key, contextOf(tenant_id, id, subject));
  } catch {
    throw sealedToAnother();
  }
}

/** Said where a secret is opened with a key, or a PIN, that it was not sealed to; also where no PIN was ever set. */
export function sealedToAnother(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This handoff was sealed to another key.',
    fix: 'What was sealed to ENTRA_MCP_HANDOFF_KEY opens with its private key: entra-mcp reveal <id> --key <file>. All else opens with the PIN.',
  });
}

/** Erases secrets past their time. */
export async function eraseExpiredHandoffs(db: StateStore, tenantId: string, now: number): Promise<void> {
  await db
    .updateTable('handoffs')
    .set({ sealed: null })
    .where('tenant_id', '=', tenantId)
    .where('expires_at', '<=', now)
    .where('sealed', 'is not', null)
    .execute();
}

/** Said where a tool must seal and nobody could open it. */
export function sealingUnavailable(): ToolError {
  return new ToolError('APPROVAL_UNAVAILABLE', {
    message: 'This change makes a password, and there is no approver key to seal it to.',
    fix: 'A person sets the approver PIN in a terminal: entra-mcp approver set-pin; or the settings name a key to seal to, ENTRA_MCP_HANDOFF_KEY. Then ask for the change again.',
  });
}

function contextOf(tenantId: string, id: string, subject: string): string {
  return `entra-mcp handoff ${tenantId} ${id} ${subject}`;
}
