import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import type { Log } from '../../src/contract/index.ts';

// What tests see of the product inside their own process is told to recorder.js, which writes it down.

const shown = channel('entra-mcp:output');
const sent = channel('entra-mcp:sent');

/** Notes what the product answered, logged, printed or threw. */
export function noteOutput(where: 'answer' | 'log' | 'command' | 'error', value: unknown): void {
  if (!shown.hasSubscribers) return;
  const text = typeof value === 'string' ? value : inspect(value, { depth: 12, maxStringLength: null });
  shown.publish({ where, text });
}

const line = (fields: unknown, message: string) => noteOutput('log', [message, fields]);

/** A log that nobody reads but the search for secrets. */
export const notedLog: Log = { debug: line, info: line, warn: line, error: line };

/** Notes what a tenant that is no server received: whatever password it is given is a secret. */
export function noteSent(body: unknown): void {
  sent.publish({ text: JSON.stringify(body) });
}

/** Notes what a call comes to, and hands it on. */
export async function noted<T>(call: Promise<T>): Promise<T> {
  try {
    const value = await call;
    noteOutput('answer', JSON.stringify(value) ?? '');
    return value;
  } catch (error) {
    noteOutput('error', error);
    throw error;
  }
}

/** The same object, with all that its methods come to noted. */
export function notingAll<T extends object>(of: T): T {
  return new Proxy(of, {
    get(target, name, self) {
      const value: unknown = Reflect.get(target, name, self);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, args);
        return answer instanceof Promise ? noted(answer) : answer;
      };
    },
  });
}
