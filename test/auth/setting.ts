import tls from 'node:tls';
import { inspect } from 'node:util';
import { createTokenSource, type TokenSourceOptions } from '../../src/auth/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import { type Clock, type Log, ToolError } from '../../src/contract/index.ts';
import type { LoginServer } from '../fixtures/login-server.ts';
import { noteOutput } from '../secrets/outputs.ts';

/** Makes this process trust the private authority, as NODE_EXTRA_CA_CERTS does from the start. */
export function trust(ca: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
}

/** Keeps what was logged, to look through. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${message} ${inspect(fields, { depth: 8 })}`);
    noteOutput('log', lines.at(-1));
  };
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

/** Real time, but pauses are only written down. */
export function impatientClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    pauses,
    now: () => Date.now(),
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      pauses.push(ms);
    },
  };
}

/** Real time; a pause ends only when it is given up. */
export function endlessClock(): Clock {
  return {
    now: () => Date.now(),
    sleep: (_ms, signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  };
}

export function sourceFor(
  server: Pick<LoginServer, 'url' | 'tenantId' | 'clientId'>,
  env: Record<string, string>,
  options: Partial<TokenSourceOptions> = {},
) {
  const app = { AZURE_TENANT_ID: server.tenantId, AZURE_CLIENT_ID: server.clientId, AZURE_AUTHORITY_HOST: server.url };
  const config = loadConfig({ env: { ...app, ...env }, packageRoot: '/nowhere', configDir: '/nowhere' });
  return createTokenSource({ config, clock: impatientClock(), log: recordingLog(), ...options });
}

/** The `ToolError` that it ends with; anything else fails the test. */
export async function errorOf(work: Promise<unknown>): Promise<ToolError> {
  try {
    await work;
  } catch (error) {
    noteOutput('error', error);
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
