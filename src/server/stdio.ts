import { greeterOf } from './greeting.ts';
import { introductionOf } from './introduction.ts';
import type { Pipeline } from './pipeline.ts';
import type { ServerPorts, TenantSession } from './ports.ts';
import { received } from './reception.ts';
import { StdioWire, type Wire } from './wire.ts';

/** How long calls under way may take to come to a safe end once the client is gone. */
const graceMs = 1_750;

/**
 * Serves MCP on stdin and stdout, in both protocol eras. Resolves when the client is gone (stdin closed): running calls were
 * told to stop, and had up to 1.75 s to end, as had an apply that goes on behind an answer.
 */
export async function serveOverStdio(ports: ServerPorts, wire: Wire = new StdioWire()): Promise<void> {
  const running = new Set<Promise<unknown>>();
  const session = remembered(ports.session);
  const own = { ...ports, session: session.open };
  const host = { ports: own, pipeline: lazyPipeline(own), running };
  const introduction = introductionOf(ports);
  const report = (error: Error) => reported(error, ports);
  await received(wire, {
    greet: greeterOf(introduction),
    // The SDK is heavy, and not needed to be greeted.
    connect: async (inner) => (await import('./connection.ts')).connect(host, introduction, inner, report),
    report,
  });
  const grace = new AbortController();
  session.stop();
  const quiet = Promise.allSettled(running).then(() => session.idle());
  await Promise.race([quiet, ports.clock.sleep(graceMs, grace.signal)]).catch(() => {});
  grace.abort();
}

/** The session once a call has opened it, to wait for what it still does. One that is still being opened does nothing yet. */
function remembered(open: ServerPorts['session']) {
  let opened: TenantSession | undefined;
  return {
    open: async () => {
      opened = await open();
      return opened;
    },
    stop: () => opened?.gate.stop(),
    idle: async () => opened?.gate.idle(),
  };
}

/** The pipeline and all behind it load with the first call, not before `tools/list` is answered. */
function lazyPipeline(ports: ServerPorts): () => Promise<Pipeline> {
  let loaded: Promise<Pipeline> | undefined;
  return () => {
    loaded ??= import('./pipeline.ts').then(({ createPipeline }) => createPipeline(ports));
    return loaded;
  };
}

/** Broken messages and the like: to the log, which is stderr. */
function reported(error: Error, ports: ServerPorts): void {
  ports.log().then(
    (log) => log.warn({ err: error }, 'MCP connection'),
    () => {},
  );
}
