const signals = ['SIGINT', 'SIGTERM'] as const;

/** Runs `work` with a signal that aborts when the process is asked to end; the process then ends by what `work` answers. */
export async function untilAskedToEnd<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const ask = () => end.abort();
  for (const signal of signals) process.on(signal, ask);
  try {
    return await work(end.signal);
  } finally {
    for (const signal of signals) process.off(signal, ask);
  }
}

/** Resolves when the signal aborts; holds the process open until then. */
export function aborted(signal: AbortSignal): Promise<void> {
  const hold = setInterval(() => {}, 2 ** 30);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearInterval(hold));
}
