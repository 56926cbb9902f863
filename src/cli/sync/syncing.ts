import type { DirectoryPort, SyncReport } from '../../contract/index.ts';
import type { Delivery } from '../../directory/index.ts';
import type { Desk } from '../desk.ts';

/** What a sync on the command line works with. */
export interface Syncing {
  readonly desk: Desk;
  readonly directory: DirectoryPort;
  readonly deliveries: readonly Delivery[];
  /** Reports are printed as data. */
  readonly json: boolean;
}

const betweenLinesMs = 1000;

/** One sync. Where it takes longer, a line a second says how far it is. @throws ToolError */
export function synced({ desk, directory }: Syncing, signal: AbortSignal): Promise<SyncReport> {
  const { clock } = desk.ports;
  let last = clock.now();
  const progress = (message: string) => {
    if (clock.now() - last < betweenLinesMs) return;
    last = clock.now();
    desk.err.line({ text: message, ink: 'dim' });
  };
  return directory.sync({ signal, progress });
}

/** Says what a target got. */
export function tellDelivered({ err }: Desk, { name }: Delivery, changes: number): void {
  if (changes > 0) err.line({ text: `${changes} ${changes === 1 ? 'change' : 'changes'} to ${name}`, ink: 'dim' });
}
