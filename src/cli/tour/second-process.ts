import { spawn } from 'node:child_process';

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const longestMs = 20_000;

/** Runs this program again as a process of its own, as a person would in another window. */
export async function runAgain(
  self: readonly [string, ...string[]],
  args: readonly string[],
  { stdin = '', columns }: { stdin?: string; columns: number },
): Promise<Ended> {
  const [command, ...first] = self;
  const child = spawn(command, [...first, ...args], {
    env: { ...process.env, COLUMNS: String(columns) },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: longestMs,
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject).on('close', (code) => resolve(code));
  // A command that ends without reading its input closes the pipe: its exit code tells.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return { code: await promise, ...written };
}
