import { callerOf } from './caller.ts';
import { resourceUnits } from './cost.ts';
import type { Query } from './odata/query.ts';
import type { Answer, GraphRequest } from './request.ts';

/** How much each application may ask of the tenant. What is left out has the published number. */
export interface BudgetOptions {
  /** Resource units in a window; by the number of people: 3,500 under 50, 5,000 up to 500, 8,000 above. */
  readonly resourceUnits?: number;
  /** 10,000 by default. */
  readonly windowMs?: number;
  /** Changes in a window; 3,000 by default. */
  readonly writes?: number;
  /** 150,000 by default. */
  readonly writeWindowMs?: number;
  /** Requests to audit and sign-in logs in a window; unlimited by default, 5 in the real service. */
  readonly reports?: number;
  /** 10,000 by default. */
  readonly reportWindowMs?: number;
  /** Requests in a minute that select or filter by signInActivity; unlimited by default, 10 in the real service. */
  readonly signInActivity?: number;
}

const minuteMs = 60_000;
/** The share above which answers say how full the bucket is, and the highest that they say (GRAPH.md A9). */
const shown = { from: 0.8, to: 1.8 };
/** POSTs that only read: they cost resource units and are no writes. */
const readingPosts =
  /^POST \/(directoryObjects\/getByIds|(users|groups|directoryObjects)\/[^/]+\/(get|check)Member(Groups|Objects)|.*\/isMemberOf)$/i;

interface Verdict {
  readonly granted: boolean;
  /** How much of the window is taken, refused requests too; 1 is all of it. */
  readonly share: number;
  /** When the window has room again; 0 where it has. */
  readonly retryAfterMs: number;
}

/** A sliding window: in any stretch of `windowMs`, no more than `limit` is granted. */
class Window {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #taken: { readonly atMs: number; readonly amount: number }[] = [];
  #first = 0;
  #sum = 0;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Refused requests take from the window too: who goes on asking goes on waiting (GRAPH.md A10). */
  take(amount: number, nowMs: number): Verdict {
    this.#forget(nowMs);
    const granted = this.#sum === 0 || this.#sum + amount <= this.#limit;
    const retryAfterMs = granted ? 0 : this.#roomAt(amount) - nowMs;
    if (granted || this.#sum + amount <= this.#limit * shown.to) {
      this.#taken.push({ atMs: nowMs, amount });
      this.#sum += amount;
    }
    return { granted, share: this.#sum / this.#limit, retryAfterMs };
  }

  #forget(nowMs: number): void {
    for (;;) {
      const oldest = this.#taken[this.#first];
      if (oldest === undefined || oldest.atMs > nowMs - this.#windowMs) break;
      this.#sum -= oldest.amount;
      this.#first += 1;
    }
    if (this.#first > 1000 || this.#first === this.#taken.length) {
      this.#taken.splice(0, this.#first);
      this.#first = 0;
    }
  }

  #roomAt(amount: number): number {
    let sum = this.#sum;
    for (let index = this.#first; index < this.#taken.length; index += 1) {
      const entry = this.#taken[index];
      if (entry === undefined) break;
      sum -= entry.amount;
      if (sum === 0 || sum + amount <= this.#limit) return entry.atMs + this.#windowMs;
    }
    return 0;
  }
}

type Class = 'units' | 'writes' | 'reports' | 'signInActivity';
type Windows = Readonly<Record<Class, Window>>;

/** What the meter says of one request. */
export interface Admission {
  /** `x-ms-resource-unit` and `x-ms-throttle-limit-percentage`, as far as they apply. */
  readonly headers: Readonly<Record<string, string>>;
  /** The 429, where the request is refused. */
  readonly refusal: Answer | undefined;
}

/** Counts what each application asks for, in resource units, writes and report requests (GRAPH.md section A). */
export class Throttle {
  readonly #options: Required<BudgetOptions> | undefined;
  readonly #tenantId: string;
  readonly #now: () => number;
  readonly #apps = new Map<string, Windows>();

