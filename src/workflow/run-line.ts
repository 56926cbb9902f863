import { type RunLine, visibleDeep } from '../contract/index.ts';
import { waitingOfAll } from './many-report.ts';
import type { WorkflowParts } from './parts.ts';
import { standing, stepsOf, tally, timesOf, userOf } from './report.ts';
import { headColumns, type RunHead } from './run-store.ts';

type LineParts = Pick<WorkflowParts, 'store' | 'clock' | 'owner'>;

/** A run as one line of a list. Of a run of many it reads where each of its runs stands, and no journal. */
export async function lineOf(parts: LineParts, head: RunHead): Promise<RunLine> {
  const stands = standing(parts, head);
  const came = head.kind === 'offboardings' ? await ofMany(parts, head) : await ofOne(parts, head);
  const waitingFor = stands.waitingFor ?? (stands.status === 'waiting' ? came.waitingFor : undefined);
  return visibleDeep({
    ...{ runId: head.id, kind: head.kind, status: stands.status },
    ...userOf(head),
    ...(waitingFor === undefined ? {} : { waitingFor }),
    ...timesOf(head),
    summary: tally(came.statuses),
  });
}

/** What a line says beside where the run itself stands. */
interface Course {
  readonly statuses: readonly string[];
  readonly waitingFor?: string;
}

async function ofMany(parts: LineParts, { tenant_id, id }: RunHead): Promise<Course> {
  const singles = await parts.store
    .selectFrom('runs')
    .select(headColumns)
    .where('tenant_id', '=', tenant_id)
    .where('parent_id', '=', id)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const all = singles.map((single) => standing(parts, single));
  return { statuses: all.map(({ status }) => status), waitingFor: waitingOfAll(all) };
}

async function ofOne(parts: LineParts, head: RunHead): Promise<Course> {
  const { facts } = await parts.store
    .selectFrom('runs')
    .select('facts')
    .where('tenant_id', '=', head.tenant_id)
    .where('id', '=', head.id)
    .executeTakeFirstOrThrow();
  const steps = await stepsOf(parts, { ...head, facts }, standing(parts, head).status);
  return { statuses: steps.map(({ status }) => status) };
}
