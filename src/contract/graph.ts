import type { z } from 'zod';
import type { DeltaLink } from './delta-link.ts';
import type { ToolError } from './error.ts';
import type { Grant } from './grant.ts';
import type { ODataFilter } from './odata.ts';
import type { GraphPath } from './path.ts';

/** What is read is described by an object schema: its top-level keys become `$select`. */
export type GraphSchema = z.ZodObject;

/** Query options of one read. `$select` is not among them: the schema says what is selected. */
export interface ReadQuery {
  readonly filter?: ODataFilter;
  /** Ready `$search` text: clauses of `searchClause`, joined with AND or OR. Sends `ConsistencyLevel: eventual`. */
  readonly search?: string;
  /**
   * Navigation properties to expand, with what to select of each, or what to expand within it. They are top-level keys of
   * the schema too.
   */
  readonly expand?: Readonly<Record<string, readonly string[] | { readonly expand: readonly string[] }>>;
  readonly orderby?: string;
  /** Page size, `$top`: 1 to 999. */
  readonly top?: number;
  /** An advanced query: sends `ConsistencyLevel: eventual` and `$count=true`. [learn.microsoft.com/graph/aad-advanced-queries] */
  readonly advanced?: boolean;
}

/** One page of a collection. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Graph's `@odata.nextLink`: opaque, only good for `page` of the same port. A page may be empty and yet have one. */
  readonly next?: string;
  /** `@odata.count`, on the first page of an advanced query. */
  readonly total?: number;
}

/**
 * The face of Graph that plans and read tools get. It has no way to change the tenant, by type and at run time.
 * Every method throws ToolError: NOT_FOUND, NOT_PERMITTED, AUTH_REQUIRED, THROTTLED, UNSUPPORTED_QUERY, CONFLICT,
 * UPSTREAM, CANCELLED.
 */
export interface GraphReader {
  /** One object, with `$select` of exactly the schema's keys (keys that begin with `@` are not selected). */
  get<S extends GraphSchema>(at: GraphPath, schema: S, query?: Pick<ReadQuery, 'expand'>): Promise<z.output<S>>;
  /** As `get`; `undefined` where Graph says that there is no such object. */
  find<S extends GraphSchema>(
    at: GraphPath,
    schema: S,
    query?: Pick<ReadQuery, 'expand'>,
  ): Promise<z.output<S> | undefined>;
  /** One page of a collection: the first, or the one that `next` of an earlier page names. */
  page<S extends GraphSchema>(at: GraphPath, schema: S, query?: ReadQuery, next?: string): Promise<Page<z.output<S>>>;
  /** A whole collection, page by page; never more than a page in memory. */
  pages<S extends GraphSchema>(at: GraphPath, schema: S, query?: ReadQuery): AsyncIterable<Page<z.output<S>>>;
  /** A POST that only reads (`getMemberGroups`, `getByIds` …): refused unless its path is on the port's list. */
  ask<S extends GraphSchema>(at: GraphPath, body: Readonly<Record<string, unknown>>, schema: S): Promise<z.output<S>>;
}

/**
 * How a write may be repeated when its answer was lost. `repeatable`: sending it again is harmless (PATCH to a fixed
 * value, `$ref` add or delete, assignLicense). `once`: it is never sent a second time after it may have arrived.
 */
export type Repeat = 'repeatable' | 'once';

/**
 * How to tell whether a creation whose answer was lost took effect. What is found is believed at once. That nothing is
 * there is believed only of a natural key, and only after looks 2, 5, 15 and 30 seconds after the answer was lost, since
 * Graph replicates late; then the request is sent once more. Otherwise it ends as OUTCOME_UNKNOWN.
 */
export interface Look<T> {
  /** What the write made, or undefined where it is not to be seen. It reads with a reader that has a deadline of its own. */
  readonly find: (graph: GraphReader) => Promise<T | undefined>;
  /** True where what is made has a key that nothing else can have, as a userPrincipalName. */
  readonly naturalKey: boolean;
}

type Body = Readonly<Record<string, unknown>>;

/** A write that is not sent yet, for `batch`. Each means what the method of its kind means. */
export type BatchWrite =
  | { readonly kind: 'patch'; readonly at: GraphPath; readonly body: Body }
  | { readonly kind: 'act'; readonly at: GraphPath; readonly body?: Body; readonly repeat: Repeat }
  | { readonly kind: 'addRef'; readonly at: GraphPath; readonly targetId: string }
  | { readonly kind: 'setRef'; readonly at: GraphPath; readonly target: GraphPath }
  | { readonly kind: 'removeRef'; readonly at: GraphPath }
  | { readonly kind: 'delete'; readonly at: GraphPath };

