import {
  type Approver,
  auditOfPlan,
  expireIfDue,
  findPlan,
  isWhole,
  type OpenTenant,
  type PlanRow,
  readingOf,
} from '../approval/index.ts';
import { type Clock, visibleDeep } from '../contract/index.ts';
import { entryOf, handoffsOf } from './board.ts';
import { phraseOf } from './phrase.ts';
import type { Session } from './sessions.ts';
import { stepsOf } from './steps.ts';
import { trailOf } from './trail.ts';
import type { PlanEnd, PlanSheet, Way } from './wire.ts';

/** One plan in full, as it stands now. @throws ToolError NOT_FOUND */
export async function planSheetOf(
  open: OpenTenant,
  planId: string,
  { session, approver, clock }: { session: Session; approver: Approver; clock: Clock },
): Promise<PlanSheet> {
  const found = await findPlan(open.store, open.tenant.tenantId, planId);
  const row = await expireIfDue(open.store, found, clock.now());
  const entry = await entryOf(open, row, approver);
  const rest = {
    now: clock.now(),
    tenant: { id: open.tenant.tenantId, demo: open.tenant.demo },
    entry,
    way: wayOf(approver),
    ...trailOf(await auditOfPlan(open.store, open.tenant.tenantId, planId)),
    steps: await stepsOf(open, planId),
    handoffs: await handoffsOf(open, clock.now(), planId),
    ...endOf(row),
  };
  if (!isWhole(row)) return rest;
  const { view, bound } = readingOf(row);
  const phrase = phraseOf(view);
  const isOpen = entry.state === 'pending' || entry.state === 'approved';
  return {
    ...rest,
    plan: visibleDeep(view),
    ...(isOpen ? { ticket: session.ticketFor(planId, bound) } : {}),
    ...(isOpen && phrase !== undefined ? { phrase } : {}),
  };
}

/** How an approver proves who they are. */
export function wayOf({ signIn }: Approver): Way {
  return signIn === undefined ? 'pin' : 'sign-in';
}

function endOf({ outcome, state }: PlanRow): { end?: PlanEnd } {
  if (outcome === null) return state in withoutOutcome ? { end: ended(withoutOutcome[state] ?? '') } : {};
  const { answer, error } = JSON.parse(outcome);
  const said = answer ?? error ?? {};
  const fix = typeof said.fix === 'string' ? { fix: said.fix } : {};
  return { end: visibleDeep({ succeeded: answer !== undefined, message: String(said.message), ...fix }) };
}

const withoutOutcome: Readonly<Record<string, string>> = {
  denied: 'A human denied this plan. Nothing was changed.',
  expired: 'This plan expired before it was applied. Nothing was changed.',
  stale: 'What the plan was made from has changed since, so it was not applied. Where a new plan was made, it waits.',
};

function ended(message: string): PlanEnd {
  return { succeeded: false, message };
}
