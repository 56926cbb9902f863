import type { AuditRow } from '../approval/index.ts';
import { visible } from '../contract/index.ts';
import type { PlanSheet, TrailEntry } from './wire.ts';

/** So many lines are shown of a plan that did more. */
const most = 60;

/** What the audit trail says of a plan, for the page. */
export function trailOf(rows: readonly AuditRow[]): Pick<PlanSheet, 'trail' | 'writes'> {
  const count = (kind: AuditRow['kind']) => rows.filter((row) => row.kind === kind).length;
  const trail: TrailEntry[] = rows.slice(-most).flatMap((row) => {
    const text = words[row.kind]?.(row.body);
    return text === undefined ? [] : [{ at: Date.parse(row.at), text: visible(text) }];
  });
  return { trail, writes: { sent: count('write-sending'), answered: count('write-answered') } };
}

const words: Partial<Record<AuditRow['kind'], (body: AuditRow['body']) => string>> = {
  plan: () => 'Planned',
  decision: ({ decision, by, through, approver }) =>
    `${decision === 'approve' ? 'Approved' : 'Denied'}: ${nameIn(approver) ?? String(by)}${typeof through === 'string' ? `, on the ${through}` : ''}`,
  'write-sending': ({ method, url }) => `Sent: ${String(method)} ${pathOf(url)}`,
  'write-answered': ({ status }) => `Answered: ${String(status)}`,
  'handoff-sealed': ({ subject }) => `A secret was sealed for ${String(subject)}`,
  'handoff-opened': ({ subject }) => `The secret for ${String(subject)} was opened`,
  outcome: ({ state }) => `Ended: ${String(state).replace('_', ' ')}`,
};

function pathOf(url: unknown): string {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).pathname : String(url);
}

/** Who signed in. */
function nameIn(approver: unknown): string | undefined {
  const isNamed = typeof approver === 'object' && approver !== null && 'name' in approver;
  return isNamed ? String(approver.name) : undefined;
}
