import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  type ErrorCode,
  type FollowUp,
  type GraphWriter,
  type Json,
  type Observation,
  type RunKind,
  ToolError,
  type Workflow,
  type WorkflowRunContext,
} from '../../src/contract/index.ts';
import { openState, type StateStore, tenantFolder } from '../../src/store/index.ts';
import type { Definition } from '../../src/workflow/definition.ts';
import { lookAtInterrupted } from '../../src/workflow/interrupted.ts';
import { manyResumable, manyWorkflow } from '../../src/workflow/many.ts';
import type { WorkflowParts } from '../../src/workflow/parts.ts';
import { resumeRun } from '../../src/workflow/resume-run.ts';
import { type Resumable, resumable } from '../../src/workflow/resuming.ts';
import { runPort } from '../../src/workflow/run-port.ts';
import { singleWorkflow } from '../../src/workflow/single.ts';
import type { Step, Work } from '../../src/workflow/step.ts';
import { FakeGraph } from '../fixtures/fake-graph.ts';
import { handoff } from '../fixtures/tool-trial.ts';
import { VirtualClock } from '../graph/virtual-clock.ts';

const tenantId = '11111111-2222-4333-8444-555555555555';
const facts = z.object({
  who: z.string(),
  steps: z.array(z.string()),
  risk: z.array(z.enum(['destructive'])),
  startAt: z.number().optional(),
});
type Facts = z.output<typeof facts>;

/** What the toy tenant holds: lamps that are on, by step. A step turns its lamps off. */
type Lamps = ReadonlyMap<string, ReadonlySet<string>>;

/** A tenant of lamps, a workflow over them, and the processes that run it. */
export class ToyWorld {
  readonly clock = new VirtualClock();
  /** Lamps that are on. */
  readonly lamps = new Map<string, Set<string>>();
  readonly privileged = new Set<string>();
  /** Every lamp that was turned off, in order. */
  readonly acts: string[] = [];
  /** Lamps whose act is refused with this code. */
  readonly refused = new Map<string, ErrorCode>();
  /** Lamps that come on again by themselves, that many times. */
  readonly stubborn = new Map<string, number>();
  /** Called before each act, and after it. */
  before: (lamp: string) => void | Promise<void> = () => {};
  after: (lamp: string) => void | Promise<void> = () => {};
  pauseBefore: string | undefined;
  /** A step for failures alone. */
  afterFailure: string | undefined;
  /** A lamp whose turning off makes a thing with this id, and seals a secret. */
  readonly making = new Map<string, string>();
  /** What is left by hand for someone. */
  readonly left = new Map<string, FollowUp[]>();
  /** Called before a run reads anew what its person has. */
  onRead: (who: string) => void | Promise<void> = () => {};
  /** People whom planning refuses. */
  readonly unplannable = new Map<string, ErrorCode>();
  readonly progress: string[] = [];
  readonly log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  reads = 0;
  readonly stateDir = mkdtempSync(join(tmpdir(), 'entra-mcp-run-'));
  #store: StateStore | undefined;
  #count = 0;

  static async open(): Promise<ToyWorld> {
    const world = new ToyWorld();
    world.#store = await openState(tenantFolder(world.stateDir, tenantId, false));
    for (const step of steps) world.lamps.set(step, new Set([`${step}-1`, `${step}-2`]));
    return world;
  }

