import { type Clock, ToolError } from '../contract/index.ts';
import { openPinAttempts, type PinAttemptStore } from '../store/index.ts';
import { appendAudit } from './audit.ts';
import { type ApproverKeys, type UnlockedKeys, unlock } from './keys.ts';
import type { OpenTenant } from './open-tenant.ts';

/** So many wrong PINs in a row lock; each further one locks for twice as long. */
const freeAttempts = 5;
const firstLockMs = 15 * 60 * 1000;
const longestLockMs = 24 * 60 * 60 * 1000;

/**
 * Opens the approver's keys with a PIN that came over a network, loopback too: wrong ones are counted beside the keys, for all
 * tenants of the state folder, all processes and restarts, and lock. An attempt counts before the PIN is looked at, so that many at once are no way around.
 * @throws ToolError NOT_PERMITTED (wrong PIN), LIMIT_REACHED with retryAfterMs (locked).
 */
export async function unlockCounted(
  open: OpenTenant,
  keys: ApproverKeys,
  pin: string,
  clock: Clock,
): Promise<UnlockedKeys> {
  const attempts = await openPinAttempts(open.tenant);
  try {
    const attempt = await attempts.transaction().execute((tx) => counted(tx, clock.now()));
    const unlocked = await unlock(keys, pin).catch((error) => refused(open, attempt, clock, error));
    await attempts.deleteFrom('pin_attempts').execute();
    return unlocked;
  } finally {
    await attempts.destroy();
  }
}

interface Attempt {
  readonly failures: number;
  /** Milliseconds since the Unix epoch; 0 where nothing is locked. */
  readonly lockedUntil: number;
}

/** Puts a wrong PIN on record, and says how many are left. Always throws. */
async function refused({ tenant, store }: OpenTenant, attempt: Attempt, clock: Clock, error: unknown): Promise<never> {
  if (!(error instanceof ToolError && error.code === 'NOT_PERMITTED')) throw error;
  const { tenantId } = tenant;
  const { failures, lockedUntil } = attempt;
  const until = lockedUntil === 0 ? {} : { lockedUntil: new Date(lockedUntil).toISOString() };
  const body = { result: 'wrong', through: 'page', failures, ...until };
  await store.transaction().execute((tx) => appendAudit(tx, { tenantId, at: clock.now(), kind: 'approver-pin', body }));
  throw lockedUntil === 0 ? wrong(freeAttempts - failures) : locked(lockedUntil - clock.now());
}

/** Counts an attempt as failed, whatever comes of it. @throws ToolError LIMIT_REACHED */
async function counted(tx: PinAttemptStore, now: number): Promise<Attempt> {
  const row = await tx.selectFrom('pin_attempts').select(['failures', 'locked_until']).executeTakeFirst();
  if (row !== undefined && row.locked_until > now) throw locked(row.locked_until - now);
  const failures = (row?.failures ?? 0) + 1;
  const over = failures - freeAttempts;
  const locked_until = over < 0 ? 0 : now + Math.min(firstLockMs * 2 ** over, longestLockMs);
  await tx
    .insertInto('pin_attempts')
    .values({ id: 1, failures, locked_until })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ failures, locked_until }))
    .execute();
  return { failures, lockedUntil: locked_until };
}

function wrong(left: number): ToolError {
  return new ToolError('NOT_PERMITTED', {
    message: 'Wrong approver PIN.',
    fix: `${left === 1 ? 'One more wrong PIN locks' : `${left} more wrong PINs lock`} this page for a while. If the PIN is lost, it is reset in a terminal: entra-mcp approver set-pin --reset.`,
  });
}

function locked(retryAfterMs: number): ToolError {
  return new ToolError('LIMIT_REACHED', {
    message: 'Too many wrong PINs: this page takes none for a while.',
    fix: 'Wait, or approve in a terminal: entra-mcp plans. If it was not you who typed them, something on this machine guesses.',
    retryAfterMs,
  });
}
