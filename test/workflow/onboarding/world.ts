import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import {
  Grant,
  type GraphPort,
  type GraphWriter,
  type HandoffPort,
  type Json,
  type OnboardingRequest,
  type PlanDraft,
  type RunReport,
  ToolError,
  type Unchanged,
  type Workflow,
} from '../../../src/contract/index.ts';
import { type DemoTenant, type DemoTenantOptions, startDemoTenant } from '../../../src/demo/index.ts';
import { createGraphPort } from '../../../src/graph/index.ts';
import { openState, type StateStore, tenantFolder } from '../../../src/store/index.ts';
import { createWorkflows, runPort, type Workflows } from '../../../src/workflow/index.ts';
import { onboardingWrites } from '../../../tools/lifecycle/onboarding-writes.ts';
import { notedLog } from '../../secrets/outputs.ts';

/** Waits of a run for the tenant: over at once, while the tenant's time goes on as if they had been waited. */
const skipped: readonly number[] = [2_000, 4_000, 5_000, 8_000, 15_000, 16_000];
const requester = 'os:tester';

/** Called around each write, which it can hold up or fail. */
export type AroundWrite = (what: string, send: () => Promise<unknown>) => Promise<unknown>;

/** Onboardings against the simulated tenant, over real HTTP and the real transport, with a store of their own. */
export class OnboardingWorld {
  readonly tenant: DemoTenant;
  readonly #port: GraphPort;
  readonly #store: StateStore;
  readonly #folder: string;
  readonly clock: OnboardingClock;
  #plans = 0;
  around: AroundWrite = (_, send) => send();
  /** Secrets that were sealed, by the id of their handoff. */
  readonly secrets = new Map<string, string>();

