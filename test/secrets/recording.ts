import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scan } from './scan.ts';

const mostShown = 40;

/**
 * Vitest's globalSetup: has the secrets and the outputs of the whole run written down (recorder.js), and fails the run in
 * the end where one stands in the other.
 */
export default function record(): (() => void) | undefined {
  // Both projects of a run share one recording.
  if (process.env['SECRET_RECORDING'] !== undefined) return undefined;
  const folder = newRecording();
  process.env['SECRET_RECORDING'] = folder;
  return () => {
    try {
      const { secrets, bytes } = judge(folder);
      const megabytes = (bytes / 2 ** 20).toFixed(1);
      if (secrets > 0) process.stdout.write(`\n ${secrets} secrets, ${megabytes} MB put out: none stands in it.\n`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

/** An empty folder to record into. */
export function newRecording(): string {
  const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-secrets-'));
  for (const part of ['secrets', 'outputs']) mkdirSync(join(folder, part));
  return folder;
}

/** @throws Error that names what leaked, where and in which test, never the secret. */
export function judge(folder: string): { readonly secrets: number; readonly bytes: number } {
  const { leaks, ...counts } = scan(folder);
  if (leaks.length === 0) return counts;
  const lines = leaks.map(({ kind, encoding, where, from }) => `  ${kind} (${encoding}) in ${where}\n    of ${from}`);
  throw new Error(`${leaks.length} secrets stand in what was put out:\n${lines.slice(0, mostShown).join('\n')}`);
}