  get store(): StateStore {
    if (this.#store === undefined) throw new Error('The world is closed');
    return this.#store;
  }

  /** The parts of one process. The owner's host is not this one, so nobody is taken for dead before its lease ends. */
  process(owner = 'other-host:1:a'): WorkflowParts {
    return { tenantId, store: this.store, clock: this.clock, random: this.#random, log: this.log, owner };
  }

  readonly #random = {
    bytes: (length: number) => {
      this.#count += 1;
      return new Uint8Array(length).fill(this.#count);
    },
  };

  workflow(parts = this.process()): Workflow<{ who: string; startAt?: number }> {
    return singleWorkflow(parts, this.definition);
  }

  resume(parts = this.process('other-host:2:b')) {
    return resumeRun(parts, this.#kinds(parts));
  }

  #kinds(parts: WorkflowParts): Map<RunKind, Resumable> {
    const kinds: [RunKind, Resumable][] = [
      ['offboarding', resumable(parts, this.definition)],
      ['offboardings', manyResumable(parts, this.definition)],
    ];
    return new Map(kinds);
  }

  /** What a process does when it opens the tenant. */
  lookAtInterrupted(signal = new AbortController().signal, parts = this.process('other-host:3:c')): Promise<void> {
    return lookAtInterrupted(parts, this.#kinds(parts), this.#graph, signal);
  }

  /** Plans and runs for many, as the gate does. */
  async goAll(people: readonly string[], parts = this.process()) {
    const workflow = this.many(parts);
    const draft = await workflow.plan(people, this.planning);
    if ('unchanged' in draft) throw new Error(draft.unchanged);
    return { draft, report: await workflow.run(draft.facts, this.context(draft.observations ?? [])) };
  }

  many(parts = this.process()): Workflow<readonly string[]> {
    return manyWorkflow(parts, this.definition, {
      apart: (people) => people.map((who) => ({ who, request: { who } })),
      summary: (count) => `Lights out for ${count}`,
    });
  }

  runs() {
    return runPort(this.process('other-host:9:z'), 'os:tester');
  }

  /** Plans and runs, as the gate does: what the plan listed is what it covers. */
  async go(
    options: { who?: string; planId?: string; parts?: WorkflowParts; startAt?: number; signal?: AbortSignal } = {},
  ) {
    const workflow = this.workflow(options.parts);
    const draft = await workflow.plan(
      { who: options.who ?? 'ann', ...(options.startAt === undefined ? {} : { startAt: options.startAt }) },
      this.planning,
    );
    if ('unchanged' in draft) throw new Error(draft.unchanged);
    return workflow.run(draft.facts, this.context(draft.observations ?? [], options));
  }

  /** Resumes as the gate does. */
  async goOn(runId: string, options: { mailbox?: 'shared' | 'released'; parts?: WorkflowParts } = {}) {
    const workflow = this.resume(options.parts);
    const request = { runId, ...(options.mailbox === undefined ? {} : { mailbox: options.mailbox }) };
    const draft = await workflow.plan(request, this.planning);
    if ('unchanged' in draft) throw new Error(draft.unchanged);
    return workflow.run(draft.facts, this.context(draft.observations ?? [], { planId: `resume-${this.#count}` }));
  }

  get planning() {
    return {
      graph: this.#graph,
      clock: this.clock,
      signal: new AbortController().signal,
      requester: 'os:tester',
      identity: 'app:test',
    };
  }

  context(
    observations: readonly Observation[],
    { planId = 'plan-1', signal }: { planId?: string; signal?: AbortSignal } = {},
  ): WorkflowRunContext {
    return {
      graph: this.#graph,
      clock: this.clock,
      signal: signal ?? new AbortController().signal,
      handoff,
      plan: { id: planId, requester: 'os:tester', observations },
      progress: (message) => this.progress.push(message),
    };
  }

  readonly #graph: GraphWriter = new FakeGraph();

  readonly definition: Definition<{ who: string; startAt?: number }, Facts, Lamps> = {
    kind: 'offboarding',
    facts,
    draft: async ({ who, startAt }) => {
      const refused = this.unplannable.get(who);
      if (refused !== undefined) throw refusal(refused);
      const subject = this.#read(who);
      const made: Facts = {
        who,
        steps: [...steps],
        risk: ['destructive'],
        ...(startAt === undefined ? {} : { startAt }),
      };
      const given: Json = { ...made };
      const observations = [...subject].map(([name, ids]) => ({
        name,
        title: 'Goes out',
        all: true,
        items: [...ids].map((id) => this.#item(id)),
      }));
      return { draft: { summary: 'Lights out', effects: [], targets: [], observations, facts: given }, subject };
    },
    subjectId: ({ who }) => who,
    userOf: ({ who }) => ({ id: who, userPrincipalName: `${who}@contoso.example` }),
    stepPlan: async ({ who }) => ({
      steps: steps.map((name) => this.#step(who, name)),
      read: async () => {
        await this.onRead(who);
        return this.#read(who);
      },
      pause: (step, _facts, decisions) =>
        step === this.pauseBefore && decisions['mailbox'] === undefined ? 'resume_run with mailbox' : undefined,
      close: (subject) => ({ followUps: this.left.get(who) ?? [], blocked: subject.get('first')?.size === 0 }),
    }),
    targets: () => [],
    references: () => [],
  };

  #item(id: string) {
    return { id, name: id, ...(this.privileged.has(id) ? { privileged: true } : {}) };
  }

  #read(who: string): Lamps {
    this.reads += 1;
    return new Map(steps.map((step) => [step, new Set(this.lampsOf(who, step))]));
  }

  /** The lamps of a step: Ann's go by the step's name, everyone else's by theirs too. */
  lampsOf(who: string, step: string): Set<string> {
    const key = who === 'ann' ? step : `${who}-${step}`;
    const lamps = this.lamps.get(key) ?? new Set([`${key}-1`, `${key}-2`]);
    this.lamps.set(key, lamps);
    return lamps;
  }

  #step(who: string, name: string): Step<Lamps, Facts> {
    return {
      name,
      title: 'Goes out',
      lists: true,
      ...(name === 'third' ? { after: ['second'] } : {}),
      ...(name === this.afterFailure ? { afterFailure: true } : {}),
      ...(name === 'first' ? { againAfter: ['second', 'third'] } : {}),
      todo: (lamps) => ({ work: [...(lamps.get(name) ?? [])].map((id) => this.#item(id)) }),
      act: async (work: readonly Work[], { signal, sealed }) => {
        const outcomes = [];
        for (const { id } of work) {
          if (signal.aborted) throw refusal('CANCELLED');
          await this.before(id);
          const code = this.refused.get(id);
          if (code !== undefined) {
            outcomes.push({ ok: false as const, error: refusal(code) });
            continue;
          }
          const made = this.making.get(id);
          if (made !== undefined) await sealed(`handoff-of-${made}`);
          this.acts.push(id);
          const again = this.stubborn.get(id) ?? 0;
          if (again > 0) this.stubborn.set(id, again - 1);
          else this.lampsOf(who, name).delete(id);
          await this.after(id);
          outcomes.push({ ok: true as const, ...(made === undefined ? {} : { made }) });
        }
        return outcomes;
      },
    };
  }

  async close(): Promise<void> {
    await this.store.destroy();
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}

export const steps = ['first', 'second', 'third', 'fourth'] as const;

/** The death of a process: nothing after it happens. */
export class Killed extends Error {}

function refusal(code: ErrorCode): ToolError {
  return new ToolError(code, { message: `Refused: ${code}.`, fix: 'Mend it.' });
}
