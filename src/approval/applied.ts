import { z } from 'zod';
import { type AppliedLine, type AppliedPort, type AppliedQuery, visible, visibleDeep } from '../contract/index.ts';
import { holdsString } from '../store/index.ts';
import { outcomeOf } from './answers.ts';
import { type AuditRow, auditOfPlan } from './audit.ts';
import type { GateParts } from './parts.ts';
import { type PlanRow, viewOf } from './plans.ts';

/** The plans of one requester that came to an end by being applied. */
export function appliedPlans(parts: Pick<GateParts, 'store' | 'tenant' | 'runOf'>, requester: string): AppliedPort {
  return {
    list: async (query) => {
      const matching = matchingRows(parts, requester, query);
      const { total } = await matching.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
      const rows = await matching
        .selectAll('plans')
        .select('audit.at as ended_at')
        .orderBy('audit.seq', 'desc')
        .limit(query.limit)
        .offset(query.offset)
        .execute();
      return { items: await Promise.all(rows.map((row) => lineOf(parts, row))), total: Number(total) };
    },
  };
}

function matchingRows({ store, tenant }: Pick<GateParts, 'store' | 'tenant'>, requester: string, query: AppliedQuery) {
  let asked = store
    .selectFrom('plans')
    .innerJoin('audit', (join) =>
      join
        .onRef('audit.tenant_id', '=', 'plans.tenant_id')
        .onRef('audit.plan_id', '=', 'plans.id')
        .on('audit.kind', '=', 'outcome'),
    )
    .where('plans.tenant_id', '=', tenant.id)
    .where('plans.requester', '=', requester);
  if (query.tool !== undefined) asked = asked.where('plans.tool', '=', query.tool);
  if (query.since !== undefined) asked = asked.where('audit.at', '>=', query.since);
  if (query.user !== undefined) {
    // Wherever somebody is named in a plan, it is a whole string of JSON: as target, in the facts, or as it was asked for.
    asked = asked.where(holdsString(['plans.subjects', 'plans.facts', 'plans.args'], query.user));
  }
  return asked;
}

async function lineOf(
  { store, runOf }: Pick<GateParts, 'store' | 'runOf'>,
  row: PlanRow & { readonly ended_at: number },
): Promise<AppliedLine> {
  const view = viewOf(row);
  const outcome = outcomeOf(row);
  const trail = await auditOfPlan(store, row.tenant_id, row.id);
  const runId = await runOf(row.id);
  return {
    planId: row.id,
    tool: row.tool,
    risk: view.risk,
    summary: view.summary,
    targets: targetsOf(row),
    ...(view.reason === undefined ? {} : { reason: view.reason }),
    requester: row.requester,
    approved: approvalIn(trail),
    at: new Date(Number(row.ended_at)).toISOString(),
    status: row.state,
    outcome: outcome.kind === 'answer' ? outcome.answer.status : String(outcome.error['code']),
    ...(runId === undefined ? {} : { runId }),
  };
}

const subjects = z.array(
  z.object({ kind: z.string(), id: z.string(), name: z.string().nullable(), userPrincipalName: z.string().optional() }),
);

function targetsOf(row: PlanRow): AppliedLine['targets'] {
  const judged = subjects.parse(JSON.parse(row.subjects));
  return visibleDeep(
    judged.map(({ kind, id, name, userPrincipalName }) => ({ kind, id, name: userPrincipalName ?? name ?? id })),
  );
}

/** The last decision that the trail has; where there is none, why none was needed. */
function approvalIn(trail: readonly AuditRow[]): AppliedLine['approved'] {
  const decision = trail.findLast(({ kind, body }) => kind === 'decision' && body['decision'] === 'approve');
  if (decision === undefined) {
    const planned = trail.find(({ kind }) => kind === 'plan');
    return { by: String(planned?.body['approval'] ?? 'not on record') };
  }
  const { by, keyId, clientId } = decision.body;
  const whose = approversIn(trail) ?? (keyId === undefined ? clientId : `key ${String(keyId)}`);
  return { by: whose === undefined ? String(by) : `${String(by)} (${String(whose)})`, at: decision.at };
}

const signedIn = z.object({ decision: z.literal('approve'), approver: z.object({ name: z.string() }) });

/** The people who signed in to approve, as Entra names them. */
function approversIn(trail: readonly AuditRow[]): string | undefined {
  const found = trail.filter(({ kind }) => kind === 'decision').map(({ body }) => signedIn.safeParse(body).data);
  const names = found.flatMap((one) => (one === undefined ? [] : [visible(one.approver.name)]));
  return names.length === 0 ? undefined : [...new Set(names)].join(' and ');
}
