/** Why no answer came. */
type FailureKind =
  /** The caller's signal aborted. */
  | 'cancelled'
  /** The deadline passed. */
  | 'deadline'
  /** No connection: DNS, refusal, TLS, a proxy that says no. */
  | 'connect'
  /** The connection broke after the request began to leave. */
  | 'reset'
  /** The other side fell silent. */
  | 'timeout'
  /** The answer is larger than any that Graph gives. */
  | 'too-large'
  /** The answer's encoding is broken. */
  | 'undecodable'
  /** The port was closed. */
  | 'closed';

/** No answer, or none that was whole. Inside src/graph only: the port turns it into a ToolError. */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  readonly kind: FailureKind;
  /** True where some of the request may have reached Graph. */
  readonly sent: boolean;
  /** The system's or undici's code: `ENOTFOUND`, `ECONNREFUSED`, `UND_ERR_SOCKET` … */
  readonly reason: string | undefined;

  constructor(kind: FailureKind, options: { sent: boolean; reason?: string | undefined; cause?: unknown }) {
    super(`Graph request failed: ${kind}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.sent = options.sent;
    this.reason = options.reason;
  }
}

/** The reason with which the chain's own signal aborts: who stopped the request. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly by: 'cancelled' | 'deadline';

  constructor(by: 'cancelled' | 'deadline') {
    super(by);
    this.by = by;
  }
}

/** The failure that an aborted signal stands for. */
export function stoppedBy(signal: AbortSignal, sent: boolean): TransportFailure {
  const reason: unknown = signal.reason;
  return new TransportFailure(reason instanceof Stopped ? reason.by : 'cancelled', { sent });
}

/** Waits for a promise, but no longer than until the signal aborts: then throws TransportFailure. Nothing was sent. */
export async function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => undefined);
    throw stoppedBy(signal, false);
  }
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(stoppedBy(signal, false));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
