import { hostname } from 'node:os';
import type { Config } from '../config/index.ts';
import type { Clock, Log } from '../contract/index.ts';
import { isGuid } from '../contract/odata.ts';
import { tenantFolders } from '../store/folders.ts';

/** How long after the start an idle server looks: the client's first calls go first. */
const patienceMs = 2_000;

/** A tenant that cannot be opened, for want of a network say, is tried again after this. */
const againMs = 60_000;

/** Signing in this way asks a person, which nothing may do unasked. */
const asksAPerson: readonly string[] = ['device-code', 'browser'];

/**
 * Opens the tenant of an idle server that has runs to start at their time, or to look at since a process left them in the
 * middle: otherwise only a call opens it. What is heavy is loaded only where there is state to look at.
 */
export async function wakeForRuns(
  config: Pick<Config, 'tenantId' | 'stateDir' | 'auth'>,
  open: () => Promise<unknown>,
  { clock, log }: { readonly clock: Clock; log(): Promise<Log> },
): Promise<void> {
  const { tenantId, stateDir, auth } = config;
  if (tenantId === undefined || !isGuid(tenantId) || asksAPerson.includes(auth)) return;
  await clock.sleep(patienceMs);
  const folder = tenantFolders(stateDir).find((one) => one.tenantId === tenantId.toLowerCase() && !one.demo);
  if (folder === undefined) return;
  const [{ openState }, { interruptedRuns, scheduledRuns }] = await Promise.all([
    import('../store/index.ts'),
    import('../workflow/index.ts'),
  ]);
  const store = await openState(folder);
  const { tenantId: id } = folder;
  try {
    const owner = `${hostname()}:${process.pid}:waking`;
    const scheduled = await scheduledRuns(store, id);
    if (scheduled.length === 0 && (await interruptedRuns({ store, tenantId: id, clock, owner })).length === 0) return;
  } finally {
    await store.destroy();
  }
  for (;;) {
    try {
      await open();
      return;
    } catch (error) {
      (await log()).error({ err: error }, 'the tenant cannot be opened for runs that wait for it; it is tried again');
      await clock.sleep(againMs);
    }
  }
}