  private constructor(tenant: DemoTenant, store: StateStore, folder: string, clock: OnboardingClock) {
    this.tenant = tenant;
    this.#store = store;
    this.#folder = folder;
    this.clock = clock;
    this.#port = createGraphPort({
      root: tenant.url,
      tokens: { method: 'none', token: async () => undefined },
      clock: { now: Date.now, sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }) },
      random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      log: notedLog,
      version: '0.0.0',
    });
  }

  /** Closed when the test is over. */
  static async open(options: DemoTenantOptions = {}): Promise<OnboardingWorld> {
    const clock = new OnboardingClock();
    const tenant = await startDemoTenant({ users: 60, now: () => clock.now(), ...options });
    const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-onboarding-'));
    const store = await openState(tenantFolder(folder, tenant.tenantId, false));
    const world = new OnboardingWorld(tenant, store, folder, clock);
    onTestFinished(() => world.#close());
    return world;
  }

  async #close(): Promise<void> {
    await this.#port.close();
    await this.tenant.close();
    await this.#store.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What every test asks for, unless it says otherwise. */
  asked(over: Partial<OnboardingRequest> = {}): OnboardingRequest {
    const { landmarks, domain } = this.tenant;
    return {
      userPrincipalName: `nora.new@${domain}`,
      displayName: 'Nora New',
      properties: { jobTitle: 'Engineer', department: 'Research' },
      usageLocation: 'de',
      manager: landmarks.manager.id,
      licenses: ['SPE_E3', 'POWER_BI_STANDARD'],
      groups: [landmarks.groups.security.id, landmarks.groups.m365.displayName],
      temporaryAccessPass: true,
      ...over,
    };
  }

  get #parts() {
    const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
    return { tenantId: this.tenant.tenantId, store: this.#store, clock: this.clock, random, log: notedLog };
  }

  /** One process; another owner is another process. */
  #workflows(owner: string): Workflows {
    return createWorkflows({ ...this.#parts, owner });
  }

  get #planning() {
    const { signal } = new AbortController();
    return { graph: this.#port.reader({ signal }), clock: this.clock, signal, requester, identity: 'app:test' };
  }

  async plan(over: Partial<OnboardingRequest> = {}): Promise<PlanDraft<Json>> {
    const workflow = this.#workflows('other-host:1:a').lifecycle.onboardUser;
    return drafted(await workflow.plan(this.asked(over), this.#planning));
  }

  onboard(over: Partial<OnboardingRequest> = {}): Promise<RunReport> {
    return this.#go(this.#workflows('other-host:1:a').lifecycle.onboardUser, this.asked(over));
  }

  /** A second process, once the first one's lease is over. */
  resume(runId: string): Promise<RunReport> {
    return this.#go(this.#workflows('other-host:2:b').lifecycle.resumeRun, { runId });
  }

  /** A process that dies: what it does ends with the write that `around` holds up for ever. */
  async onboardAndDie(over: Partial<OnboardingRequest>, dies: (what: string) => 'before' | 'after' | undefined) {
    const died = Promise.withResolvers<void>();
    const forEver = new Promise<never>(() => {});
    this.around = async (what, send) => {
      const when = dies(what);
      if (when === undefined) return send();
      if (when === 'after') await send();
      died.resolve();
      return forEver;
    };
    this.onboard(over).catch(() => undefined);
    await died.promise;
    this.around = (_, send) => send();
    this.clock.advance(10 * 60_000);
    const { runs } = await this.runs.list({ limit: 1, offset: 0 });
    return runs[0]?.runId ?? '';
  }

  get runs() {
    return runPort({ ...this.#parts, owner: 'other-host:9:z' }, requester);
  }

  /** The targets that a plan to go on names. */
  async targetsToGoOn(runId: string) {
    const { resumeRun } = this.#workflows('other-host:2:b').lifecycle;
    return drafted(await resumeRun.plan({ runId }, this.#planning)).targets;
  }

  /** Plans and runs as the gate does: with a grant for what the plan names and lists, and nothing else. */
  async #go<R>(workflow: Workflow<R>, request: R): Promise<RunReport> {
    const draft = drafted(await workflow.plan(request, this.#planning));
    const { observations = [], targets, references = [] } = draft;
    const covered = observations.flatMap(({ items }) => items.filter(({ kept }) => kept === undefined));
    this.#plans += 1;
    const grant = Grant.issue({
      planId: `plan-${this.#plans}`,
      tool: 'onboard_user',
      writes: new Set(onboardingWrites),
      ids: new Set([...targets.map(({ id }) => id), ...references, ...covered.map(({ id }) => id)]),
      witness: { sending: () => undefined, answered: () => undefined },
    });
    const { signal } = new AbortController();
    return workflow.run(draft.facts, {
      graph: this.#watched(this.#port.writer({ signal, deadlineMs: Infinity }, grant)),
      clock: this.clock,
      signal,
      handoff: this.#handoff,
      plan: { id: `plan-${this.#plans}`, requester, observations },
      progress: () => {},
    });
  }

  #watched(real: GraphWriter): GraphWriter {
    const around = async <T>(what: string, send: () => Promise<T>): Promise<T> => {
      const answer: { value?: T } = {};
      await this.around(what, async () => {
        answer.value = await send();
      });
      if (!('value' in answer)) throw new Error('The write was not sent');
      return Object(answer).value;
    };
    return {
      get: (...given) => real.get(...given),
      find: (...given) => real.find(...given),
      page: (...given) => real.page(...given),
      pages: (...given) => real.pages(...given),
      ask: (...given) => real.ask(...given),
      patch: (at, body) => around(`PATCH ${at.template}`, () => real.patch(at, body)),
      post: (at, ...given) => around(`POST ${at.template}`, () => real.post(at, ...given)),
      act: (at, ...given) => around(`POST ${at.template}`, () => real.act(at, ...given)),
      delete: (at) => around(`DELETE ${at.template}`, () => real.delete(at)),
      addRef: (at, id) => around(`POST ${at.template}/$ref`, () => real.addRef(at, id)),
      setRef: (at, target) => around(`PUT ${at.template}/$ref`, () => real.setRef(at, target)),
      removeRef: (at) => around(`DELETE ${at.template}/$ref`, () => real.removeRef(at)),
      batch: (writes) => around('batch', () => real.batch(writes)),
    };
  }

  readonly #handoff: HandoffPort = {
    password: async ({ userPrincipalName }) => {
      const value = `Pw-${this.secrets.size}-of-${userPrincipalName}`;
      return { value, handoffId: this.#seal(value) };
    },
    keep: async (_kind, _of, secret) => ({ handoffId: this.#seal(secret) }),
  };

  #seal(secret: string): string {
    const id = `handoff-${this.secrets.size + 1}`;
    this.secrets.set(id, secret);
    return id;
  }

  /** The new account as the tenant holds it. */
  get newcomer(): Readonly<Record<string, unknown>> | undefined {
    return Object.values(this.tenant.snapshot().users).find(
      (user) => user['userPrincipalName'] === `nora.new@${this.tenant.domain}` && user['deletedDateTime'] === undefined,
    );
  }

  holdings(id: unknown) {
    const found = this.tenant.snapshot().holdings[String(id)];
    if (found === undefined) throw new Error(`Nobody has the id ${id}`);
    return found;
  }

  /** Every write that the tenant took, the new account's id as `new`. */
  get writes(): string[] {
    const id = String(this.newcomer?.['id'] ?? 'none');
    return this.tenant.requests
      .filter(({ method, path }) => method !== 'GET' && !/\/(?:\$batch|getByIds)$/.test(path))
      .map(({ method, path }) => `${method} ${path.replace('/v1.0', '').replace(id, 'new')}`);
  }
}

/** Real time, with waits for the tenant skipped. */
class OnboardingClock {
  #skippedMs = 0;

  now(): number {
    return Date.now() + this.#skippedMs;
  }

  advance(ms: number): void {
    this.#skippedMs += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (skipped.includes(ms)) return this.advance(ms);
    await delay(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) });
  }
}

function drafted(plan: PlanDraft<Json> | Unchanged): PlanDraft<Json> {
  if ('unchanged' in plan) throw new Error(plan.unchanged);
  return plan;
}

/** `{ 'create-user': 'done', … }` */
export function statusesOf(report: RunReport): Record<string, string> {
  return Object.fromEntries(report.steps.map(({ name, status }) => [name, status]));
}

/** A refusal of Graph, as the transport tells it. */
export function refusal(code: 'CONFLICT' | 'NOT_PERMITTED' | 'OUTCOME_UNKNOWN', graphCode = 'Other'): ToolError {
  return new ToolError(code, { message: `Refused: ${code}.`, fix: 'Mend it.', detail: { graphCode } });
}
