import { z } from 'zod';
import {
  type Clock,
  cursor,
  type DirectoryPort,
  defineReadTool,
  defineTool,
  type GraphReader,
  type Log,
  type Page,
  pageSize,
  path,
  type RunPort,
  reason,
  type Tool,
  userRef,
} from '../../src/contract/index.ts';
import type { ServedTool, ServerPorts, TenantSession } from '../../src/server/ports.ts';
import { servedTool } from '../../src/server/served.ts';
import applyPlan from '../../tools/core/apply-plan.ts';
import { noDirectory, noRuns } from '../fixtures/no-workflows.ts';
import { FakeGate } from './fake-gate.ts';

/** A clock that moves when told to; sleepers wake when their time has come. */
export class FakeClock implements Clock {
  #now = Date.parse('2026-03-01T12:00:00Z');
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    return promise.finally(() => this.#sleepers.delete(sleeper));
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.at <= this.#now) sleeper.wake();
  }
}

/** A log that keeps what was written. */
export class FakeLog implements Log {
  readonly entries: { fields: Readonly<Record<string, unknown>>; message: string }[] = [];
  readonly #keep = (fields: Readonly<Record<string, unknown>>, message: string) => {
    this.entries.push({ fields, message });
  };
  readonly debug = this.#keep;
  readonly info = this.#keep;
  readonly warn = this.#keep;
  readonly error = this.#keep;
}

const thing = z.object({ id: z.string(), displayName: z.string().nullable() });

/** A list tool over `/users`. */
export const listThings = defineReadTool({
  name: 'list_things',
  title: 'List things',
  description: 'Lists things.',
  toolset: 'users',
  permissions: ['User.Read.All'],
  input: z.strictObject({
    text: z.string().max(200).optional(),
    kinds: z.array(z.strictObject({ name: z.enum(['red', 'green']), weight: z.number().optional() })).optional(),
    pageSize,
    cursor,
  }),
  output: z.object({ items: z.array(thing), nextCursor: z.string().optional(), total: z.number().optional() }),
  run({ pageSize, cursor }, { list }) {
    return list({ at: path`/users`, schema: thing, pageSize, cursor });
  },
});

/** A list tool over what the server itself keeps. */
export function keptThings(all: readonly z.output<typeof thing>[]) {
  return defineReadTool({
    name: 'list_kept',
    title: 'List kept things',
    description: 'Lists kept things.',
    toolset: 'users',
    permissions: [],
    input: z.strictObject({ pageSize, cursor }),
    output: z.object({ items: z.array(thing), nextCursor: z.string().optional(), total: z.number().optional() }),
    run({ pageSize, cursor }, { listKept }) {
      const read = async (offset: number, limit: number) => ({
        items: all.slice(offset, offset + limit),
        total: all.length,
      });
      return listKept({ pageSize, cursor, read });
    },
  });
}

/** A change tool. */
export const changeThing = defineTool({
  name: 'change_thing',
  title: 'Change a thing',
  description: 'Changes a thing.',
  toolset: 'users',
  risk: 'destructive',
  permissions: ['User.EnableDisableAccount.All'],
  writes: ['PATCH /users/{}'],
  idempotent: true,
  input: z.strictObject({ user: userRef, reason }),
  output: z.object({ id: z.string(), done: z.boolean() }),
  async plan() {
    return { summary: '', effects: [], targets: [], facts: {} };
  },
  async run() {
    return { id: '', done: true };
  },
});

/** A read tool that does what a test tells it to. */
export function readThing(
  run: (context: { graph: GraphReader; signal: AbortSignal; progress(m: string): void }) => Promise<unknown>,
) {
  return defineReadTool({
    name: 'read_thing',
    title: 'Read a thing',
    description: 'Reads a thing.',
    toolset: 'users',
    permissions: ['User.Read.All', 'Group.Read.All'],
    input: z.strictObject({ user: userRef.optional() }),
    output: z.object({ name: z.string(), count: z.number().optional() }),
    async run(_input, context) {
      return z
        .object({ name: z.string(), count: z.number().optional() })
        .loose()
        .parse(await run(context));
    },
  });
}

/** A reader that answers `page` from pages that link to each other, and nothing else. */
function readerOf(page: (next: string | undefined, top: number) => Promise<Page<unknown>>): GraphReader {
  const refuse = () => Promise.reject(new TypeError('Not part of this test'));
  return {
    get: refuse,
    find: refuse,
    ask: refuse,
    pages: () => {
      throw new TypeError('Not part of this test');
    },
    async page(_at, schema, query, next) {
      const found = await page(next, query?.top ?? 0);
      const items = found.items.map((item) => schema.parse(item));
      return { ...found, items };
    },
  };
}

/** Everything a server needs, faked; `pages` answers the list tool. */
export interface Fakes {
  readonly ports: ServerPorts;
  readonly gate: FakeGate;
  readonly clock: FakeClock;
  readonly log: FakeLog;
  /** Counts of opened sessions. */
  readonly opened: { count: number };
}

export interface FakeOptions {
  readonly tools?: readonly Tool[];
  /** Known, but not served. */
  readonly off?: readonly Tool[];
  readonly pages?: (next: string | undefined, top: number) => Promise<Page<unknown>>;
  readonly tenantId?: string;
  readonly key?: Uint8Array;
  readonly session?: () => Promise<TenantSession>;
  readonly runs?: RunPort;
  readonly directory?: DirectoryPort;
  /** Graph for tools that read more than pages. */
  readonly reader?: GraphReader;
}

export function fakes(options: FakeOptions = {}): Fakes {
  const tools = options.tools ?? [listThings, changeThing, applyPlan];
  const [gate, clock, log, opened] = [new FakeGate(), new FakeClock(), new FakeLog(), { count: 0 }];
  const served: ServedTool[] = tools.map((tool) => servedTool(tool));
  const all = [...tools, ...(options.off ?? [])];
  const session = async (): Promise<TenantSession> => {
    opened.count += 1;
    return sessionOf(gate, options);
  };
  const ports: ServerPorts = {
    version: '0.1.0',
    served,
    clock,
    sealingKey: options.key ?? new Uint8Array(32).fill(7),
    requester: 'os:alice',
    tool: async (name) => all.find((tool) => tool.name === name),
    session: options.session ?? session,
    log: async () => log,
  };
  return { ports, gate, clock, log, opened };
}

function sessionOf(gate: FakeGate, { pages, tenantId, runs, directory, reader }: FakeOptions): TenantSession {
  const refuse = () => {
    throw new TypeError('Not part of this test');
  };
  const empty = async () => ({ items: [] });
  return {
    tenantId: tenantId ?? 'tenant1',
    gate,
    graph: {
      reader: () => reader ?? readerOf(pages ?? empty),
      delta: refuse,
      writer: refuse,
      usage: refuse,
      close: async () => {},
    },
    access: { identity: refuse },
    runs: () => runs ?? noRuns,
    directory: () => directory ?? noDirectory,
  };
}
