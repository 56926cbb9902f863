import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditTail } from '../../src/approval/audit.ts';
import type { Gate } from '../../src/approval/gate.ts';
import { type AuditRow, approverOf, createGate, type GateSettings, type PolicyPort } from '../../src/approval/index.ts';
import { decideWith } from '../../src/approval/terminal.ts';
import { type AccessReport, defaultToolsets, type GraphPort } from '../../src/contract/index.ts';
import { type DemoSnapshot, type DemoTenant, type ReceivedRequest, startDemoTenant } from '../../src/demo/index.ts';
import { Directory, mirrorFile } from '../../src/directory/index.ts';
import { createGraphPort } from '../../src/graph/index.ts';
import type { Decision } from '../../src/server/elicitation-form.ts';
import { createPipeline, type Pipeline } from '../../src/server/pipeline.ts';
import type { ServedTool } from '../../src/server/ports.ts';
import type { ToolAnswer } from '../../src/server/rendering.ts';
import { openState, type StateStore, type TenantFolder, tenantFolder } from '../../src/store/index.ts';
import { createWorkflows } from '../../src/workflow/index.ts';
import tools from '../../tools/index.ts';
import { demoKeys } from '../fixtures/gate-world.ts';
import { flowing, VirtualClock } from '../graph/virtual-clock.ts';
import { noted, notedLog } from '../secrets/outputs.ts';

/** Every tool as it is served. */
export const served: readonly ServedTool[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'tools.json'), 'utf8'),
);

export const requester = 'os:alice';

/** What a call came to. */
export interface Called {
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly code: string | undefined;
  /** The plan that was asked about, where the client was asked. */
  readonly asked: boolean;
}

/** A request that changed the tenant, and the plan that the audit trail names for it. */
export interface Written {
  readonly request: ReceivedRequest;
  readonly planId: string | undefined;
  readonly at: number;
}

export interface WorldOptions {
  readonly settings?: Partial<GateSettings>;
  readonly users?: number;
  /** The policies of the two servers. */
  readonly policies?: readonly [PolicyPort | undefined, PolicyPort | undefined];
  /** What stands for this machine and process in the leases of the two servers. */
  readonly owners?: readonly [string, string];
  /** Lets time flow while nothing is on the wire: for runs, which wait. */
  readonly flows?: boolean;
  /** Puts something between the servers and the tenant; answers the root to use. */
  readonly between?: (url: string) => Promise<string>;
}

/**
 * The real pipeline, gate, Graph port and store on a demo tenant of its own, with the time standing still. Two servers share the
 * state folder, as two clients of one person would have them.
 */
export class ApprovalWorld {
  readonly clock = new VirtualClock();
  readonly demo: DemoTenant;
  readonly before: DemoSnapshot;
  readonly stateDir: string;
  readonly folder: TenantFolder;
  readonly store: StateStore;
  readonly gates: readonly Gate[];
  readonly #pipelines: readonly Pipeline[];
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #ports: GraphPort[] = [];

