import type { z } from 'zod';
import type { AppliedPort } from './applied.ts';
import type { DirectoryPort } from './directory.ts';
import type { GraphReader, GraphSchema, GraphUsage, GraphWriter, Lane, ReadQuery } from './graph.ts';
import type { GraphPath } from './path.ts';
import type { ChangeAnswer, Json, PlanDraft, PlanState, PlanView, Unchanged } from './plan.ts';
import type { Clock, TokenClaims } from './ports.ts';
import type { Risk } from './risk.ts';
import type { RunPort } from './run.ts';
import type { AppliedPlan, LifecyclePort } from './workflow.ts';

/** Toolsets in the order of the documentation; `core` is always served. */
export const toolsets = [
  'core',
  'users',
  'groups',
  'licenses',
  'lifecycle',
  'directory',
  'audit',
  'security',
  'access',
  'provisioning',
  'scim',
  'subscriptions',
  'governance',
] as const;
export type Toolset = (typeof toolsets)[number];

/** Served unless ENTRA_MCP_TOOLSETS says otherwise. */
export const defaultToolsets: readonly Toolset[] = [
  'core',
  'users',
  'groups',
  'licenses',
  'lifecycle',
  'directory',
  'audit',
];

type NonEmpty<T> = readonly [T, ...T[]];

/** A request a tool's `run` can send: `PATCH /users/{}`. `{}` stands for one value of the path. */
export type WriteTemplate = `${'POST' | 'PATCH' | 'PUT' | 'DELETE'} /${string}`;

/** What every tool states about itself. */
interface ToolCard {
  /** `verb_noun`, snake_case. */
  readonly name: string;
  readonly title: string;
  /** What it does; what it does not; which tool to use instead. */
  readonly description: string;
  readonly toolset: Toolset;
  /** The least application permissions that all of it needs, as Graph names them; empty where it asks Graph for nothing. */
  readonly permissions: readonly string[];
}

/** What a read tool can reach. */
export interface ReadContext {
  readonly graph: GraphReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Lists with cursors: see `ListPort`. */
  readonly list: ListPort;
  /** Lists of what this server keeps itself, or Graph does not page: see `KeptListPort`. */
  readonly listKept: KeptListPort;
  readonly plans: PlanPort;
  readonly access: AccessPort;
  readonly runs: RunPort;
  /** What was applied of the requester's plans. */
  readonly applied: AppliedPort;
  /** The mirror of the directory. */
  readonly directory: DirectoryPort;
  /** Tells the client how far the work is, where it asked to know. */
  progress(message: string): void;
}

/** What a list tool asks for. */
export interface ListRequest<S extends GraphSchema> {
  readonly at: GraphPath;
  readonly schema: S;
  readonly query?: Omit<ReadQuery, 'top'>;
  /** 1 to 100. */
  readonly pageSize: number;
  readonly cursor: string | undefined;
}

/** One page for the model. */
export interface ListAnswer<T> {
  readonly items: T[];
  readonly nextCursor?: string;
  readonly total?: number;
}

/**
 * Pages for a model: seals Graph's page token into a cursor that is good for this tool, these arguments and this
 * tenant alone, skips empty pages, and cuts a page above 64 KB of text so that `nextCursor` goes on where it was cut.
 * @throws ToolError INPUT_INVALID for a cursor that is not ours or belongs to another question.
 */
export type ListPort = <S extends GraphSchema>(request: ListRequest<S>) => Promise<ListAnswer<z.output<S>>>;

/** What a list tool asks for of what this server keeps itself, or Graph answers as a whole. */
export interface KeptListRequest<T> {
  /** 1 to 100. */
  readonly pageSize: number;
  readonly cursor: string | undefined;
  /** At most `limit` items after the first `offset`, and how many there are in all. */
  read(offset: number, limit: number): Promise<{ readonly items: readonly T[]; readonly total: number }>;
}

/** As `ListPort`, for what this server keeps itself or Graph does not page: its cursor seals how many items are past. */
export type KeptListPort = <T>(request: KeptListRequest<T>) => Promise<ListAnswer<T>>;

/** Plans as tools see them. Only the requester's own are found; any other id is NOT_FOUND. */
export interface PlanPort {
  get(planId: string): Promise<PlanReport>;
  /** Applies an approved plan; see DESIGN of the gate. Waits up to `waitSeconds` for the apply to end. */
  apply(planId: string, waitSeconds: number): Promise<ChangeAnswer>;
}

/** Decisions of a person who clicks on the card of a plan. */
export interface CardPort {
  /**
   * Decides, and applies what was approved, waiting a while for the end.
   * @throws ToolError INPUT_INVALID without the nonce that the card of this plan was given, or with one used before.
   */
  decide(planId: string, nonce: string | undefined, decision: 'approve' | 'deny'): Promise<ChangeAnswer>;
}

/** A plan and what became of it. */
export interface PlanReport {
  readonly plan: PlanView;
  readonly status: PlanState;
  /** The run that it began, or goes on with. */
  readonly runId?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: Readonly<Record<string, unknown>>;
  readonly auditHead?: string;
}

/** Who this server is in the tenant, for `check_access`. */
export interface AccessPort {
  identity(): Promise<AccessReport>;
}

