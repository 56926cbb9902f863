import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type {
  ChangesQuery,
  Clock,
  DirectoryCall,
  DirectoryChange,
  DirectoryChanges,
  DirectoryDescription,
  DirectoryPort,
  DirectoryQuery,
  DirectoryRows,
  GraphPort,
  Log,
  SyncReport,
} from '../contract/index.ts';
import { refuseShared } from '../store/folders.ts';
import type { Selection } from './columns.ts';
import { descriptionOf } from './description.ts';
import { changesIn } from './feed.ts';
import { readMirror } from './mirror-file.ts';
import { createQueries, type Queries } from './query/queries.ts';
import { notSelected, selectionOf } from './selection.ts';
import { ageOf } from './standing.ts';
import { Sync } from './sync.ts';
import { underWay, WritingThread } from './writing/writing-thread.ts';

/** What a directory is made of. */
export interface DirectoryParts {
  /** The file of the mirror. */
  readonly file: string;
  /** ENTRA_MCP_DIRECTORY_FIELDS */
  readonly fields: readonly string[];
  readonly graph: GraphPort;
  readonly clock: Clock;
  readonly log: Log;
  /** This process: `host:pid:nonce`. */
  readonly owner: string;
}

/** The mirror of one tenant. Opens nothing before it is asked. */
export class Directory implements DirectoryPort {
  readonly #parts: DirectoryParts;
  readonly #selection: Selection;
  readonly #queries: Queries;
  #thread: WritingThread | undefined;
  #syncing: Promise<unknown> | undefined;

  /** @throws ToolError CONFIG_INVALID for fields that cannot be mirrored. */
  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.#selection = selectionOf(parts.fields);
    this.#queries = createQueries({ file: parts.file, selection: this.#selection });
  }

  async sync(call: DirectoryCall): Promise<SyncReport> {
    if (this.#syncing !== undefined) throw underWay();
    const { graph, clock, log } = this.#parts;
    const sync = new Sync({ graph, clock, log, thread: this.#writing(), selection: this.#selection }, call);
    const running = sync.run();
    this.#syncing = running;
    try {
      return await running;
    } finally {
      this.#syncing = undefined;
    }
  }

  async query(query: DirectoryQuery, { signal }: Pick<DirectoryCall, 'signal'>): Promise<DirectoryRows> {
    const rows = await this.#queries.run(query, signal);
    return { ...rows, mirror: this.#read((db) => ageOf(db, this.#parts.clock.now())) };
  }

  async changes(query: ChangesQuery): Promise<DirectoryChanges> {
    const now = this.#parts.clock.now();
    const hidden = new Set(notSelected(this.#selection));
    return this.#read((db) => {
      const page = changesIn(db, query, now);
      return { ...page, items: page.items.flatMap((change) => without(hidden, change)), mirror: ageOf(db, now) };
    });
  }

  async describe(): Promise<DirectoryDescription> {
    return this.#read((db) => descriptionOf(this.#selection, { db, mirror: ageOf(db, this.#parts.clock.now()) }));
  }

  async close(): Promise<void> {
    await this.#syncing?.catch(() => undefined);
    await Promise.all([this.#thread?.close(), this.#queries.close()]);
  }

  /** A short look at the mirror, if there is one. */
  #read<T>(work: (db: DatabaseSync | undefined) => T): T {
    const db = readMirror(this.#parts.file);
    try {
      return work(db);
    } finally {
      db?.close();
    }
  }

  #writing(): WritingThread {
    if (this.#thread?.isAlive === true) return this.#thread;
    const { file, owner } = this.#parts;
    // Refused here, with its fix: of what a thread fails with as it begins, only that it failed is known.
    if (existsSync(file)) refuseShared(file);
    this.#thread = new WritingThread({ file, owner, selection: this.#selection });
    return this.#thread;
  }
}

/** The change as a mirror tells it that never held these properties; nothing where it is of them alone. */
function without(hidden: ReadonlySet<string>, change: DirectoryChange): readonly DirectoryChange[] {
  if (change.fields === undefined) return [change];
  const fields = Object.fromEntries(Object.entries(change.fields).filter(([name]) => !hidden.has(name)));
  const isOfNothing = change.kind === 'user_updated' && Object.keys(fields).length === 0;
  return isOfNothing ? [] : [{ ...change, fields }];
}