/** What came of one write of a batch. */
export type BatchOutcome = { readonly ok: true } | { readonly ok: false; readonly error: ToolError };

/** The face of Graph that `run` gets: made by the gate for one plan, and refusing what the plan does not cover. */
export interface GraphWriter extends GraphReader {
  /** PATCH to fixed values: repeatable. */
  patch(at: GraphPath, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** POST that creates an object: sent once, unless `repeat` says otherwise or how to look. Answers what was created. */
  post<S extends GraphSchema>(
    at: GraphPath,
    body: Readonly<Record<string, unknown>>,
    schema: S,
    repeat?: Repeat | Look<z.output<S>>,
  ): Promise<z.output<S>>;
  /** POST of an action whose answer does not matter (`revokeSignInSessions`). Repeatable only where said. */
  act(at: GraphPath, body: Readonly<Record<string, unknown>> | undefined, repeat: Repeat): Promise<void>;
  /**
   * DELETE of the object itself. Only for addresses on the port's short list of things that may be deleted so:
   * `…/members/{id}` and the like are refused, since without `/$ref` Graph would delete the member.
   * Already gone counts as done.
   */
  delete(at: GraphPath): Promise<void>;
  /** POST `{at}/$ref`: adds the directory object to a collection. Already there counts as done. */
  addRef(at: GraphPath, targetId: string): Promise<void>;
  /** PUT `{at}/$ref`: sets a single reference, as `manager`. */
  setRef(at: GraphPath, target: GraphPath): Promise<void>;
  /** DELETE `{at}/$ref`: takes a reference away, never the object. Already gone counts as done. */
  removeRef(at: GraphPath): Promise<void>;
  /**
   * Sends writes that do not depend on each other, twenty to a request, and answers what came of each, in their order. One
   * that fails stops no other. None is sent before all that travel with it have passed the grant.
   */
  batch(writes: readonly BatchWrite[]): Promise<readonly BatchOutcome[]>;
}

/** Who waits: a person (`interactive`), or a long job that may be slowed for them (`bulk`). */
export type Lane = 'interactive' | 'bulk';

/** Why a request waited: for its share of the quota, or because Graph had refused it or its like. */
export type WaitCause = 'budget' | 'throttled';

/** One piece of work: how long it may take, who can stop it. */
export interface GraphCall {
  readonly signal: AbortSignal;
  readonly lane?: Lane;
  /** Milliseconds from now until the call gives up; 30,000 by default for the interactive lane, none for bulk; Infinity for none. */
  readonly deadlineMs?: number;
  /** Called when a request has waited for a second or more in all, once it is over. */
  readonly onWait?: (ms: number, why: WaitCause) => void;
}

/** The face of Graph that follows the directory. */
export interface DeltaReader {
  /**
   * One page of a delta query as it came, UTF-8 JSON: for who keeps it whole, and parses it elsewhere. The first one, with
   * `$select` of the schema's keys, or the one that a link of an earlier page names.
   * @throws ToolError SYNC_RESET where Graph no longer knows the link; otherwise as `GraphReader`.
   * [learn.microsoft.com/graph/delta-query-overview]
   */
  page(at: GraphPath, schema: GraphSchema, link?: DeltaLink): Promise<Uint8Array<ArrayBuffer>>;
}

/** One tenant's Graph. */
export interface GraphPort {
  reader(call: GraphCall): GraphReader;
  delta(call: GraphCall): DeltaReader;
  writer(call: GraphCall, grant: Grant): GraphWriter;
  /** What the transport has used and how long it waited, for `check_access` and logs. */
  usage(): GraphUsage;
  /** Closes connections. */
  close(): Promise<void>;
}

/** Counters since the port was made, and the state of the budget at this moment. */
export interface GraphUsage {
  /** Logical requests. */
  readonly requests: number;
  /** HTTP attempts, retries included. */
  readonly attempts: number;
  /** Answers of 429. */
  readonly throttled: number;
  /** Milliseconds spent waiting for Retry-After or for budget. */
  readonly waitedMs: number;
  /** Sum of `x-ms-resource-unit` seen. */
  readonly resourceUnits: number;
  /** Requests that wait for their turn now, and that are under way. */
  readonly queued?: number;
  readonly inFlight?: number;
  /** The limit in force, and what of its window is used, in resource units. */
  readonly unitsPerSecond?: number;
  readonly unitsInWindow?: number;
  /** What refusals taught of a smaller limit. */
  readonly learnedUnitsPerSecond?: number;
  /** Classes of requests that Graph closed with a Retry-After, and how long the last of them stays so. */
  readonly closedClasses?: number;
  readonly closedForMs?: number;
}
