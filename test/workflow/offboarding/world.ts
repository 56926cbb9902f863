import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import {
  type Clock,
  Grant,
  type GraphPort,
  type Json,
  type OffboardingRequest,
  type OffboardingsRequest,
  type PlanDraft,
  type ResumeRequest,
  type RunReport,
  type Unchanged,
  type Workflow,
} from '../../../src/contract/index.ts';
import { type DemoTenant, type DemoTenantOptions, startDemoTenant } from '../../../src/demo/index.ts';
import { createGraphPort } from '../../../src/graph/index.ts';
import { openState, type StateStore, tenantFolder } from '../../../src/store/index.ts';
import { createWorkflows, type Workflows } from '../../../src/workflow/index.ts';
import { readJournal } from '../../../src/workflow/journal.ts';
import type { StepRecord } from '../../../src/workflow/step-record.ts';
import { offboardingWrites } from '../../../tools/lifecycle/offboarding-writes.ts';
import { handoff } from '../../fixtures/tool-trial.ts';
import { notedLog } from '../../secrets/outputs.ts';
import { OffboardingFront, sendTo } from './front.ts';

/** How long a run waits for the tenant to show what was done. */
const looksMs: readonly number[] = [2_000, 5_000, 15_000];
const requester = 'os:tester';

/** Offboardings against the simulated tenant, over real HTTP and the real transport, with a store of their own. */
export class OffboardingWorld {
  readonly tenant: DemoTenant;
  readonly #port: GraphPort;
  readonly #store: StateStore;
  readonly #folder: string;
  #front: OffboardingFront | undefined;
  #plans = 0;
  /** Passwords and the like come from here. */
  bytes = 0;

  private constructor(tenant: DemoTenant, port: GraphPort, store: StateStore, folder: string) {
    this.tenant = tenant;
    this.#port = port;
    this.#store = store;
    this.#folder = folder;
  }

