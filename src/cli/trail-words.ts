import type { AuditRow } from '../approval/index.ts';

type Words = (body: Readonly<Record<string, unknown>>) => string;

const words: Readonly<Record<AuditRow['kind'], Words>> = {
  plan: (body) =>
    `${inside(body['view'], 'summary')} (asked by ${inside(body['view'], 'requester')}; ${text(body['approval'])})`,
  decision: (body) =>
    `${text(body['decision'])}, ${text(body['by'])}${'approver' in body ? ` of ${inside(body['approver'], 'name')}` : ''}` +
    ('through' in body ? ` (${text(body['through'])})` : ''),
  'write-sending': (body) => `${text(body['method'])} ${text(body['url'])}`,
  'write-answered': (body) => `${text(body['status'])}, client-request-id ${text(body['clientRequestId'])}`,
  outcome: (body) =>
    ['state', 'status'].flatMap((key) => (key in body ? [text(body[key])] : [])).join(', ') + failure(body),
  'handoff-sealed': (body) => `${text(body['kind'])} for ${text(body['subject'])}, handoff ${text(body['handoffId'])}`,
  'handoff-opened': (body) => `${text(body['kind'])} for ${text(body['subject'])}, handoff ${text(body['handoffId'])}`,
  'approver-key': (body) =>
    `${text(body['change'])}, key ${text(body['keyId'])}, plans voided: ${text(body['voidedPlans'])}`,
  'approver-pin': (body) =>
    `${text(body['result'])}, on the ${text(body['through'])}, ${text(body['failures'])} in a row` +
    ('lockedUntil' in body ? `, locked until ${text(body['lockedUntil'])}` : ''),
  query: (body) => `asked by ${text(body['requester'])}: ${text(body['sql'])}`,
};

/** What a row of the audit trail says, in a line. */
export function sentenceOf(row: AuditRow): string {
  return words[row.kind](row.body);
}

function failure(body: Readonly<Record<string, unknown>>): string {
  return 'error' in body ? `, ${inside(body['error'], 'code')}` : '';
}

function inside(value: unknown, name: string): string {
  if (typeof value !== 'object' || value === null) return '?';
  return text(Object.getOwnPropertyDescriptor(value, name)?.value);
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '?' : JSON.stringify(value);
}
