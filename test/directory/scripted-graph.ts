import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import type { SyncReport } from '../../src/contract/index.ts';
import { Directory, mirrorFile } from '../../src/directory/index.ts';
import { createGraphPort } from '../../src/graph/index.ts';
import { json, Loopback, refuse } from '../graph/loopback.ts';
import { CountingRandom, FakeTokens, failureOf, KeptLog } from '../graph/setting.ts';
import { VirtualClock } from '../graph/virtual-clock.ts';

/** What every link of a scripted page carries: it must never be seen outside. */
export const secret = 'S3CRET-DELTA-TOKEN';

type Item = Readonly<Record<string, unknown>>;

/** What Graph answers to one request. */
export type Reply = (response: ServerResponse, root: string) => void;

/** The link that names a page of a collection. */
export const linkTo = (root: string, collection: string, page: string) =>
  `${root}/v1.0/${collection}/delta?$skiptoken=${secret}-${page}`;

/** A page of users or groups; `next` is the name of the one after it, without one it is the last. */
export const page =
  (collection: 'users' | 'groups', value: readonly Item[], next?: string): Reply =>
  (response, root) => {
    const link = linkTo(root, collection, next ?? 'end');
    json(response, 200, { value, [next === undefined ? '@odata.deltaLink' : '@odata.nextLink']: link });
  };

export const raw =
  (text: (root: string) => string): Reply =>
  (response, root) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(text(root));
  };

export const zipped =
  (text: (root: string) => string): Reply =>
  (response, root) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(text(root)));
  };

export const refused =
  (status: number, code: string, headers: Record<string, string> = {}): Reply =>
  (response, root) => {
    const location = `${root}/v1.0/users/delta?$deltatoken=`;
    refuse(response, status, code, { headers: { ...(status === 410 ? { location } : {}), ...headers } });
  };

/** A Graph that answers by a script, and a directory that is synced with it. */
export class ScriptedGraph {
  readonly folder = mkdtempSync(join(tmpdir(), 'entra-mcp-scripted-'));
  readonly file = mirrorFile(this.folder);
  readonly log = new KeptLog();
  readonly told: string[] = [];
  readonly clock: VirtualClock;
  readonly graph: Loopback;
  /** By the collection, or the path, and the name of the page; each reply once, the last one for ever. */
  script: Record<string, readonly Reply[]> = {};
  readonly #met = new Map<string, number>();
  readonly #closing: (() => Promise<void>)[] = [];
  directory: Directory;

  private constructor(graph: Loopback, clock: VirtualClock, fields: readonly string[]) {
    this.graph = graph;
    this.clock = clock;
    this.directory = this.another(fields);
  }

  static async start({ clock = new VirtualClock(), fields = [] as readonly string[] } = {}): Promise<ScriptedGraph> {
    const graph = await Loopback.start(() => undefined);
    const scripted = new ScriptedGraph(graph, clock, fields);
    graph.handler = ({ url, socket }, response) => {
      // One connection serves many requests, and each waits for its end.
      socket.setMaxListeners(0);
      scripted.#answer(decodeURIComponent(url), response);
    };
    return scripted;
  }

  /** The directory as another process has it. */
  another(fields: readonly string[] = [], owner = `host:${process.pid}:one`): Directory {
    const { clock, log } = this;
    const port = createGraphPort({
      ...{ root: this.graph.url, tokens: new FakeTokens(), clock, random: new CountingRandom(), log, version: '9.9.9' },
    });
    const directory = new Directory({ file: this.file, fields, graph: port, clock, log, owner });
    this.#closing.push(() => directory.close().then(() => port.close()));
    return directory;
  }

  #answer(url: string, response: ServerResponse): void {
    const name = nameOf(url);
    const replies = this.script[name] ?? standard[name] ?? [];
    const met = this.#met.get(name) ?? 0;
    this.#met.set(name, met + 1);
    const reply = replies[Math.min(met, replies.length - 1)];
    if (reply === undefined) refuse(response, 404, 'Request_ResourceNotFound');
    else reply(response, this.graph.url);
  }

  /** Other answers from now on. */
  next(script: Record<string, readonly Reply[]>): void {
    this.script = script;
    this.#met.clear();
  }

  sync(signal = new AbortController().signal): Promise<SyncReport> {
    return this.directory.sync({ signal, progress: (message) => this.told.push(message) });
  }

  /** A sync that fails. */
  failing(signal?: AbortSignal) {
    return failureOf(this.sync(signal));
  }

  /** Names of the pages that were asked for, in their order. */
  get asked(): readonly string[] {
    return this.graph.seen.map(({ url }) => nameOf(decodeURIComponent(url)));
  }

  list(sql: string): readonly string[] {
    const db = new DatabaseSync(this.file, { readOnly: true });
    try {
      return db
        .prepare(sql)
        .all()
        .map((row) => Object.values(row).join(' '));
    } finally {
      db.close();
    }
  }

  get users(): readonly string[] {
    return this.list('SELECT id FROM users ORDER BY id');
  }

  get changes(): readonly string[] {
    return this.list('SELECT kind, id FROM changes ORDER BY sequence');
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
    await this.graph.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Everything that was logged. */
  logged(): string {
    return JSON.stringify(this.log.lines, (_, value) =>
      value instanceof Error ? { ...value, text: `${value.stack}` } : value,
    );
  }

  bytes(): string {
    return readFileSync(this.file, 'latin1');
  }
}

/** `users`, `users p2`, `subscribedSkus`: what a request asks for. */
function nameOf(url: string): string {
  const [, path = '', query = ''] = /^\/v1\.0\/([^?]*)\??(.*)$/.exec(url) ?? [];
  const token = new RegExp(`${secret}-([\\w.]+)`).exec(query)?.[1];
  const name = path.replace(/\/delta$/, '');
  return token === undefined ? name : `${name} ${token}`;
}

const standard: Record<string, readonly Reply[]> = {
  users: [page('users', [])],
  groups: [page('groups', [])],
  'users end': [page('users', [])],
  'groups end': [page('groups', [])],
  subscribedSkus: [(response) => json(response, 200, { value: [{ skuId: 's1', skuPartNumber: 'SPE_E5' }] })],
  'directory/deletedItems/microsoft.graph.user': [(response) => json(response, 200, { value: [] })],
};
