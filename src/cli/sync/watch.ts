import { type Random, ToolError } from '../../contract/index.ts';
import type { Delivery } from '../../directory/index.ts';
import type { Outcome } from '../desk.ts';
import { exits, toldFailure } from '../failure.ts';
import { drawReport, reportLine } from '../sync-sheet.ts';
import { type Syncing, synced, tellDelivered } from './syncing.ts';

/** Trying again does not help: a person has to do something first. */
const final: ReadonlySet<string> = new Set(['AUTH_REQUIRED', 'NOT_PERMITTED', 'CONFIG_INVALID']);

/**
 * Syncs and delivers, round after round, until it is asked to end. Each target is delivered to beside the rounds. Exits 1
 * where a target stopped, at once where none is left.
 * @throws ToolError where trying again does not help.
 */
export async function watch(syncing: Syncing, intervalMs: number, end: AbortSignal): Outcome {
  const { desk, deliveries } = syncing;
  const over = new AbortController();
  const signal = AbortSignal.any([end, over.signal]);
  const stopped = new Set<Delivery>();
  const following = deliveries.map(async (delivery) => {
    try {
      await delivery.follow(signal, (changes) => tellDelivered(desk, delivery, changes));
    } catch (error) {
      if (signal.aborted) return;
      toldFailure(error, desk.err, false);
      stopped.add(delivery);
      if (stopped.size === deliveries.length) over.abort();
    }
  });
  try {
    for (let round = 1; ; round += 1) {
      const pauseMs = await oneRound(syncing, round, signal);
      for (const delivery of deliveries) delivery.wake();
      await desk.ports.clock.sleep(Math.max(pauseMs, jittered(intervalMs, desk.ports.random)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
    await Promise.all(following);
  }
  return stopped.size === 0 ? exits.done : exits.failed;
}

/** Gives how long to wait at least, in milliseconds. */
async function oneRound(syncing: Syncing, round: number, signal: AbortSignal): Promise<number> {
  const { desk, json } = syncing;
  try {
    const report = await synced(syncing, signal);
    if (json) desk.out.json(report);
    else if (round === 1) drawReport(report, desk.out);
    else desk.out.line(reportLine(report, desk.ports.clock.now()));
    return 0;
  } catch (error) {
    const code = error instanceof ToolError ? error.code : undefined;
    if (signal.aborted || (code !== undefined && final.has(code))) throw error;
    if (code === 'CONFLICT') desk.err.line('Another process syncs this directory: the next round looks again.');
    else toldFailure(error, desk.err, false);
    return error instanceof ToolError ? (error.retryAfterMs ?? 0) : 0;
  }
}

/** Give or take a tenth, so that many processes do not come at once. */
function jittered(ms: number, random: Random): number {
  const [byte = 0] = random.bytes(1);
  return Math.round(ms * (0.9 + 0.2 * (byte / 255)));
}
