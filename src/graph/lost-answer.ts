import { type Clock, type GraphReader, type Look, ToolError } from '../contract/index.ts';
import { TransportFailure } from './failure.ts';

/** Milliseconds after the answer was lost. Graph replicates late: what was made may not be seen before. */
const looksAfterMs = [2000, 5000, 15_000, 30_000] as const;

interface LookPorts<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly look: Look<T>;
  /** With a deadline of its own for every look. */
  reader(): GraphReader;
  /** Sends the write. @throws ToolError OUTCOME_UNKNOWN where its answer was lost. */
  send(): Promise<T>;
}

/**
 * Sends a write that must not happen twice. Where its answer was lost, looks for what it made; where that can be said not
 * to be there, sends it once more. Throws what cannot be told as OUTCOME_UNKNOWN.
 */
export async function sendAndLook<T>(ports: LookPorts<T>): Promise<T> {
  try {
    return await ports.send();
  } catch (error) {
    if (!isLost(error)) throw error;
    const found = await find(ports, error);
    return found === undefined ? sendAgain(ports, error) : found;
  }
}

/** A refusal now may be the echo of the first request, which came late after all. */
async function sendAgain<T>(ports: LookPorts<T>, lost: ToolError): Promise<T> {
  try {
    return await ports.send();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.code !== 'CONFLICT' && !isLost(error)) throw error;
    const found = await find(ports, isLost(error) ? error : lost);
    if (found === undefined) throw error;
    return found;
  }
}

/** What the write made; undefined where it certainly is not there. @throws the loss where it cannot be told. */
async function find<T>({ clock, signal, look, reader }: LookPorts<T>, lost: ToolError): Promise<T | undefined> {
  const lostAt = clock.now();
  let seen: { readonly found: T | undefined } | undefined;
  for (const after of looksAfterMs) {
    try {
      await clock.sleep(Math.max(0, lostAt + after - clock.now()), signal);
    } catch {
      throw lost;
    }
    seen = await look.find(reader()).then(
      (found) => ({ found }),
      () => undefined,
    );
    if (seen?.found !== undefined) return seen.found;
  }
  // A look that failed says nothing: the last one has to have seen that there is nothing.
  if (seen === undefined || !look.naturalKey) throw lost;
  return undefined;
}

/** True where nobody can tell whether the write happened, unless the caller went away. */
function isLost(error: unknown): error is ToolError {
  if (!(error instanceof ToolError) || error.code !== 'OUTCOME_UNKNOWN') return false;
  return !(error.cause instanceof TransportFailure && error.cause.kind === 'cancelled');
}
