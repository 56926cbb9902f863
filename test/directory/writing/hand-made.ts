import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach } from 'vitest';
import type { DirectoryChange } from '../../../src/contract/index.ts';
import { changesIn } from '../../../src/directory/feed.ts';
import { mirrorFile } from '../../../src/directory/mirror-file.ts';
import { selectionOf } from '../../../src/directory/selection.ts';
import type { Standing } from '../../../src/directory/writing/mirror-row.ts';
import type { AppliedPage, Collection, Tally } from '../../../src/directory/writing/round.ts';
import { MirrorWriter } from '../../../src/directory/writing/writer.ts';
import { contentsOf, emptyReplay, type Replayed, replay } from '../replay.ts';

const noon = Date.UTC(2026, 0, 1, 12);
export const minute = 60_000;
export const day = 86_400_000;

type Item = Readonly<Record<string, unknown>>;

const opened: Mirrored[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.remove();
});

/** A mirror that is written from pages made by hand, without a thread and without Graph. */
export class Mirrored {
  readonly folder = mkdtempSync(join(tmpdir(), 'entra-mcp-writing-'));
  readonly file = mirrorFile(this.folder);
  writer: MirrorWriter;
  now = noon;
  #fields: readonly string[];
  #reading: DatabaseSync | undefined;
  #links = 0;
  readonly #at: Record<Collection, string | undefined> = { users: undefined, groups: undefined };

  constructor(fields: readonly string[] = []) {
    this.#fields = fields;
    this.writer = this.another();
    this.begin();
    opened.push(this);
  }

  /** A writer of another process. */
  another(owner = `host:${process.pid}:one`): MirrorWriter {
    return new MirrorWriter(this.file, owner, selectionOf(this.#fields));
  }

  /** Ends the process, as a kill does, and begins a sync in the next one. */
  restarted(fields = this.#fields): Standing {
    this.writer.close();
    this.#fields = fields;
    this.writer = this.another();
    return this.begin();
  }

  begin(): Standing {
    this.now += minute;
    const standing = this.writer.begin(this.now, selectionOf(this.#fields));
    this.#at.users = standing.users.link;
    this.#at.groups = standing.groups.link;
    return standing;
  }

  /** Graph no longer knows where the collection stood. */
  reset(collection: Collection): void {
    this.writer.restart(this.now, collection);
    this.#at[collection] = undefined;
  }

  /** A page with more to come. */
  part(collection: Collection, ...value: readonly Item[]): Tally {
    this.#links += 1;
    return this.raw(collection, { value, '@odata.nextLink': `https://graph.test/next-${this.#links}` }).tally;
  }

  /** The last page of a round. */
  page(collection: Collection, ...value: readonly Item[]): Tally {
    this.#links += 1;
    return this.raw(collection, { value, '@odata.deltaLink': `https://graph.test/delta-${this.#links}` }).tally;
  }

  /** A page as Graph would send it. */
  raw(collection: Collection, body: unknown, from = this.#at[collection]): AppliedPage {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const page = this.writer.parse(collection, bytes);
    const applied = this.writer.apply(this.now, collection, from, page);
    this.#at[collection] = page.next ?? page.delta;
    return applied;
  }

  /** The first load, in a page each; ends the sync, and begins the next one. */
  loaded(users: readonly Item[], groups: readonly Item[] = []): this {
    this.page('users', ...users);
    this.page('groups', ...groups);
    return this.synced();
  }

  /** Ends the sync, and begins the next one. */
  synced(): this {
    this.writer.end(this.now);
    this.begin();
    return this;
  }

  /** A connection of somebody who only reads. */
  get db(): DatabaseSync {
    this.#reading ??= new DatabaseSync(this.file, { readOnly: true });
    return this.#reading;
  }

  all(sql: string): readonly Record<string, unknown>[] {
    return this.db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  }

  /** Ids, joined where there are several columns. */
  list(sql: string): readonly string[] {
    return this.all(sql).map((row) => Object.values(row).join(' '));
  }

  get users(): readonly string[] {
    return this.list('SELECT id FROM users ORDER BY id');
  }

  get groups(): readonly string[] {
    return this.list('SELECT id FROM groups ORDER BY id');
  }

  get memberships(): readonly string[] {
    return this.list('SELECT groupId, memberId FROM memberships ORDER BY groupId, memberId');
  }

  get managers(): readonly string[] {
    return this.list('SELECT userId, managerId FROM managers ORDER BY userId');
  }

  /** All changes, each as `kind id member`. */
  get told(): readonly string[] {
    const rows = this.all('SELECT kind, id, memberId FROM changes ORDER BY sequence');
    return rows.map(({ kind, id, memberId }) => [kind, id, ...(memberId === null ? [] : [memberId])].join(' '));
  }

  fieldsOf(kind: string, id: string): unknown {
    const rows = this.all(`SELECT fields FROM changes WHERE kind = '${kind}' AND id = '${id}' ORDER BY sequence`);
    return rows.map(({ fields }) => (fields === null ? undefined : JSON.parse(String(fields))));
  }

  get contents(): Replayed {
    return contentsOf(this.db);
  }

  /** Where the feed stands now. */
  get cursor(): string {
    return this.#changes('start', 0).nextCursor.replace(/\.users\.0$/, '');
  }

  follow(into: Replayed, since: string): Replayed {
    return replay(into, this.#all(since));
  }

  /** The mirror as who begins to follow its feed has it. */
  fromStart(): Replayed {
    return this.follow(emptyReplay(), 'start');
  }

  #all(since: string): readonly DirectoryChange[] {
    const { items, nextCursor, more } = this.#changes(since, 100);
    return more ? [...items, ...this.#all(nextCursor)] : items;
  }

  #changes(since: string, limit: number) {
    return changesIn(this.db, { since, limit }, this.now);
  }

  remove(): void {
    this.#reading?.close();
    this.writer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const user = (id: string, more: Item = {}): Item => ({ id, displayName: `User ${id}`, ...more });
export const group = (id: string, members: readonly (string | Item)[] = [], more: Item = {}): Item => ({
  id,
  displayName: `Group ${id}`,
  ...(members.length === 0 ? {} : { 'members@delta': members.map(memberOf) }),
  ...more,
});

const memberOf = (member: string | Item): Item =>
  typeof member === 'string' ? { '@odata.type': '#microsoft.graph.user', id: member } : member;

/** Somebody in a relation, of a type. */
export const a = (type: string, id: string): Item => ({ '@odata.type': `#microsoft.graph.${type}`, id });

/** Left the relation. */
export const left = (id: string, type = 'user'): Item => ({ ...a(type, id), '@removed': { reason: 'deleted' } });

/** Whom a user reports to. */
export const managedBy = (...managers: readonly (string | Item)[]): Item => ({
  'manager@delta': managers.map(memberOf),
});

/** Deleted, and can be restored. */
export const deleted = (id: string): Item => ({ id, '@removed': { reason: 'changed' } });
/** Gone for good. */
export const purged = (id: string): Item => ({ id, '@removed': { reason: 'deleted' } });
