import type { RunPort, RunQuery } from '../contract/index.ts';
import type { WorkflowParts } from './parts.ts';
import { reportOf, standing } from './report.ts';
import { lineOf } from './run-line.ts';
import { findRun, headColumns, type RunHead } from './run-store.ts';

type PortParts = Pick<WorkflowParts, 'store' | 'clock' | 'owner' | 'tenantId'>;

/** The runs of one requester; with none, everybody's: for commands that a person types. */
export function runPort(parts: PortParts, requester?: string): RunPort {
  return {
    get: async (runId) => reportOf(parts, await findRun(parts.store, parts.tenantId, runId, requester)),
    list: async (query) => {
      const rows = await matching(parts, query, requester);
      const wanted = rows.slice(query.offset, query.offset + query.limit);
      const runs = await Promise.all(wanted.map((row) => lineOf(parts, row)));
      return { runs, total: rows.length };
    },
  };
}

/** Newest first. A run of many is listed, and its single runs only when a user is asked for. */
async function matching(parts: PortParts, query: RunQuery, requester?: string): Promise<RunHead[]> {
  let asked = parts.store.selectFrom('runs').select(headColumns).where('tenant_id', '=', parts.tenantId);
  if (requester !== undefined) asked = asked.where('requester', '=', requester);
  if (query.kind !== undefined) asked = asked.where('kind', '=', query.kind);
  if (query.user === undefined) asked = asked.where('parent_id', 'is', null);
  const rows = await asked.orderBy('created_at', 'desc').orderBy('id').execute();
  const user = query.user?.toLowerCase();
  return rows.filter(
    (row) =>
      (query.status === undefined || standing(parts, row).status === query.status) &&
      (user === undefined || isAbout(row, user)),
  );
}

function isAbout({ subject, user }: RunHead, wanted: string): boolean {
  if (subject === wanted) return true;
  const { id, userPrincipalName } = JSON.parse(user ?? '{}');
  return String(id).toLowerCase() === wanted || String(userPrincipalName).toLowerCase() === wanted;
}
