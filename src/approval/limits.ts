import { ToolError } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import type { Headcount } from './people.ts';
import { type PlanRow, viewOf } from './plans.ts';

/** People whom plans without a second approver may change within `windowMs`, for each requester and for the tenant. */
const most = { access: 10, containment: 100 } as const;

/** An hour, counted back from any moment. */
const windowMs = 60 * 60 * 1000;

/** Who asks for how many. */
export interface Asked {
  readonly tenantId: string;
  readonly requester: string;
  readonly headcount: Headcount;
  /** The earlier plan that this one goes on with: whom that one counted is not counted again. */
  readonly continues: string | undefined;
}

/** A limit that has no room for a plan. */
export interface ReachedLimit {
  readonly kind: 'access' | 'containment';
  /** Whose: this requester's own, or that of all requesters of the tenant. */
  readonly of: 'requester' | 'tenant';
  readonly limit: number;
  /** Other people counted within the last hour. */
  readonly counted: number;
  readonly people: number;
  /** When there is room, in milliseconds since the epoch; undefined where one plan alone is above the limit. */
  readonly freesAt: number | undefined;
}

/** The limit that stands in the way of a plan now, if one does. A plan's own earlier count is left out. */
export async function reachedLimit(
  db: StateStore,
  asked: Asked,
  now: number,
  planId = '',
): Promise<ReachedLimit | undefined> {
  const { kind } = asked.headcount;
  if (kind === 'none') return undefined;
  const people = await uncounted(db, asked, planId);
  if (people.length === 0) return undefined;
  const rows = await db
    .selectFrom('changed_people')
    .select(({ fn }) => ['person', 'requester', fn.max('at').as('at')])
    .where('tenant_id', '=', asked.tenantId)
    .where('kind', '=', kind)
    .where('at', '>', now - windowMs)
    .where('plan_id', '!=', planId)
    .groupBy(['person', 'requester'])
    .execute();
  const others = rows.filter(({ person }) => !people.includes(person));
  const own = others.filter(({ requester }) => requester === asked.requester);
  const wanted = { kind, limit: most[kind], people: people.length };
  return shortage(others, { ...wanted, of: 'tenant' }) ?? shortage(own, { ...wanted, of: 'requester' });
}

/**
 * Counts the people of a plan that is about to be applied. Call it in the transaction that moves the plan to `applying`:
 * of two plans that would both take the last places, one finds none.
 * @throws ToolError LIMIT_REACHED, so that nothing of that transaction remains.
 */
export async function countPeople(db: StateStore, row: PlanRow, asked: Asked, now: number): Promise<void> {
  const { kind } = asked.headcount;
  if (kind === 'none') return;
  const reached = await reachedLimit(db, asked, now, row.id);
  if (reached !== undefined) throw limitReached(reached, row, now);
  const people = await uncounted(db, asked, row.id);
  await uncount(db, row);
  if (people.length === 0) return;
  const of = { tenant_id: row.tenant_id, plan_id: row.id, requester: row.requester, kind, at: now };
  await db
    .insertInto('changed_people')
    .values(people.map((person) => ({ ...of, person })))
    .execute();
}

/** Takes back what a plan counted: nothing of it was sent. */
export async function uncount(db: StateStore, row: Pick<PlanRow, 'tenant_id' | 'id'>): Promise<void> {
  await db.deleteFrom('changed_people').where('tenant_id', '=', row.tenant_id).where('plan_id', '=', row.id).execute();
}

/** Told with a plan that the limit would stop if it were applied now. */
export function limitWarning({ limit, kind, freesAt }: ReachedLimit): string {
  const until = freesAt === undefined ? '' : ` until ${momentOf(freesAt)}`;
  return `${limit} people an hour may ${words[kind]} without an approver's signature, and that limit is reached${until}: only an approval in a terminal (or on the approval page) lets this through before`;
}

/** The people of a plan that the plan it goes on with has not counted. Somebody without a name is the plan itself. */
async function uncounted(db: StateStore, { tenantId, headcount, continues }: Asked, planId: string): Promise<string[]> {
  const people = headcount.people.length === 0 ? [nameless(planId)] : [...headcount.people];
  if (continues === undefined) return people;
  const earlier = await db
    .selectFrom('changed_people')
    .select('person')
    .where('tenant_id', '=', tenantId)
    .where('plan_id', '=', continues)
    .execute();
  const counted = new Set(earlier.map(({ person }) => person));
  // The account that an onboarding made had no id yet when it was counted.
  if (counted.has(nameless(continues))) return [];
  return people.filter((person) => !counted.has(person));
}

function nameless(planId: string): string {
  return `plan ${planId}`;
}

function shortage(
  others: readonly { readonly person: string; readonly at: number | string | bigint }[],
  wanted: Omit<ReachedLimit, 'counted' | 'freesAt'>,
): ReachedLimit | undefined {
  const latest = new Map<string, number>();
  for (const { person, at } of others) latest.set(person, Math.max(Number(at), latest.get(person) ?? 0));
  const over = latest.size + wanted.people - wanted.limit;
  if (over <= 0) return undefined;
  const leaving = [...latest.values()].sort((a, b) => a - b)[over - 1];
  const freesAt = wanted.people > wanted.limit || leaving === undefined ? undefined : leaving + windowMs;
  return { ...wanted, counted: latest.size, freesAt };
}

const words = { access: 'be changed', containment: 'be blocked or signed out' } as const;

function limitReached(
  { kind, of, limit, counted, people, freesAt }: ReachedLimit,
  row: PlanRow,
  now: number,
): ToolError {
  const whose = of === 'tenant' ? 'In this tenant' : 'Of this requester';
  const later = freesAt === undefined ? '' : `, or call apply_plan with its id after ${momentOf(freesAt)}`;
  return new ToolError('LIMIT_REACHED', {
    message:
      `${whose}, at most ${limit} people an hour may ${words[kind]} without an approver's signature: ` +
      `${counted} were within the last hour, and this plan is about ${people}. Nothing was changed.`,
    fix: `Have a person approve the plan in detail.plan in a terminal, with the command in it${later}. Once it has expired, ask for the change again.`,
    ...(freesAt === undefined ? {} : { retryAfterMs: Math.max(0, freesAt - now) }),
    detail: {
      limit,
      counted,
      people,
      of,
      ...(freesAt === undefined ? {} : { freesAt: new Date(freesAt).toISOString() }),
      plan: viewOf(row),
    },
  });
}

function momentOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
