/** A process that holds a lease is trusted to be alive this long without a sign; it gives one every third of it. */
export const leaseMs = 30_000;

/**
 * True for a lease of a process on this machine that is gone. Owners are `host:pid:nonce`; in a container the next
 * process often has the pid of the last one.
 */
export function isGone(leaseOwner: string | null, owner: string): boolean {
  const [host, number] = leaseOwner?.split(':') ?? [];
  const [ownHost, ownNumber] = owner.split(':');
  const pid = Number(number);
  if (host !== ownHost || !Number.isInteger(pid)) return false;
  if (number === ownNumber) return leaseOwner !== owner;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
