import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The least that speaks MCP over stdio, so that what is measured is the server. */
export class StdioClient {
  readonly started = performance.now();
  readonly #child: ChildProcess;
  readonly #stateDir = mkdtempSync(join(tmpdir(), 'entra-mcp-bench-'));
  readonly #waiting = new Map<number, (answer: { result?: unknown }) => void>();
  #buffer = '';
  #id = 0;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ENTRA_MCP_STATE_DIR: this.#stateDir, ...env },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
  }

  /** The handshake of the older era, which most clients still open with. */
  async initialize(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1' };
    await this.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
    this.#send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  }

  request(method: string, params: unknown = {}): Promise<{ result?: unknown }> {
    this.#id += 1;
    const id = this.#id;
    const answered = new Promise<{ result?: unknown }>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ jsonrpc: '2.0', id, method, params });
    return answered;
  }

  /** Resident memory in KB; undefined where /proc does not tell. */
  residentKb(): number | undefined {
    return this.#kb('VmRSS');
  }

  /** The most it ever was. */
  peakKb(): number | undefined {
    return this.#kb('VmHWM');
  }

  #kb(line: string): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(new RegExp(`${line}:\\s+(\\d+)`).exec(status)?.[1]);
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#stateDir, { recursive: true, force: true });
  }

  #send(message: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #receive(text: string): void {
    this.#buffer += text;
    for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
      const answer = JSON.parse(this.#buffer.slice(0, end));
      this.#buffer = this.#buffer.slice(end + 1);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    }
  }
}