/** What `check_access` reports, before it is worked into a table. */
export interface AccessReport {
  readonly tenant: { readonly id: string; readonly name?: string };
  readonly cloud: string;
  readonly graphHost: string;
  readonly signIn: string;
  /** Undefined where no token is sent. */
  readonly claims: TokenClaims | undefined;
  readonly readOnly: boolean;
  readonly toolsets: readonly Toolset[];
  /** Every tool served: what it needs at least. */
  readonly tools: readonly {
    readonly name: string;
    readonly toolset: Toolset;
    readonly permissions: readonly string[];
  }[];
  /** Human channels that are ready. */
  readonly approval: { readonly pin: boolean; readonly signIn: boolean };
  readonly usage: GraphUsage;
}

/** What `plan` can reach: it reads, and nothing else. */
export interface PlanContext {
  readonly graph: GraphReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly requester: string;
  /** Who this server is for Graph: `app:<client id>` or `user:<object id>`. */
  readonly identity: string;
  /** The application permissions that this server has been granted. Absent where that is not known: Graph's 403 tells. */
  readonly granted?: readonly string[];
  /** Workflows, for the tools that start one. */
  readonly lifecycle: LifecyclePort;
}

/** What `run` can reach. */
export interface RunContext {
  readonly graph: GraphWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Makes a secret, seals it to the approver and commits it, before the request that uses it is sent. */
  readonly handoff: HandoffPort;
  readonly plan: AppliedPlan;
  readonly lifecycle: LifecyclePort;
  progress(message: string): void;
}

/** Secrets made by us. The value goes into one Graph request; the id into the result. */
export interface HandoffPort {
  password(of: {
    readonly id?: string;
    readonly userPrincipalName: string;
  }): Promise<{ readonly value: string; readonly handoffId: string }>;
  /** Keeps a Temporary Access Pass, which Graph makes and says once: sealed and committed as soon as it is known. */
  keep(
    kind: 'temporaryAccessPass',
    of: { readonly userPrincipalName: string },
    secret: string,
  ): Promise<{ readonly handoffId: string }>;
}

/** A tool that changes nothing in the tenant. */
export interface ReadTool<I extends z.ZodObject = z.ZodObject, Out = unknown> extends ToolCard {
  readonly kind: 'read';
  readonly risk: 'read';
  readonly input: I;
  readonly output: z.ZodType<Out>;
  run(input: z.output<I>, context: ReadContext): Promise<Out>;
}

/** What the tools that carry out plans can reach. */
export interface ApplyContext {
  readonly plans: PlanPort;
  readonly card: CardPort;
}

/** `apply_plan` and `decide_plan`: the tools that carry out what a human approved. */
export interface ApplyTool<I extends z.ZodObject = z.ZodObject> extends ToolCard {
  readonly kind: 'apply';
  readonly risk: 'destructive';
  /** Set where the card of a plan calls it, and no model has a use for it. */
  readonly forCard?: boolean;
  readonly input: I;
  run(input: z.output<I>, context: ApplyContext): Promise<ChangeAnswer>;
}

/** A tool that changes the tenant: it plans, a human may have to approve, it runs what was approved. */
export interface ChangeTool<I extends z.ZodObject = z.ZodObject, Facts extends Json = Json, Out = unknown>
  extends ToolCard {
  readonly kind: 'change';
  /** The least it can be. */
  readonly risk: Exclude<Risk, 'read'> | NonEmpty<Exclude<Risk, 'read'>>;
  /** What its plan may raise it to from what it sees. */
  readonly mayRaiseTo?: NonEmpty<Exclude<Risk, 'read'>>;
  readonly permissions: NonEmpty<string>;
  /** Every request `run` can send; the writer refuses any other. */
  readonly writes: readonly WriteTemplate[];
  /** False where a second call is not harmless (it creates another object). */
  readonly idempotent: boolean;
  /** Set where `run` makes a secret: without an approver's sealing key the plan is refused. */
  readonly seals?: 'password' | 'temporaryAccessPass';
  /** Set where `run` is a durable run: it may take long, nothing of it is repeated by the gate, and its journal goes on. */
  readonly durable?: boolean;
  /** Set where a plan goes on with a run that is there already: which one. */
  runOf?(input: z.output<I>): string;
  /** `bulk` where the work is for many at once, and people who wait go first. */
  readonly lane?: Lane;
  /** Raised whenever the meaning of a plan changes; part of what an approval binds. */
  readonly version?: number;
  readonly input: I;
  readonly output: z.ZodType<Out>;
  plan(input: z.output<I>, context: PlanContext): Promise<PlanDraft<Facts> | Unchanged>;
  run(facts: Facts, context: RunContext): Promise<Out>;
}

/** Any tool of the inventory, its own types forgotten. */
export type Tool = ReadTool | ApplyTool | ChangeTool;

/** Checks and freezes a tool that changes the tenant. `plan` stands before `run`, so that facts flow by inference. */
export function defineTool<I extends z.ZodObject, Facts extends Json, Out>(
  tool: Omit<ChangeTool<I, Facts, Out>, 'kind'>,
): ChangeTool<I, Facts, Out> {
  return Object.freeze({ kind: 'change', ...tool });
}

/** Checks and freezes a tool that only reads. */
export function defineReadTool<I extends z.ZodObject, Out>(
  tool: Omit<ReadTool<I, Out>, 'kind' | 'risk'>,
): ReadTool<I, Out> {
  return Object.freeze({ kind: 'read', risk: 'read', ...tool });
}

/** Checks and freezes a tool that applies plans. */
export function defineApplyTool<I extends z.ZodObject>(tool: Omit<ApplyTool<I>, 'kind' | 'risk'>): ApplyTool<I> {
  return Object.freeze({ kind: 'apply', risk: 'destructive', ...tool });
}
