import { canonicalJson } from '../contract/canonical.ts';
import type { Clock } from '../contract/index.ts';
import type { AuditTable, StateStore } from '../store/index.ts';
import { sha256 } from './canonical.ts';

/** What happened. `write-*` rows come in pairs: before a request is sent, and once its outcome is known. */
const auditKinds = [
  'plan',
  'decision',
  'write-sending',
  'write-answered',
  'outcome',
  'handoff-sealed',
  'handoff-opened',
  'approver-key',
  'approver-pin',
  'query',
] as const;
export type AuditKind = (typeof auditKinds)[number];

/** One row of the trail. */
export interface AuditRow {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: AuditKind;
  readonly planId?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** The outcome of `verifyTrail`. */
export interface TrailVerdict {
  readonly rows: number;
  readonly head: string;
  /** The first row that does not fit the chain. */
  readonly brokenAt?: number;
  /** Set where a head was given: whether the trail contains it. */
  readonly containsHead?: boolean;
}

const genesis = '0'.repeat(64);

/**
 * Adds a row and returns the new head. Call it inside the transaction that relies on it: the row is committed with
 * what it records, or neither is.
 */
export async function appendAudit(
  db: StateStore,
  row: { tenantId: string; at: number; kind: AuditKind; planId?: string; body: Readonly<Record<string, unknown>> },
): Promise<string> {
  const last = await db
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .where('tenant_id', '=', row.tenantId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const entry = {
    tenant_id: row.tenantId,
    seq: (last?.seq ?? 0) + 1,
    at: row.at,
    kind: row.kind,
    plan_id: row.planId ?? null,
    body: canonicalJson(row.body),
    prev_hash: last?.hash ?? genesis,
  };
  const hash = rowHash(entry);
  await db
    .insertInto('audit')
    .values({ ...entry, hash })
    .execute();
  return hash;
}

/** Adds one row in a transaction of its own. */
export function recordAudit(
  db: StateStore,
  clock: Clock,
  row: Omit<Parameters<typeof appendAudit>[1], 'at'>,
): Promise<string> {
  return db.transaction().execute((tx) => appendAudit(tx, { ...row, at: clock.now() }));
}

/** The newest rows, oldest of them first. */
export async function auditTail(db: StateStore, tenantId: string, count: number): Promise<AuditRow[]> {
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .orderBy('seq', 'desc')
    .limit(count)
    .execute();
  return rows.reverse().map(shown);
}

/** The rows of one plan. */
export async function auditOfPlan(db: StateStore, tenantId: string, planId: string): Promise<AuditRow[]> {
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('plan_id', '=', planId)
    .orderBy('seq')
    .execute();
  return rows.map(shown);
}

/** Hash of the newest row; 64 zeros for an empty trail. */
export async function auditHead(db: StateStore, tenantId: string): Promise<string> {
  const last = await db
    .selectFrom('audit')
    .select('hash')
    .where('tenant_id', '=', tenantId)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.hash ?? genesis;
}

/**
 * Recomputes the chain. An edited, removed, added or reordered row breaks it; whoever holds a later head also sees a
 * trail that was cut short or rewritten.
 */
export async function verifyTrail(db: StateStore, tenantId: string, head?: string): Promise<TrailVerdict> {
  const wanted = head?.toLowerCase();
  let previous = genesis;
  let rows = 0;
  let containsHead = wanted === genesis;
  const verdict = (brokenAt?: number): TrailVerdict => ({
    rows,
    head: previous,
    ...(brokenAt === undefined ? {} : { brokenAt }),
    ...(wanted === undefined ? {} : { containsHead }),
  });
  for (;;) {
    const page = await db
      .selectFrom('audit')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('seq', '>', rows)
      .orderBy('seq')
      .limit(500)
      .execute();
    for (const row of page) {
      if (row.seq !== rows + 1 || row.prev_hash !== previous || rowHash(row) !== row.hash) return verdict(rows + 1);
      rows += 1;
      previous = row.hash;
      containsHead ||= row.hash === wanted;
    }
    if (page.length < 500) return verdict();
  }
}

function rowHash(row: Omit<AuditTable, 'hash'>): string {
  const { tenant_id, seq, at, kind, plan_id, body, prev_hash } = row;
  return sha256(canonicalJson([tenant_id, seq, at, kind, plan_id, body, prev_hash]));
}

function shown(row: AuditTable): AuditRow {
  return {
    seq: row.seq,
    at: new Date(row.at).toISOString(),
    kind: kindOf(row.kind),
    ...(row.plan_id === null ? {} : { planId: row.plan_id }),
    body: JSON.parse(row.body),
    hash: row.hash,
  };
}

function kindOf(text: string): AuditKind {
  const kind = auditKinds.find((known) => known === text);
  if (kind === undefined) throw new Error('Unknown kind of audit row');
  return kind;
}
