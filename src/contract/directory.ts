import { z } from 'zod';
import { lines } from './inputs.ts';

/** What happened to the directory, as the change feed tells it. Soft deletion is `deleted`, for good is `purged`. */
export const changeKinds = [
  'user_created',
  'user_updated',
  'user_deleted',
  'user_purged',
  'group_created',
  'group_updated',
  'group_deleted',
  'group_purged',
  'member_added',
  'member_removed',
] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A property before and after. Absent before: `null`. */
export const fieldChange = z.object({ old: z.unknown(), new: z.unknown() });

/**
 * One change. Of what was created, `fields` holds all it has; of what was deleted, all it had; of a purged object,
 * nothing. Properties are named as Graph names them; `managerId` is the user's manager.
 */
export const directoryChange = z.object({
  /** Its place in the feed; 0 for what stood in the directory before the feed began. */
  sequence: z.number(),
  /** When the mirror saw it, ISO 8601. */
  time: z.string(),
  kind: z.enum(changeKinds),
  /** Object id of the user or group; of the group for memberships. */
  id: z.string(),
  /** Who came into the group, or left it. */
  memberId: z.string().optional(),
  memberType: z.string().optional(),
  fields: z.record(z.string(), fieldChange).optional(),
});
export type DirectoryChange = z.output<typeof directoryChange>;

/** What a sync did to the objects of one kind. `total` is how many the mirror holds now. */
export const syncCounts = z.object({
  created: z.number(),
  updated: z.number(),
  deleted: z.number(),
  purged: z.number(),
  total: z.number(),
});
export type SyncCounts = z.output<typeof syncCounts>;

/** What a sync came to: numbers, never rows. */
export const syncReport = z.object({
  /** `first` filled the mirror; `changes` took what changed; `resync` went through everything again. */
  mode: z.enum(['first', 'changes', 'resync']),
  users: syncCounts,
  groups: syncCounts,
  memberships: z.object({ added: z.number(), removed: z.number(), total: z.number() }),
  /** Sign-in activity, where it is mirrored: how many users were told of, and whether more are to come. */
  signIns: z.object({ users: z.number(), complete: z.boolean() }).optional(),
  pages: z.number(),
  requests: z.number(),
  durationMs: z.number(),
  /** Where `list_changes` goes on to hear of what comes after this sync. */
  cursor: z.string(),
  warnings: z.array(z.string()).optional(),
});
export type SyncReport = z.output<typeof syncReport>;

/** How old the mirror is. */
export const mirrorAge = z.object({
  /** When the last sync ended, ISO 8601; absent until the first has. */
  syncedAt: z.string().optional(),
  ageSeconds: z.number().optional(),
  /** False while the first sync has not ended: rows are missing. */
  complete: z.boolean(),
});
export type MirrorAge = z.output<typeof mirrorAge>;

/** A value that SQL takes as a parameter. */
export const sqlValue = z.union([lines(20_000, 0), z.number(), z.boolean(), z.null()]);
export type SqlValue = z.output<typeof sqlValue>;

/** A question to the mirror. */
export interface DirectoryQuery {
  readonly sql: string;
  /** For `?` by place, for `:name` by name. */
  readonly params?: readonly SqlValue[] | Readonly<Record<string, SqlValue>> | undefined;
  /** Rows at most. */
  readonly limit: number;
}

/** Rows of the mirror. */
export const directoryRows = z.object({
  rows: z.array(z.record(z.string(), z.unknown())),
  rowCount: z.number(),
  /** True where there are more rows than were asked for, or fit. */
  truncated: z.boolean(),
  mirror: mirrorAge,
});
export type DirectoryRows = z.output<typeof directoryRows>;

/** A place in the feed of a mirror, as answers give it: the mirror, the sequence, and while a base is told, where in it. */
export const changeCursorForm = /^c1\.([0-9a-f]{1,64})\.(\d{1,15})(?:\.(users|groups|memberships)\.(\d{1,15}))?$/;

/** Which changes are asked for. */
export interface ChangesQuery {
  /** A cursor of an earlier answer or of a sync, an ISO 8601 moment, or `start`: all that stands in the directory, as if it were created now. */
  readonly since: string;
  readonly kinds?: readonly ChangeKind[] | undefined;
  /** Changes at most. With 0, `nextCursor` is the place that `since` means. */
  readonly limit: number;
}

/** A stretch of the change feed. */
export const directoryChanges = z.object({
  items: z.array(directoryChange),
  /** Where to go on: good for as long as the mirror lives, also across restarts. */
  nextCursor: z.string(),
  /** True where more is there already, also after a page without changes: few are of the kinds asked for. */
  more: z.boolean(),
  mirror: mirrorAge,
  warnings: z.array(z.string()).optional(),
});
export type DirectoryChanges = z.output<typeof directoryChanges>;

/** A table of the mirror, for those who write SQL. */
const mirrorTable = z.object({
  name: z.string(),
  description: z.string(),
  rows: z.number().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), description: z.string().optional() })),
});

/** The mirror, for those who write SQL. */
export const directoryDescription = z.object({
  dialect: z.string(),
  mirror: mirrorAge,
  tables: z.array(mirrorTable),
  /** Properties that the settings could add: ENTRA_MCP_DIRECTORY_FIELDS. */
  notMirrored: z.array(z.string()),
  notes: z.array(z.string()),
  examples: z.array(z.object({ question: z.string(), sql: z.string() })),
});
export type DirectoryDescription = z.output<typeof directoryDescription>;

/** How a call is watched and stopped. */
export interface DirectoryCall {
  readonly signal: AbortSignal;
  progress(message: string): void;
}

/** The mirror of one tenant's directory. */
export interface DirectoryPort {
  /**
   * Brings the mirror up to the tenant.
   * @throws ToolError CONFLICT where another process does so already; CANCELLED; what Graph's errors stand for. What was
   * committed before stays, and the next sync goes on there.
   */
  sync(call: DirectoryCall): Promise<SyncReport>;
  /** @throws ToolError INPUT_INVALID for SQL that does not run, LIMIT_REACHED for what takes too long or too much memory. */
  query(query: DirectoryQuery, call: Pick<DirectoryCall, 'signal'>): Promise<DirectoryRows>;
  /** @throws ToolError INPUT_INVALID for a `since` that is none, SYNC_RESET for one whose changes are erased. */
  changes(query: ChangesQuery): Promise<DirectoryChanges>;
  describe(): Promise<DirectoryDescription>;
}
