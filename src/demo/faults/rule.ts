/** What a fault does: `answer` is another answer, also to one request of a $batch; `wire` damages the HTTP exchange as a whole. */
interface FaultEffect {
  readonly level: 'answer' | 'wire';
  /** The request is carried out all the same. */
  readonly after: boolean;
}

const before = { level: 'answer', after: false } as const;
const after = { level: 'answer', after: true } as const;
const wire = { level: 'wire', after: false } as const;
const wireAfter = { level: 'wire', after: true } as const;

/** Every fault there is; docs/demo-tenant.md says what each one does. */
const effects = {
  '429': before,
  '429-bare': before,
  '429-date': before,
  '500': before,
  '503': before,
  '503-after': after,
  '504': before,
  '504-after': after,
  '409': before,
  '410': before,
  '401-expired': before,
  '401-claims': before,
  '401-claims-many': before,
  'page-token': before,
  redirect: before,
  'empty-page': before,
  'next-foreign': after,
  slow: wireAfter,
  trickle: wireAfter,
  reset: wire,
  'reset-mid': wireAfter,
  'lost-write': wireAfter,
  truncated: wireAfter,
  html: wire,
  'gzip-bomb': wire,
} as const satisfies Readonly<Record<string, FaultEffect>>;

export type FaultKind = keyof typeof effects;

export const effectOf = (kind: FaultKind): FaultEffect => effects[kind];

/** One rule of a faults spec. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** A method, `write` for all that change something; undefined: any. */
  readonly method: string | undefined;
  /** Compares with the path of a request without its version and query; undefined: any. */
  readonly path: RegExp | undefined;
  /** In (0, 1]. */
  readonly chance: number;
  readonly times: number;
  /** Strikes this one of the matching requests alone, counted from 1. */
  readonly nth: number | undefined;
  /** A Retry-After, a delay, or a pause between pieces. */
  readonly waitMs: number | undefined;
  readonly status: number | undefined;
  readonly bytes: number | undefined;
  /** Where a foreign link leads: scheme and host. */
  readonly to: string | undefined;
}

/**
 * Reads a spec such as `429:0.05,slow:200ms,PATCH /users/*=504-after:x1`. Throws RangeError, with what is wrong and where.
 * An empty one has no rules.
 */
export function parseFaults(spec: string): FaultRule[] {
  return spec
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(ruleOf);
}

const methods = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const unitBytes: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

function ruleOf(text: string): FaultRule {
  const [, match, rest = ''] = /^(?:([A-Za-z*]*\s*(?:\/[^=]*)?)=)?(.+)$/s.exec(text) ?? [];
  const [, head = '', to] = /^(.*?)(?::to=(\S+))?$/s.exec(rest) ?? [];
  const [name = '', ...options] = head.split(':');
  const kind = kindOf(name.trim(), text);
  const rule: FaultRule = { ...matchOf(match, text), ...plain, kind, to: to === undefined ? to : originOf(to, text) };
  return Object.assign(rule, ...options.map((option) => optionOf(option.trim(), text)));
}

function originOf(to: string, text: string): string {
  if (/^https?:\/\//.test(to) && URL.canParse(to)) return new URL(to).origin;
  throw new RangeError(`"to=${to}" in "${text}" is no URL`);
}

const plain = {
  chance: 1,
  times: Number.POSITIVE_INFINITY,
  nth: undefined,
  waitMs: undefined,
  status: undefined,
  bytes: undefined,
} as const;

function kindOf(name: string, text: string): FaultKind {
  const known = Object.keys(effects).find((kind): kind is FaultKind => kind === name);
  if (known !== undefined) return known;
  throw new RangeError(`"${text}" names no fault: known are ${Object.keys(effects).join(' ')}`);
}

function matchOf(match: string | undefined, text: string): Pick<FaultRule, 'method' | 'path'> {
  const [, method = '', path = ''] = /^\s*([A-Za-z*]*)\s*(\/\S*)?\s*$/.exec(match ?? '') ?? [];
  const known = method.toLowerCase() === 'write' ? 'write' : method.toUpperCase();
  if (!['', '*', 'write', ...methods].includes(known)) {
    throw new RangeError(`"${text}" begins with no method: known are ${methods.join(' ')} write *`);
  }
  return {
    method: known === '' || known === '*' ? undefined : known,
    path: path === '' ? undefined : pathPattern(path),
  };
}

/** `*` stands for anything within a segment, `**` for anything. */
function pathPattern(path: string): RegExp {
  const source = path
    .split(/(\*\*|\*)/)
    .map((piece) => (piece === '**' ? '.*' : piece === '*' ? '[^/]*' : piece.replaceAll(/[.$()+?[\]{}|^\\]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}/?$`, 'i');
}

function optionOf(option: string, text: string): Partial<FaultRule> {
  const [, times] = /^x([1-9]\d*)$/.exec(option) ?? [];
  if (times !== undefined) return { times: Number(times) };
  const [, nth] = /^@([1-9]\d*)$/.exec(option) ?? [];
  if (nth !== undefined) return { nth: Number(nth) };
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|kb|mb|gb)?$/.exec(option) ?? [];
  const factor = unitMs[unit];
  if (factor !== undefined) return { waitMs: Number(amount) * factor };
  const size = unitBytes[unit];
  if (size !== undefined) return { bytes: Number(amount) * size };
  const number = Number(amount);
  if (amount !== '' && number > 0 && number <= 1) return { chance: number };
  if (/^[1-5]\d\d$/.test(amount)) return { status: number };
  throw new RangeError(
    `"${option}" in "${text}" is no option: a chance (0.05), x3, @2, a time (200ms, 5s), a status (502), a size (64mb), to=URL`,
  );
}
