import { randomBytes } from 'node:crypto';
import type { Clock, Log, Random } from '../contract/index.ts';

/** The system's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not the one of timers/promises: it makes an AbortError, with its stack, for every deadline that was not needed.
  sleep: (ms, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted === true) {
      reject(signal.reason);
      return promise;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      },
      Math.max(0, ms),
    );
    signal?.addEventListener('abort', stop, { once: true });
    return promise;
  },
};

/** The operating system's randomness. */
export const systemRandom: Random = { bytes: (length) => randomBytes(length) };

/** Fields that never reach a log, wherever they stand in the first three levels. */
const secretFields = [
  'token',
  'accessToken',
  'authorization',
  'password',
  'passwordProfile',
  'clientSecret',
  'clientAssertion',
  'assertion',
  'secret',
  'pin',
  'idToken',
  'verifier',
];

/** Structured logs on stderr: stdout carries MCP messages only. */
export async function stderrLog(level: string): Promise<Log> {
  const { pino } = await import('pino');
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const logger = pino(
    { name: 'entra-mcp', level, redact: { paths, censor: '[redacted]' } },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
