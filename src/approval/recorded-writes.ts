import type { StateStore } from '../store/index.ts';
import { type ExportedRow, exportedRows } from './trail-export.ts';

/** A request of this server that changes the tenant, as its trail has it. */
export interface RecordedWrite {
  readonly seq: number;
  readonly planId: string | null;
  /** When it left, and when its answer came, in milliseconds since the epoch. */
  readonly at: number;
  readonly answeredAt: number | undefined;
  readonly method: string;
  readonly template: string;
  readonly url: string;
  readonly clientRequestId: string;
  /** The HTTP status; `lost` where no answer came; undefined where the process ended before it could be noted. */
  readonly status: number | 'lost' | undefined;
  /** Object ids in its address, in lower case; where there are none, those that its plan and its result name. */
  readonly ids: readonly string[];
}

type Unfinished = { -readonly [K in keyof RecordedWrite]: RecordedWrite[K] };

/** Every write of a trail, in order, and when the trail begins. */
export async function recordedWrites(
  db: StateStore,
  tenantId: string,
): Promise<{ readonly writes: readonly RecordedWrite[]; readonly beginsAt: number | undefined }> {
  const writes: Unfinished[] = [];
  const open = new Map<string, Unfinished>();
  const ofPlans = new Map<string, string[]>();
  let beginsAt: number | undefined;
  for await (const rows of exportedRows(db, tenantId)) {
    beginsAt ??= Date.parse(rows[0]?.at ?? '');
    for (const row of rows) {
      if (row.kind === 'plan' || row.kind === 'outcome') noteIds(ofPlans, row);
      if (row.kind === 'write-sending') {
        const write = begun(row);
        writes.push(write);
        open.set(write.clientRequestId, write);
      } else if (row.kind === 'write-answered') {
        const { clientRequestId, status } = fieldsOf(row.body);
        const write = open.get(String(clientRequestId));
        if (write === undefined) continue;
        write.status = typeof status === 'number' ? status : 'lost';
        write.answeredAt = Date.parse(row.at);
        open.delete(write.clientRequestId);
      }
    }
  }
  for (const write of writes) if (write.ids.length === 0) write.ids = ofPlans.get(write.planId ?? '') ?? [];
  return { writes, beginsAt };
}

const guid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

function guidsIn(text: string): string[] {
  return [...new Set(text.match(guid)?.map((id) => id.toLowerCase()))];
}

function begun(row: ExportedRow): Unfinished {
  const { method, template, url, clientRequestId } = fieldsOf(row.body);
  return {
    seq: row.seq,
    planId: row.planId,
    at: Date.parse(row.at),
    answeredAt: undefined,
    method: String(method),
    template: String(template),
    url: String(url),
    clientRequestId: String(clientRequestId),
    status: undefined,
    ids: guidsIn(String(url)),
  };
}

/** What a plan shows and what it came to name the objects that addresses do not: a new account, a holder of a role. */
function noteIds(ofPlans: Map<string, string[]>, { planId, kind, body }: ExportedRow): void {
  if (planId === null) return;
  const { view, result } = fieldsOf(body);
  const { targets } = fieldsOf(view);
  const ids = guidsIn(JSON.stringify(kind === 'plan' ? (targets ?? null) : (result ?? null)));
  ofPlans.set(planId, [...(ofPlans.get(planId) ?? []), ...ids]);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
