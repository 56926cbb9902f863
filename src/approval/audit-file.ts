import { type FileHandle, open } from 'node:fs/promises';
import type { Clock, Log } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import { type ExportedRow, exportedRows } from './trail-export.ts';

/** Rows that another process commits (an approval in a terminal) are looked for this often. */
const lookMs = 5_000;

interface AuditFileParts {
  readonly store: StateStore;
  readonly tenantId: string;
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The last row that a file holds. */
interface LastRow {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Appends each row of a tenant's trail to a file, as NDJSON, soon after it is committed. The store stays the truth: a
 * failure is logged and tried again, and nothing waits for it. It goes on after the last line that the file has of this
 * tenant; processes take turns by the store's write lock. Rows come in order, and after a crash or a rotation perhaps twice.
 */
export class AuditFile {
  readonly #parts: AuditFileParts;
  readonly #over = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;
  /** What is known to be in the file, and how long that made it. */
  #known: (LastRow & { readonly size: number }) | undefined;
  #failure: string | undefined;

  constructor(parts: AuditFileParts) {
    this.#parts = parts;
  }

  /** Begins: catches up, and goes on until `close`. */
  start(): void {
    const look = async () => {
      while (!this.#over.signal.aborted) {
        this.poke();
        await this.#parts.clock.sleep(lookMs, this.#over.signal);
      }
    };
    // Ends by its abort.
    look().catch(() => undefined);
  }

  /** Something was committed: it may be a row. */
  poke(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Writes what is left, and ends. */
  async close(): Promise<void> {
    this.#over.abort();
    this.poke();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        while (await this.#catchUp());
        if (this.#failure !== undefined)
          this.#parts.log.info({ file: this.#parts.path }, 'the audit file is written again');
        this.#failure = undefined;
      } catch (error) {
        this.#failed(error);
        return;
      }
    }
  }

  /** True while there may be more. */
  async #catchUp(): Promise<boolean> {
    const { store, tenantId, path } = this.#parts;
    const newest = await newestSeq(store, tenantId);
    if (newest === (this.#known?.seq ?? 0)) return false;
    return store.transaction().execute(async (tx) => {
      const file = await open(path, 'a+', 0o600);
      try {
        const last = await this.#lastIn(file);
        if (await isForeign(tx, tenantId, last)) throw new Error('Its last line is not a row of this trail');
        const { value: rows = [] } = await exportedRows(tx, tenantId, last?.seq).next();
        const end: LastRow | undefined = rows.at(-1) ?? last;
        if (rows.length > 0) {
          await file.appendFile(rows.map(lineOf).join(''));
          await file.sync();
        }
        this.#known = end === undefined ? undefined : { seq: end.seq, hash: end.hash, size: (await file.stat()).size };
        return rows.length > 0;
      } finally {
        await file.close();
      }
    });
  }

  async #lastIn(file: FileHandle): Promise<LastRow | undefined> {
    const found = await file.stat();
    if (!found.isFile()) throw new Error('It is not a file');
    // Rotated away while we ran: the new file goes on where the old one ended.
    if (this.#known !== undefined && (found.size === 0 || found.size === this.#known.size)) return this.#known;
    return lastRow(file, this.#parts.tenantId, { size: found.size, mend: true });
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#failure) return;
    this.#failure = reason;
    this.#parts.log.error(
      { file: this.#parts.path, reason },
      'the audit file cannot be written; the trail in the store is whole',
    );
  }
}

/** How a file stands to a trail. */
export interface AuditFileStanding {
  /** False where the file has no line of this tenant. */
  readonly isThere: boolean;
  /** Rows of the trail that the file lacks at its end. */
  readonly behind: number;
  /** True where its last line is not a row of this trail. */
  readonly isForeign: boolean;
}

/** Compares a file with the trail. @throws the error of the file system where it cannot be read. */
export async function auditFileStanding(db: StateStore, tenantId: string, path: string): Promise<AuditFileStanding> {
  const newest = await newestSeq(db, tenantId);
  const file = await open(path, 'r');
  try {
    const last = await lastRow(file, tenantId, { size: (await file.stat()).size, mend: false });
    return {
      isThere: last !== undefined,
      behind: Math.max(0, newest - (last?.seq ?? 0)),
      isForeign: await isForeign(db, tenantId, last),
    };
  } finally {
    await file.close();
  }
}

async function newestSeq(db: StateStore, tenantId: string): Promise<number> {
  const last = await db
    .selectFrom('audit')
    .select('seq')
    .where('tenant_id', '=', tenantId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return Number(last?.seq ?? 0);
}

/** A file whose last line is not in the trail belongs to another trail, or one of the two was edited. */
async function isForeign(db: StateStore, tenantId: string, last: LastRow | undefined): Promise<boolean> {
  if (last === undefined) return false;
  const row = await db
    .selectFrom('audit')
    .select('hash')
    .where('tenant_id', '=', tenantId)
    .where('seq', '=', last.seq)
    .executeTakeFirst();
  return row?.hash !== last.hash;
}

/** Some readers take other characters than a line feed for the end of a line: those are escaped. */
function lineOf(row: ExportedRow): string {
  const json = JSON.stringify(row);
  return `${json.replace(/[\u0085\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

const blockBytes = 64 * 1024;

/** The last whole line of a tenant, looked for from the end. With `mend`, what a killed process left of a line is cut off. */
async function lastRow(
  file: FileHandle,
  tenantId: string,
  { size, mend }: { readonly size: number; readonly mend: boolean },
): Promise<LastRow | undefined> {
  const own = `{"tenantId":${JSON.stringify(tenantId)},`;
  let rest = Buffer.alloc(0);
  let isEnd = true;
  for (let start = size; start > 0; ) {
    const from = Math.max(0, start - blockBytes);
    const { buffer } = await file.read(Buffer.alloc(start - from), 0, start - from, from);
    start = from;
    const text = Buffer.concat([buffer, rest]);
    const first = from === 0 ? 0 : text.indexOf(0x0a) + 1;
    if (first === 0 && from > 0) {
      rest = text;
      continue;
    }
    const lines = text.subarray(first).toString('utf8').split('\n');
    rest = text.subarray(0, first);
    if (isEnd) {
      const torn = lines.pop() ?? '';
      isEnd = false;
      if (torn !== '' && mend) await mended(file, torn, { own, end: from + text.lastIndexOf(0x0a) + 1 });
    }
    const line = lines.findLast((one) => one.startsWith(own));
    if (line !== undefined) return rowIn(line);
  }
  return undefined;
}

/** A line that is no row of a trail is a row of no trail: their numbers begin at 1. */
function rowIn(line: string): LastRow {
  try {
    const { seq, hash } = JSON.parse(line);
    if (Number.isInteger(seq) && typeof hash === 'string') return { seq, hash };
  } catch {
    // What JSON.parse says of it would quote it.
  }
  return { seq: 0, hash: '' };
}

/** No other process of this tenant writes now, so a line without an end has nobody who would end it. */
async function mended(file: FileHandle, torn: string, { own, end }: { own: string; end: number }): Promise<void> {
  if (!torn.startsWith(own) && !own.startsWith(torn)) throw new Error('It ends in a line that is not of this trail');
  await file.truncate(end);
}