  /** `options` false: nothing is ever refused. `users` is the size of the tenant. */
  constructor(tenantId: string, now: () => number, users: number, options: BudgetOptions | false = {}) {
    this.#tenantId = tenantId;
    this.#now = now;
    const resourceUnits = users < 50 ? 3500 : users <= 500 ? 5000 : 8000;
    this.#options =
      options === false
        ? undefined
        : {
            resourceUnits,
            windowMs: 10_000,
            writes: 3000,
            writeWindowMs: 150_000,
            reports: Number.POSITIVE_INFINITY,
            reportWindowMs: 10_000,
            signInActivity: Number.POSITIVE_INFINITY,
            ...options,
          };
    for (const [name, value] of Object.entries(this.#options ?? {})) {
      if (!(value > 0)) throw new RangeError(`budget.${name} must be above 0`);
    }
  }

  /** Takes what the request costs. `target` is undefined for a path that cannot be read: that costs one unit. */
  admit(request: GraphRequest, target: { segments: readonly string[]; query: Query } | undefined): Admission {
    const { method } = request;
    const segments = target?.segments ?? [];
    const isReport = segments[0]?.toLowerCase() === 'auditlogs';
    const units = target === undefined ? 1 : resourceUnits(method, segments, target.query);
    const unit = isReport ? {} : { 'x-ms-resource-unit': String(units) };
    if (this.#options === undefined) return { headers: unit, refusal: undefined };
    const isWrite = method !== 'GET' && !readingPosts.test(`${method} /${segments.join('/')}`);
    const { appId } = callerOf(request.headers);
    const windows = this.#windowsOf(appId);
    const nowMs = this.#now();
    const taken: [Class, Verdict][] = [];
    const take = (name: Class, amount: number): void => {
      taken.push([name, windows[name].take(amount, nowMs)]);
    };
    if (isReport) take('reports', 1);
    else take('units', units);
    if (isWrite) take('writes', 1);
    if (target !== undefined && asksForActivity(segments, target.query)) take('signInActivity', 1);
    return this.#verdict(request, taken, unit, appId);
  }

  #verdict(
    request: GraphRequest,
    taken: readonly (readonly [Class, Verdict])[],
    unit: Record<string, string>,
    appId: string,
  ): Admission {
    const share = Math.min(shown.to, Math.max(...taken.map(([, verdict]) => verdict.share)));
    const headers: Record<string, string> = {
      ...unit,
      ...(share > shown.from ? { 'x-ms-throttle-limit-percentage': String(Math.round(share * 100) / 100) } : {}),
    };
    const refused = taken.filter(([, { granted }]) => !granted);
    const [first] = refused;
    if (first === undefined) return { headers, refusal: undefined };
    const [name] = first;
    const retryAfterMs = Math.max(...refused.map(([, verdict]) => verdict.retryAfterMs));
    const scope = `Tenant_Application/${name === 'writes' ? 'Write' : 'ReadWrite'}/${appId}/${this.#tenantId}`;
    const why: Record<string, string> =
      name === 'units' || name === 'writes'
        ? {
            'x-ms-throttle-scope': scope,
            'x-ms-throttle-information': name === 'writes' ? 'WriteLimitExceeded' : 'ResourceUnitLimitExceeded',
          }
        : {};
    const refusal = tooManyRequests(request, this.#now(), {
      ...headers,
      ...why,
      'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
    });
    return { headers, refusal };
  }

  #windowsOf(appId: string): Windows {
    const known = this.#apps.get(appId);
    if (known !== undefined) return known;
    const { resourceUnits, windowMs, writes, writeWindowMs, reports, reportWindowMs, signInActivity } =
      this.#options ?? neverReached();
    const windows = {
      units: new Window(resourceUnits, windowMs),
      writes: new Window(writes, writeWindowMs),
      reports: new Window(reports, reportWindowMs),
      signInActivity: new Window(signInActivity, minuteMs),
    };
    this.#apps.set(appId, windows);
    return windows;
  }
}

function neverReached(): never {
  throw new TypeError('there is no budget');
}

/** Whether a request to users reads the sign-in activity of people. */
export function asksForActivity(segments: readonly string[], { select, filter }: Query): boolean {
  if (segments[0]?.toLowerCase() !== 'users') return false;
  return (
    select?.some((name) => name.toLowerCase() === 'signinactivity') === true || /signInActivity\//i.test(filter ?? '')
  );
}

/** Graph's 429, with what the headers say of it. */
export function tooManyRequests(
  { requestId, clientRequestId }: GraphRequest,
  nowMs: number,
  headers: Readonly<Record<string, string>>,
): Answer {
  const innerError = {
    code: '429',
    date: new Date(nowMs).toISOString().slice(0, 19),
    message: 'Please retry after',
    'request-id': requestId,
    'client-request-id': clientRequestId,
    status: '429',
  };
  return {
    status: 429,
    headers,
    body: { error: { code: 'TooManyRequests', message: 'Please retry again later.', innerError } },
  };
}
