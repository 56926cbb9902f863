import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DirectoryChange, ToolError } from '../../contract/index.ts';
import { type Batch, type Sink, Undelivered } from './sink.ts';
import type { Target } from './target.ts';

/** How every line begins: a torn one that does not is not ours. */
const lineStart = Buffer.from('{"sequence":');
const blockBytes = 64 * 1024;

/** What may be over soon: a full disk, a busy file server. */
const passing = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'EBUSY', 'EAGAIN', 'ESTALE', 'ETIMEDOUT']);

/**
 * A file that gets a line of JSON for each change. It is opened anew for each batch: where it was moved away, a new one is
 * made, for its owner alone.
 */
export class NdjsonFile implements Sink {
  readonly name: string;
  readonly identity: string;
  readonly most = 500;
  readonly #path: string;

  constructor({ name, identity, path }: Extract<Target, { readonly kind: 'file' }>) {
    this.name = name;
    this.identity = identity;
    this.#path = path;
  }

  async deliver({ changes }: Batch): Promise<void> {
    try {
      await this.#append(changes.map(lineOf).join(''));
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  async close(): Promise<void> {}

  async #append(lines: string): Promise<void> {
    const isNew = await this.#isMissing();
    const file = await open(this.#path, 'a+', 0o600);
    try {
      await this.#cutTornLine(file);
      await file.writeFile(lines);
      await file.sync();
    } finally {
      await file.close();
    }
    if (isNew) await syncFolder(dirname(this.#path));
  }

  /** A pipe would wait for a reader, and keeps nothing. */
  async #isMissing(): Promise<boolean> {
    const found = await stat(this.#path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined && !found.isFile()) throw this.#refused('is not a file');
    return found === undefined;
  }

  /** A process that was killed may have left the beginning of a line: it was not committed, and comes again whole. */
  async #cutTornLine(file: FileHandle): Promise<void> {
    const { size } = await file.stat();
    const end = await endOfLines(file, size);
    if (end === size) return;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(lineStart.length), 0, lineStart.length, end);
    if (!lineStart.subarray(0, bytesRead).equals(buffer.subarray(0, bytesRead))) {
      throw this.#refused('ends in a line that is not of this program');
    }
    await file.truncate(end);
  }

  #failureOf(error: unknown): unknown {
    const code = codeOf(error);
    if (code === undefined) return error;
    if (passing.has(code)) return new Undelivered(`cannot be written (${code})`, { cause: error });
    return this.#refused(`cannot be written (${code})`, error);
  }

  #refused(why: string, cause?: unknown): ToolError {
    return new ToolError('CONFIG_INVALID', {
      message: `${this.name} ${why}.`,
      fix: 'Name a file in a folder that this user can write to. Delivery goes on where it stood.',
      cause,
    });
  }
}

/** Some readers take other characters than a line feed for the end of a line: those are escaped. */
function lineOf({ sequence, ...change }: DirectoryChange): string {
  const json = JSON.stringify({ sequence, ...change });
  return `${json.replace(/[\u0085\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

/** The offset after the last line feed. */
async function endOfLines(file: FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(blockBytes);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - blockBytes);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const at = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** A new file is only safe once its folder knows it. Windows cannot sync a folder, and need not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error
    ? error.code
    : undefined;
}
