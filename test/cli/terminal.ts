import { PassThrough } from 'node:stream';
import { type CliPorts, runCli, type Terminal } from '../../src/cli/index.ts';
import type { Clock } from '../../src/contract/index.ts';
import { noteOutput } from '../secrets/outputs.ts';

/** A moment that tests can count on: 2026-01-01T12:00:00Z. */
export const noon = Date.UTC(2026, 0, 1, 12);

export const stoppedClock: Clock = { now: () => noon, sleep: () => new Promise(() => {}) };

/** A terminal in memory. */
export interface FakeTerminal extends Terminal {
  readonly typed: PassThrough;
  /** What was written so far. */
  readonly written: { readonly output: string; readonly error: string };
  /** Every switch of raw mode. */
  readonly raw: boolean[];
}

interface Shape {
  /** What a person types, or a program sends; the end of input follows unless `open`. */
  readonly input?: string;
  readonly open?: boolean;
  /** A person sits at it: input and output are terminals. */
  readonly person?: boolean;
  readonly columns?: number;
}

export function fakeTerminal({ input = '', open = false, person = false, columns = 80 }: Shape = {}): FakeTerminal {
  const typed = new PassThrough();
  typed.write(input);
  if (!open) typed.end();
  const raw: boolean[] = [];
  const written = { output: '', error: '' };
  const sink = (name: keyof typeof written) =>
    new PassThrough().setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  const terminal = person ? { isTTY: true, columns } : {};
  const keyboard = person ? { isTTY: true, setRawMode: (mode: boolean) => raw.push(mode) } : {};
  return {
    typed,
    raw,
    written,
    input: Object.assign(typed, keyboard),
    output: Object.assign(sink('output'), terminal),
    error: Object.assign(sink('error'), terminal),
  };
}

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly error: string;
  readonly raw: readonly boolean[];
}

/** Runs a command as the entry does, on a terminal in memory. */
export async function run(
  argv: readonly string[],
  { ports = {}, ...shape }: Shape & { readonly ports?: Partial<CliPorts> } = {},
): Promise<Ran> {
  const terminal = fakeTerminal(shape);
  const code = await runCli(argv, { ...unusedPorts, ...ports, terminal });
  // What was written last is still on its way.
  await new Promise((resolve) => setImmediate(resolve));
  // What `reveal` prints is for a person alone.
  if (argv[0] !== 'reveal') noteOutput('command', terminal.written.output);
  noteOutput('command', terminal.written.error);
  return { code, output: terminal.written.output, error: terminal.written.error, raw: terminal.raw };
}

const unusedPorts: Omit<CliPorts, 'terminal'> = {
  version: '1.2.3',
  clock: stoppedClock,
  random: { bytes: (length) => new Uint8Array(length) },
  self: [process.execPath, 'no-such-entry.js'],
  stateDir: ({ stateDir }) => stateDir ?? '/no/such/state',
  policyFile: () => undefined,
  inventory: () => Promise.reject(new Error('no inventory here')),
  startDemo: () => Promise.reject(new Error('no demo here')),
  setup: () => Promise.reject(new Error('no setup here')),
  signsIn: () => false,
  decisionPage: () => Promise.reject(new Error('no page here')),
  openServer: () => Promise.reject(new Error('no server here')),
  openDirectory: () => Promise.reject(new Error('no directory here')),
};
