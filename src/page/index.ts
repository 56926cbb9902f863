import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../contract/index.ts';
import { pageListener } from './listener.ts';
import { type PageParts, PageService } from './service.ts';

/** Cookies know no ports: a browser that comes back to `localhost` brings those of everything that was ever served there. */
const maxHeaderSize = 32 * 1024;

/** The page on which a human approves, served on loopback by this process. */
export interface RunningPage {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Where a plan is on it. A fragment: it is sent to nobody, and the page shows it only after the PIN. */
  addressOf(planId: string): string;
  /** When the page last asked for something, in milliseconds since the Unix epoch; 0 where it never did. */
  lastAsked(): number;
  close(): Promise<void>;
}

/** Serves the page on 127.0.0.1 and a free port. It keeps no process alive. */
export async function servePage(parts: PageParts & { readonly log: Log }): Promise<RunningPage> {
  let origin = '';
  let asked = 0;
  const listener = pageListener(new PageService(parts), () => origin, parts.log);
  const server = createServer({ maxHeaderSize, headersTimeout: 5_000, requestTimeout: 10_000 }, (...pair) => {
    asked = parts.clock.now();
    listener(...pair);
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A connection that cannot be taken: the others can, and the process goes on.
  server.on('error', (error) => parts.log.error({ err: error }, 'approval page'));
  server.unref();
  origin = `http://127.0.0.1:${portOf(server.address())}`;
  return {
    origin,
    addressOf: (planId) => `${origin}/#${planId}`,
    lastAsked: () => asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port');
  return address.port;
}
