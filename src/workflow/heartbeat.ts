import { leaseMs } from '../store/index.ts';
import type { WorkflowParts } from './parts.ts';
import { leaseOf, type RunRow, updateRun } from './run-store.ts';

/** Renews a run's lease until told to stop. */
export function heartbeat(parts: WorkflowParts, row: RunRow): () => void {
  const stop = new AbortController();
  const beat = async () => {
    while (!stop.signal.aborted) {
      await parts.clock.sleep(leaseMs / 3, stop.signal);
      await updateRun(parts, row, leaseOf(parts));
    }
  };
  // Ends by its abort; a store that fails shows in the run itself.
  beat().catch(() => undefined);
  return () => stop.abort();
}
