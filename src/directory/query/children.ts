import { type ChildProcess, fork } from 'node:child_process';
import { z } from 'zod';
import type { Answer, Question } from './exchange.ts';
import { Turns } from './turns.ts';

/** What a query may take. */
export interface QueryLimits {
  /** From the moment the statement runs. */
  readonly timeoutMs: number;
  /** Of the child's resident memory. */
  readonly residentBytes: number;
  /** Of the rows as JSON. */
  readonly answerBytes: number;
  /** A child that nothing was asked ends after this. */
  readonly idleMs: number;
  /** Queries at a time. */
  readonly atOnce: number;
}

/** How a question ended that has no answer. */
export type Ending = 'time' | 'memory' | 'cancelled' | 'unstarted';

const startMs = 15_000;

const told = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({
    kind: z.literal('rows'),
    rows: z.string(),
    rowCount: z.number(),
    truncated: z.boolean(),
    resident: z.number(),
  }),
  z.object({
    kind: z.literal('failed'),
    during: z.enum(['opening', 'preparing', 'running']),
    message: z.string(),
    code: z.number(),
    columns: z.array(z.string()),
    resident: z.number(),
  }),
]);

/** One process that runs SQL, one question at a time. It is killed rather than waited for. */
class Child {
  readonly #process: ChildProcess;
  readonly #limits: QueryLimits;
  readonly #ready = Promise.withResolvers<boolean>();
  readonly #gone = Promise.withResolvers<void>();
  #answered: ((answer: Answer | undefined) => void) | undefined;
  #idle: NodeJS.Timeout | undefined;
  #resident = 0;
  isAlive = true;

  constructor(entry: string, limits: QueryLimits) {
    this.#limits = limits;
    // Nothing of the server's environment or arguments: secrets stand there.
    this.#process = fork(entry, [String(limits.residentBytes)], {
      env: runtimeEnvironment(),
      execArgv: ['--max-old-space-size=96', '--no-warnings'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'json',
    });
    this.#process.on('message', (message) => this.#hear(message));
    this.#process.on('error', () => this.#end());
    this.#process.on('exit', () => this.#end());
    this.#process.on('disconnect', () => this.#end());
  }

  /** Fit for the next question: alive, and not swollen by the last one. */
  get isFit(): boolean {
    return this.isAlive && this.#resident < this.#limits.residentBytes * 0.6;
  }

  async ask(question: Question, signal: AbortSignal): Promise<Answer | Ending> {
    clearTimeout(this.#idle);
    this.#process.ref();
    this.#process.channel?.ref();
    const outcome = Promise.withResolvers<Answer | Ending>();
    const stop = (ending: Ending) => {
      outcome.resolve(ending);
      this.kill();
    };
    const cancel = () => stop('cancelled');
    signal.addEventListener('abort', cancel, { once: true });
    let timer = setTimeout(stop, startMs, 'unstarted');
    const ready = this.#ready.promise.then((isReady) => {
      if (!isReady) return outcome.resolve('unstarted');
      clearTimeout(timer);
      timer = setTimeout(stop, this.#limits.timeoutMs, 'time');
      this.#answered = (answer) => outcome.resolve(answer ?? 'memory');
      if (!this.isAlive) return outcome.resolve('memory');
      this.#process.send(question, (error) => error && outcome.resolve('memory'));
    });
    try {
      if (signal.aborted) cancel();
      return await outcome.promise;
    } finally {
      signal.removeEventListener('abort', cancel);
      await Promise.race([ready, this.#gone.promise]);
      clearTimeout(timer);
      this.#answered = undefined;
      this.#rest();
    }
  }

  kill(): void {
    this.isAlive = false;
    this.#process.kill('SIGKILL');
  }

  /** Resolves when the process is gone. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Kills it, and keeps this process alive until it is gone. */
  async end(): Promise<void> {
    this.#process.ref();
    this.kill();
    await this.#gone.promise;
  }

  /** Between questions a child keeps nobody alive, and not itself for long. */
  #rest(): void {
    if (!this.isAlive) return;
    this.#process.unref();
    this.#process.channel?.unref();
    this.#idle = setTimeout(() => this.kill(), this.#limits.idleMs);
    this.#idle.unref();
  }

  #hear(message: unknown): void {
    const { success, data } = told.safeParse(message);
    if (!success) this.kill();
    else if (data.kind === 'ready') this.#ready.resolve(true);
    else {
      const { resident, ...answer } = data;
      this.#resident = resident;
      this.#answered?.(answer);
    }
  }

  #end(): void {
    this.isAlive = false;
    clearTimeout(this.#idle);
    this.#ready.resolve(false);
    this.#answered?.(undefined);
    if (this.#process.exitCode !== null || this.#process.signalCode !== null || this.#process.pid === undefined) {
      this.#gone.resolve();
    }
  }
}

/** Empty, but for a host that is Electron: it runs as Node only where it is told to. */
function runtimeEnvironment(): NodeJS.ProcessEnv {
  return process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' };
}

/** The processes that run SQL: as many as run at a time, kept for a while, replaced when they were killed. */
export class Children {
  readonly #entry: string;
  readonly #limits: QueryLimits;
  readonly #turns: Turns;
  readonly #all = new Set<Child>();
  readonly #free: Child[] = [];
  #isClosed = false;

  constructor(entry: string, limits: QueryLimits) {
    this.#entry = entry;
    this.#limits = limits;
    this.#turns = new Turns(limits.atOnce);
  }

  /** Answers, or says why there is no answer. */
  async ask(question: Question, signal: AbortSignal): Promise<Answer | Ending> {
    if (!(await this.#turns.take(signal))) return 'cancelled';
    try {
      const child = this.#child();
      const answer = await child.ask(question, signal);
      if (child.isFit && !this.#isClosed) this.#free.push(child);
      else child.kill();
      return this.#isClosed ? 'cancelled' : answer;
    } finally {
      this.#turns.pass();
    }
  }

  /** Ends every process, whatever it is doing, and waits until they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#turns.close();
    await Promise.all([...this.#all].map((child) => child.end()));
  }

  #child(): Child {
    for (let child = this.#free.pop(); child !== undefined; child = this.#free.pop()) if (child.isFit) return child;
    const child = new Child(this.#entry, this.#limits);
    this.#all.add(child);
    void child.gone.then(() => this.#all.delete(child));
    return child;
  }
}
