import type { AuditTable, StateStore } from '../store/index.ts';

/** Rows that are in memory at a time. */
const pageRows = 500;

/**
 * A row of the trail for readers elsewhere: whole, so that they can recompute its hash. That is SHA-256, in hexadecimal, of
 * the JSON of `[tenantId, seq, at in milliseconds, kind, planId, body as text, prevHash]`, where the body is canonical JSON:
 * keys in order, no spaces.
 */
export interface ExportedRow {
  readonly tenantId: string;
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: string;
  readonly planId: string | null;
  readonly body: unknown;
  /** Hash of the row before; 64 zeros for the first. */
  readonly prevHash: string;
  readonly hash: string;
}

/** The rows of a trail after the one with this number, oldest first, a page at a time. */
export async function* exportedRows(db: StateStore, tenantId: string, after = 0): AsyncGenerator<ExportedRow[]> {
  let last = after;
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('seq', '>', last)
      .orderBy('seq')
      .limit(pageRows)
      .execute();
    if (rows.length > 0) yield rows.map(exported);
    last = Number(rows.at(-1)?.seq ?? last);
    if (rows.length < pageRows) return;
  }
}

function exported(row: AuditTable): ExportedRow {
  return {
    tenantId: row.tenant_id,
    seq: Number(row.seq),
    at: new Date(Number(row.at)).toISOString(),
    kind: row.kind,
    planId: row.plan_id,
    body: JSON.parse(row.body),
    prevHash: row.prev_hash,
    hash: row.hash,
  };
}
