import type { Outcome } from '../desk.ts';
import { exits, toldFailure } from '../failure.ts';
import { drawReport } from '../sync-sheet.ts';
import { type Syncing, synced, tellDelivered } from './syncing.ts';

/** Syncs once and delivers all there is. Exits 1 where a target stopped: the others get theirs. */
export async function once(syncing: Syncing, end: AbortSignal): Outcome {
  const { desk, deliveries, json } = syncing;
  try {
    const report = await synced(syncing, end);
    if (json) desk.out.json(report, 2);
    else drawReport(report, desk.out);
    const codes = await Promise.all(
      deliveries.map(async (delivery) => {
        try {
          tellDelivered(desk, delivery, await delivery.drain(end));
          return exits.done;
        } catch (error) {
          return end.aborted ? exits.done : toldFailure(error, desk.err, false);
        }
      }),
    );
    if (!end.aborted) return codes.every((code) => code === exits.done) ? exits.done : exits.failed;
  } catch (error) {
    if (!end.aborted) throw error;
  }
  desk.err.line('Ended before it was done. What is done is kept: the next sync goes on there.');
  return exits.interrupted;
}