  /** Closed when the test is over. */
  static async open({ isHurried, isFronted, ...options }: WorldOptions = {}): Promise<OffboardingWorld> {
    const tenant = await startDemoTenant({ users: 60, ...options });
    const front = isFronted === true ? await OffboardingFront.open(tenant.url) : undefined;
    const port = createGraphPort({
      root: front?.url ?? tenant.url,
      tokens: { method: 'none', token: async () => undefined },
      clock: isHurried === true ? hurriedClock() : realClock,
      random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      log: notedLog,
      version: '0.0.0',
    });
    const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-offboarding-'));
    const store = await openState(tenantFolder(folder, tenant.tenantId, false));
    const world = new OffboardingWorld(tenant, port, store, folder);
    world.#front = front;
    onTestFinished(() => world.#close());
    return world;
  }

  async #close(): Promise<void> {
    await this.#port.close();
    await this.#front?.close();
    await this.tenant.close();
    await this.#store.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** One process; another owner is another process. */
  workflows(owner = 'other-host:1:a'): Workflows {
    const random = {
      bytes: (length: number) => {
        this.bytes += length;
        return crypto.getRandomValues(new Uint8Array(length));
      },
    };
    return createWorkflows({
      tenantId: this.tenant.tenantId,
      store: this.#store,
      clock: this.clock,
      random,
      log: notedLog,
      owner,
    });
  }

  /** Looks at the end of a run are waited for in no time, unless a test says what happens meanwhile. */
  whileWaiting: () => void | Promise<void> = () => {};
  identity = 'app:test';
  /** What planning knows of the permissions of this server. */
  granted: readonly string[] | undefined;
  readonly clock = {
    now: Date.now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (!looksMs.includes(ms))
        return delay(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) });
      await this.whileWaiting();
      return undefined;
    },
  };

  get planning() {
    const { signal } = new AbortController();
    const { clock, identity, granted } = this;
    const graph = this.#port.reader({ signal });
    return { graph, clock, signal, requester, identity, ...(granted === undefined ? {} : { granted }) };
  }

  plan(request: OffboardingRequest): Promise<PlanDraft<Json> | Unchanged> {
    return this.workflows().lifecycle.offboardUser.plan(request, this.planning);
  }

  /** The plan, where there is something to do. */
  async draft(request: OffboardingRequest): Promise<PlanDraft<Json>> {
    return drafted(await this.plan(request));
  }

  /** One plan for several people. */
  async draftAll(request: OffboardingsRequest): Promise<PlanDraft<Json>> {
    return drafted(await this.workflows().lifecycle.offboardUsers.plan(request, this.planning));
  }

  offboard(request: OffboardingRequest, options: RunOptions = {}): Promise<RunReport> {
    return this.#go(this.workflows().lifecycle.offboardUser, request, options);
  }

  offboardAll(request: OffboardingsRequest): Promise<RunReport> {
    return this.#go(this.workflows().lifecycle.offboardUsers, request);
  }

  resume(request: ResumeRequest): Promise<RunReport> {
    return this.#go(this.workflows('other-host:2:b').lifecycle.resumeRun, request);
  }

  /** Plans and runs as the gate does: with a grant for what the plan names and lists, and nothing else. */
  async #go<R>(workflow: Workflow<R>, request: R, options: RunOptions = {}): Promise<RunReport> {
    const draft = drafted(await workflow.plan(request, this.planning));
    options.planned?.();
    const { observations = [], targets, references = [] } = draft;
    const covered = observations.flatMap(({ items }) => items.filter(({ kept }) => kept === undefined));
    this.#plans += 1;
    const grant = Grant.issue({
      planId: `plan-${this.#plans}`,
      tool: 'offboard_user',
      writes: new Set(offboardingWrites),
      ids: new Set([...targets.map(({ id }) => id), ...references, ...covered.map(({ id }) => id)]),
      witness: { sending: () => undefined, answered: () => undefined },
    });
    const { signal } = options.abort ?? new AbortController();
    return workflow.run(draft.facts, {
      graph: this.#port.writer({ signal, deadlineMs: Infinity }, grant),
      clock: this.clock,
      signal,
      handoff,
      plan: { id: `plan-${this.#plans}`, requester, observations },
      progress: options.progress ?? (() => {}),
    });
  }

  /** Stands between the server and the tenant, where asked for. */
  get front(): OffboardingFront {
    if (this.#front === undefined) throw new Error('There is no front');
    return this.#front;
  }

  /** Changes the tenant behind the back of the server. */
  async change(method: string, path: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await sendTo(`${this.tenant.url}/v1.0${path}`, method, JSON.stringify(body), headers);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  }

  journal(runId: string): Promise<StepRecord[]> {
    return readJournal(this.#store, { tenant_id: this.tenant.tenantId, id: runId });
  }

  /** A user as the tenant holds it. */
  user(id: string): Readonly<Record<string, unknown>> {
    return this.tenant.snapshot().users[id] ?? {};
  }

  holdings(id: string) {
    const found = this.tenant.snapshot().holdings[id];
    if (found === undefined) throw new Error(`Nobody has the id ${id}`);
    return found;
  }

  /** HTTP requests so far; those inside a $batch do not count. */
  get sent(): number {
    return this.requests.length;
  }

  /** Requests on the wire, `PATCH /users/…`. */
  get requests(): string[] {
    const wire: string[] = [];
    for (const { method, path, body } of this.tenant.requests) {
      if (path === '/v1.0/$batch') wire.splice(wire.length - insideOf(body), insideOf(body));
      wire.push(`${method} ${path.replace('/v1.0', '')}`);
    }
    return wire;
  }

  /** Every write, those inside of batches too. */
  get writes(): string[] {
    return this.tenant.requests
      .filter(({ method, path }) => method !== 'GET' && !/\/(?:\$batch|getByIds)$/.test(path))
      .map(({ method, path }) => `${method} ${path.replace('/v1.0', '')}`);
  }
}

interface WorldOptions extends DemoTenantOptions {
  /** What is waited for between requests costs no time. */
  readonly isHurried?: boolean;
  readonly isFronted?: boolean;
}

const realClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

/** Its short waits are over at once; deadlines of requests are long ones. */
function hurriedClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    sleep: async (ms, signal) => {
      if (ms > 20_000) return realClock.sleep(ms, signal);
      signal?.throwIfAborted();
      ahead += ms;
      return realClock.sleep(0, signal);
    },
  };
}

interface RunOptions {
  /** Called between plan and run. */
  readonly planned?: () => void;
  readonly abort?: AbortController;
  readonly progress?: (message: string) => void;
}

function insideOf(body: unknown): number {
  if (typeof body !== 'object' || body === null || !('requests' in body) || !Array.isArray(body.requests)) return 0;
  return body.requests.length;
}

function drafted(plan: PlanDraft<Json> | Unchanged): PlanDraft<Json> {
  if ('unchanged' in plan) throw new Error(plan.unchanged);
  return plan;
}

/** `{ 'block-sign-in': 'done', … }` */
export function statusesOf(report: RunReport): Record<string, string> {
  return Object.fromEntries(report.steps.map(({ name, status }) => [name, status]));
}
