import type { Clock, GraphPort, Log, Random, TokenSource } from '../contract/index.ts';
import { LocalLedger } from './budget/local-ledger.ts';
import type { GraphQuota } from './budget/quotas.ts';
import { chain } from './chain.ts';
import { DeltaReader } from './delta-reader.ts';
import { auth } from './interceptors/auth.ts';
import { batch } from './interceptors/batch.ts';
import { budget } from './interceptors/budget.ts';
import { deadline } from './interceptors/deadline.ts';
import { grantCheck } from './interceptors/grant-check.ts';
import { requestId } from './interceptors/request-id.ts';
import { retry } from './interceptors/retry.ts';
import { QueryWriter } from './query.ts';
import { Reader } from './reader.ts';
import { GraphRoot } from './root.ts';
import { senderTo } from './send.ts';
import { Session } from './session.ts';
import { UsageCounter } from './usage.ts';
import { Writer } from './writer.ts';

/** What a port is made of. */
interface GraphPortOptions {
  /** The root that the API version is put under: `https://graph.microsoft.com`. */
  readonly root: string;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of this program, for the user agent. */
  readonly version: string;
  /** What Graph allows this app in this tenant: `auto`, the default, finds it out. */
  readonly quota?: GraphQuota;
}

/** One tenant's Graph over undici, which the first request loads. @throws ToolError CONFIG_INVALID for a bad root. */
export function createGraphPort(options: GraphPortOptions): GraphPort {
  const { tokens, clock, random, log, version, quota = 'auto' } = options;
  const root = new GraphRoot(options.root);
  const usage = new UsageCounter();
  const sender = senderTo(root.origin, `entra-mcp/${version}`);
  const ledger = new LocalLedger(clock, quota);
  const links = [
    deadline(clock),
    grantCheck(root),
    retry({ clock, random, usage, log }),
    // Inside retry, so that every attempt takes its budget anew.
    budget({ ledger, clock, usage }),
    batch({ root, random, log }),
    // From here on a $batch is one request.
    auth(tokens),
    requestId({ clock, log, usage }),
  ];
  const ports = { chain: chain(links, sender.send), clock, random, usage };
  const address = { root, queries: new QueryWriter() };
  return Object.freeze<GraphPort>({
    reader: (call) => new Reader(new Session(ports, call, undefined), address),
    delta: (call) => new DeltaReader(new Session(ports, call, undefined), address),
    writer: (call, grant) => new Writer(new Session(ports, call, grant), address),
    usage: () => usage.report(ledger.report()),
    close: () => {
      ledger.end();
      return sender.close();
    },
  });
}
