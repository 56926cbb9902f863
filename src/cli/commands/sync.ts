import { hostname } from 'node:os';
import { Delivery, type Sink, sinkCursors, sinksTo, targetOf } from '../../directory/index.ts';
import type { Desk, Outcome } from '../desk.ts';
import type { OpenDirectory } from '../ports.ts';
import { untilAskedToEnd } from '../stopping.ts';
import { once } from '../sync/once.ts';
import type { Syncing } from '../sync/syncing.ts';
import { watch } from '../sync/watch.ts';

interface SyncOptions {
  /** Where changes are delivered to. */
  readonly to: readonly string[];
  readonly watch?: boolean;
  /** Milliseconds; the setting where it is not given. */
  readonly interval?: number;
  readonly demo: boolean;
  readonly envFile?: string;
  readonly json?: boolean;
}

/**
 * `entra-mcp sync`: brings the mirror up to the tenant and delivers what changed, once or, with `--watch`, until it is
 * asked to end. stdout gets the reports; everything else goes to stderr.
 */
export async function sync(desk: Desk, options: SyncOptions): Outcome {
  const targets = options.to.map(targetOf);
  const { demo, envFile } = options;
  // Not yet watched for signals: a sign-in can be left with Ctrl-C.
  const opened = await desk.ports.openDirectory({ demo, ...(envFile === undefined ? {} : { envFile }) });
  let deliveries: readonly Delivery[] = [];
  try {
    const { tenantId, syncSecret: secret } = opened;
    const sinks = sinksTo(targets, { tenantId, secret, clock: desk.ports.clock });
    deliveries = sinks.map((sink) => deliveryTo(sink, desk, opened));
    const syncing: Syncing = { desk, directory: opened.directory, deliveries, json: options.json === true };
    return await untilAskedToEnd((end) =>
      options.watch === true ? watch(syncing, options.interval ?? opened.syncIntervalMs, end) : once(syncing, end),
    );
  } finally {
    await Promise.all(deliveries.map((delivery) => delivery.close()));
    await opened.close();
  }
}

function deliveryTo(sink: Sink, desk: Desk, opened: OpenDirectory): Delivery {
  const { clock, random } = desk.ports;
  const owner = `${hostname()}:${process.pid}:${Buffer.from(random.bytes(6)).toString('hex')}`;
  return new Delivery({
    ...{ sink, clock, random, feed: opened.directory, cursors: sinkCursors({ file: opened.file, owner, clock }) },
    tell: (message) => desk.err.paragraph(message, { rest: '  ', ink: 'yellow' }),
  });
}
