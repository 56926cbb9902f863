import { z } from 'zod';
import type { OpenTenant } from '../approval/index.ts';
import { visible } from '../contract/index.ts';
import type { StepEntry } from './wire.ts';

/** So many are shown of a run of many people. */
const most = 200;

const ended = z.object({ status: z.string(), message: z.string().optional() });
const person = z.object({ userPrincipalName: z.string() });

/** How far the run of a plan is: its steps, or the runs of each person. Empty where it began none. */
export async function stepsOf({ tenant, store }: OpenTenant, planId: string): Promise<readonly StepEntry[]> {
  const runs = await store
    .selectFrom('runs')
    .select(['id', 'parent_id', 'subject', 'user', 'status'])
    .where('tenant_id', '=', tenant.tenantId)
    .where('plan_id', '=', planId)
    .orderBy('created_at')
    .limit(most)
    .execute();
  const whole = runs.find(({ parent_id }) => parent_id === null);
  const people = runs.filter(({ parent_id }) => parent_id !== null);
  if (people.length > 0) return people.map(({ user, subject, status }) => ({ name: nameOf(user, subject), status }));
  if (whole === undefined) return [];
  const entries = await store
    .selectFrom('journal')
    .select(['step', 'phase', 'body'])
    .where('tenant_id', '=', tenant.tenantId)
    .where('run_id', '=', whole.id)
    .orderBy('seq')
    .execute();
  const steps = new Map<string, StepEntry>();
  for (const { step, phase, body } of entries) {
    const end = phase === 'end' ? ended.safeParse(JSON.parse(body)).data : undefined;
    const message = end?.message === undefined ? {} : { message: visible(end.message) };
    steps.set(step, { name: step, status: end?.status ?? 'under way', ...message });
  }
  return [...steps.values()];
}

function nameOf(user: string | null, subject: string): string {
  return visible(user === null ? subject : (person.safeParse(JSON.parse(user)).data?.userPrincipalName ?? subject));
}
