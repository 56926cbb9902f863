import type { Clock, GraphPort, Log, Random, TokenSource } from '../contract/index.ts';
import { chain } from './chain.ts';
import { auth } from './interceptors/auth.ts';
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
}

/** One tenant's Graph over undici, which the first request loads. @throws ToolError CONFIG_INVALID for a bad root. */
export function createGraphPort(options: GraphPortOptions): GraphPort {
  const { tokens, clock, random, log, version } = options;
  const root = new GraphRoot(options.root);
  const usage = new UsageCounter();
  const sender = senderTo(root.origin, `entra-mcp/${version}`);
  const links = [
    deadline(clock),
    grantCheck(root),
    retry({ clock, random, usage, log }),
    // The budget stands here, then the batch: inside retry, so that every attempt takes its budget anew.
    auth(tokens),
    requestId({ clock, log, usage }),
  ];
  const ports = { chain: chain(links, sender.send), clock, random, usage };
  const address = { root, queries: new QueryWriter() };
  return Object.freeze<GraphPort>({
    reader: (call) => new Reader(new Session(ports, call, undefined), address),
    writer: (call, grant) => new Writer(new Session(ports, call, grant), address),
    usage: () => usage.report(),
    close: () => sender.close(),
  });
}
