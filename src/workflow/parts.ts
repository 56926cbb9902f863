import type { Clock, Log, Random } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';

/** What the workflows of one tenant are made of. */
export interface WorkflowParts {
  readonly tenantId: string;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This process among those that share the store: `host:pid:nonce`. */
  readonly owner: string;
}
