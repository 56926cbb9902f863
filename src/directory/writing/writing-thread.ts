import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ToolError } from '../../contract/index.ts';
import type { Selection } from '../columns.ts';
import { entryOf } from '../entries.ts';
import type { ProductNames } from './licenses.ts';
import type { Ask, Call, Reply, ThreadStart, Thrown } from './messages.ts';
import type { RoundStanding, Standing } from './mirror-row.ts';
import type { Back, Links } from './returned.ts';
import type { AppliedPage, Collection, Tally } from './round.ts';
import type { SignIn } from './sign-ins.ts';
import type { Totals } from './totals.ts';

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Pages are read and forgotten: little of them lives long. Megabytes. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };

/** The mirror's writer as the rest of the program sees it. Calls are carried out in their order. */
export class WritingThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #failure: ToolError | undefined;

  constructor(start: ThreadStart) {
    const entry = entryOf('./writing/thread.ts', 'mirror-thread.js');
    // Not the parent's arguments: a loader of a test runner has no business here.
    this.#worker = new Worker(entry, { workerData: start, execArgv: [], name: 'mirror', resourceLimits });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(undefined));
    this.#worker.unref();
  }

  /** False once it cannot be used any more. */
  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  begin(now: number, selection: Selection): Promise<Standing> {
    return this.#ask<Standing>(now, { method: 'begin', selection });
  }

  beat(now: number): Promise<void> {
    return this.#ask<void>(now, { method: 'beat' });
  }

  nameProducts(now: number, names: ProductNames): Promise<void> {
    return this.#ask<void>(now, { method: 'nameProducts', names });
  }

  restart(now: number, collection: Collection): Promise<RoundStanding> {
    return this.#ask<RoundStanding>(now, { method: 'restart', collection });
  }

  /** Hands the bytes over: they are gone here. */
  page(
    now: number,
    page: { collection: Collection; from: string | undefined; bytes: Uint8Array<ArrayBuffer> },
  ): Promise<AppliedPage> {
    return this.#ask<AppliedPage>(now, { method: 'page', ...page }, [page.bytes.buffer]);
  }

  applySignIns(now: number, rows: readonly SignIn[], next: string | undefined): Promise<void> {
    return this.#ask<void>(now, { method: 'applySignIns', rows, next });
  }

  noteDeleted(now: number, ids: readonly string[]): Promise<void> {
    return this.#ask<void>(now, { method: 'noteDeleted', ids });
  }

  returned(now: number): Promise<readonly Back[]> {
    return this.#ask<readonly Back[]>(now, { method: 'returned' });
  }

  isUnsettled(now: number): Promise<boolean> {
    return this.#ask<boolean>(now, { method: 'isUnsettled' });
  }

  settle(now: number, links: readonly Links[]): Promise<Tally> {
    return this.#ask<Tally>(now, { method: 'settle', links });
  }

  doubtful(now: number): Promise<readonly string[]> {
    return this.#ask<readonly string[]>(now, { method: 'doubtful' });
  }

  purge(now: number, ids: readonly string[]): Promise<Tally> {
    return this.#ask<Tally>(now, { method: 'purge', ids });
  }

  end(now: number): Promise<Totals> {
    return this.#ask<Totals>(now, { method: 'end' });
  }

  forget(now: number): Promise<void> {
    return this.#ask<void>(now, { method: 'forget' });
  }

  leave(now: number): Promise<void> {
    return this.#ask<void>(now, { method: 'leave' });
  }

  /** Lets what it was asked for come to its end: a thread that is ended from outside can take the process with it. */
  async close(): Promise<void> {
    if (!this.isAlive) return;
    const gone = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#worker.postMessage({ method: 'close', id: 0, now: 0 } satisfies Call);
    await gone.catch(() => undefined);
  }

  #ask<T>(now: number, ask: Ask, moved: ArrayBuffer[] = []): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#last += 1;
    const id = this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.set(id, { resolve, reject });
    // The process lives as long as somebody waits for the thread.
    this.#worker.ref();
    this.#worker.postMessage({ ...ask, id, now }, moved);
    return promise;
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('thrown' in reply) waiting.reject(errorOf(reply.thrown));
    else waiting.resolve(reply.result);
  }

  #fail(cause: unknown): void {
    this.#failure ??= new ToolError('INTERNAL', {
      message: 'The mirror of the directory cannot be written.',
      fix: 'Check that the disk has room and that the state folder can be written to; then sync again.',
      cause,
    });
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

function errorOf({ kind, text }: Thrown): ToolError {
  if (kind === 'Leased') return underWay();
  if (kind === 'UnexpectedPage') {
    return new ToolError('UPSTREAM', {
      message: 'A page of the delta query does not have the form it is documented to have.',
      fix: 'Nothing of it was kept. Sync again; if it stays, report it with detail.field, which names the place.',
      detail: { field: text },
    });
  }
  return new ToolError('INTERNAL', {
    message: 'The mirror of the directory could not be written.',
    fix: 'Check that the disk has room and that the state folder can be written to; then sync again.',
    cause: new Error(text),
  });
}

/** The error of a sync that meets another one. */
export function underWay(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'Another sync of this tenant is under way.',
    fix: 'Wait for it to end. query_directory and list_changes can be used meanwhile, and say how old the mirror is.',
  });
}