  private constructor(demo: DemoTenant, root: string, stateDir: string, store: StateStore, options: WorldOptions) {
    this.demo = demo;
    this.before = demo.snapshot();
    this.stateDir = stateDir;
    this.folder = tenantFolder(stateDir, demo.tenantId, true);
    this.store = store;
    const owners = options.owners ?? [`here:${process.pid}:a`, `here:${process.ppid}:b`];
    const servers = owners.map((owner, i) => this.#server(owner, root, options, options.policies?.[i]));
    this.gates = servers.map(({ gate }) => gate);
    this.#pipelines = servers.map(({ pipeline }) => pipeline);
    if (options.flows !== true) return;
    const flow = flowing(this.clock, () => this.#ports.reduce((sum, port) => sum + (port.usage().inFlight ?? 0), 0));
    this.#closers.push(async () => flow.stop());
  }

  static async open(options: WorldOptions = {}): Promise<ApprovalWorld> {
    let now = () => Date.now();
    const demo = await startDemoTenant({ users: options.users ?? 40, now: () => now() });
    const stateDir = mkdtempSync(join(tmpdir(), 'entra-mcp-never-'));
    const store = await openState(tenantFolder(stateDir, demo.tenantId, true));
    const root = (await options.between?.(demo.url)) ?? demo.url;
    const world = new ApprovalWorld(demo, root, stateDir, store, options);
    if (options.flows === true) now = () => world.clock.now();
    return world;
  }

  #server(
    owner: string,
    root: string,
    { settings }: WorldOptions,
    policy: PolicyPort | undefined,
  ): { gate: Gate; pipeline: Pipeline } {
    const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
    const graph = createGraphPort({
      root,
      tokens: { method: 'none', token: async () => undefined },
      clock: this.clock,
      random,
      log: notedLog,
      version: '0',
    });
    this.#closers.push(() => graph.close());
    this.#ports.push(graph);
    const workflows = createWorkflows({
      ...{ tenantId: this.demo.tenantId, store: this.store, clock: this.clock },
      ...{ random, log: notedLog, owner },
    });
    const gate = createGate(
      {
        tenant: { id: this.demo.tenantId, name: 'Demo', cloud: 'demo', foreignHosts: [], identity: 'app:test' },
        settings: {
          confirm: ['grant', 'destructive', 'irreversible'],
          trustElicitation: 'auto',
          protected: [],
          approverGroup: undefined,
          planTtlMs: 15 * 60_000,
          ...settings,
        },
        graph,
        lifecycle: workflows.lifecycle,
        runOf: workflows.runOf,
        store: this.store,
        approver: approverOf(this.stateDir, this.folder),
        policy,
        clock: this.clock,
        random,
        log: notedLog,
        tool: async (name) => {
          const tool = tools.find((known) => known.name === name);
          return tool?.kind === 'change' ? tool : undefined;
        },
        approveCommand: (id) => `entra-mcp approve ${id}`,
      },
      owner,
    );
    const file = mirrorFile(this.folder.folder);
    const directory = new Directory({ file, fields: [], graph, clock: this.clock, log: notedLog, owner });
    this.#closers.push(() => directory.close());
    const pipeline = createPipeline({
      version: '0',
      served,
      clock: this.clock,
      sealingKey: crypto.getRandomValues(new Uint8Array(32)),
      requester,
      tool: async (name) => tools.find((known) => known.name === name),
      session: async () => ({
        tenantId: this.demo.tenantId,
        graph,
        gate,
        access: { identity: async () => accessOf(this.demo, graph) },
        runs: workflows.runs,
        directory: () => directory,
      }),
      log: async () => notedLog,
    });
    return { gate, pipeline };
  }

  /** Calls a tool on one of the servers; `answers` is what the client's user would say when asked. */
  async call(
    name: string,
    args: unknown,
    how: { server?: number; as?: string; answers?: Decision | (() => Promise<Decision>); signal?: AbortSignal } = {},
  ): Promise<Called> {
    const pipeline = this.#pipelines[how.server ?? 0];
    if (pipeline === undefined) throw new RangeError('There are two servers');
    const call = {
      name,
      args,
      caller: { requester: how.as ?? requester, clientId: 'test/1', transport: 'stdio' as const },
      signal: how.signal ?? new AbortController().signal,
      canAsk: how.answers !== undefined,
      progress: () => {},
    };
    const first = await noted(pipeline.call(call));
    if (first.kind === 'answer') return calledOf(first.answer, false);
    const decision = typeof how.answers === 'function' ? await how.answers() : (how.answers ?? 'cancelled');
    const reply = { state: first.question.state, decision };
    const second = await noted(pipeline.call({ ...call, reply }));
    if (second.kind === 'ask') throw new Error('Asked twice');
    return calledOf(second.answer, true);
  }

  /** As a human at a terminal, with the right PIN. */
  decide(planId: string, decision: 'approve' | 'deny'): Promise<void> {
    return decideWith(this.stateDir, planId, decision, demoKeys, this.clock);
  }

  trail(): Promise<AuditRow[]> {
    return auditTail(this.store, this.demo.tenantId, 100_000);
  }

  /** Every request that was not a read. */
  changes(): ReceivedRequest[] {
    return this.demo.requests.filter((request) => !isRead(request));
  }

  /** The same, each with its plan. */
  async written(): Promise<Written[]> {
    const sent = (await this.trail()).filter((row) => row.kind === 'write-sending');
    return this.changes().map((request) => {
      const row = sent.find(({ body }) => body['clientRequestId'] === request.headers['client-request-id']);
      return { request, planId: row?.planId, at: row === undefined ? 0 : Date.parse(row.at) };
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.gates.map((gate) => gate.idle()));
    await Promise.all(this.#closers.map((close) => close()));
    await this.store.destroy();
    await this.demo.close();
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}

function accessOf({ tenantId }: DemoTenant, graph: GraphPort): AccessReport {
  return {
    tenant: { id: tenantId },
    cloud: 'demo',
    graphHost: '127.0.0.1',
    signIn: 'none',
    claims: undefined,
    readOnly: false,
    toolsets: defaultToolsets,
    tools: tools.map(({ name, toolset, permissions }) => ({ name, toolset, permissions })),
    approval: { pin: true, signIn: false },
    usage: graph.usage(),
  };
}

function calledOf({ structuredContent: data, content }: ToolAnswer, asked: boolean): Called {
  const error = data['error'];
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
  return { data, text: content.map(({ text }) => text).join('\n'), code, asked };
}

/** The POSTs that only read, told apart here by their own names and not by the list that the server goes by. */
const readPosts = /\/(?:getMemberGroups|getMemberObjects|checkMemberGroups|checkMemberObjects|getByIds|isMemberOf)$/;

/** True for a request that changes nothing. The requests of a $batch stand in the log themselves. */
export function isRead({ method, path }: Pick<ReceivedRequest, 'method' | 'path'>): boolean {
  const [address = ''] = path.split('?');
  if (method === 'GET') return true;
  return method === 'POST' && (readPosts.test(address) || /^\/v1\.0\/\$batch\/?$/.test(address));
}

/** The id of the plan in an answer. */
export function planIdOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const { plan } = data;
  return typeof plan === 'object' && plan !== null && 'id' in plan ? String(plan.id) : undefined;
}
