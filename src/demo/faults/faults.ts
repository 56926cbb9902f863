import { isObject } from '../change.ts';
import { type Dice, stream } from '../random.ts';
import type { GraphRequest } from '../request.ts';
import { effectOf, type FaultRule, parseFaults } from './rule.ts';

interface Loaded {
  readonly rule: FaultRule;
  readonly index: number;
  seen: number;
  struck: number;
}

/** Decides, by seed and count, which requests go wrong. The same requests in the same order go wrong the same way. */
export class Faults {
  readonly #dice: Dice;
  #rules: Loaded[] = [];

  constructor(dice: Dice, spec: string | undefined) {
    this.#dice = dice;
    this.set(spec);
  }

  /** Puts new rules in the place of the old ones; all counts begin anew. Throws RangeError and keeps the old ones. */
  set(spec: string | undefined): void {
    this.#rules = parseFaults(spec ?? '').map((rule, index) => ({ rule, index, seen: 0, struck: 0 }));
  }

  /** The first fault that strikes one request, alone or in a $batch. */
  onAnswer(request: GraphRequest): FaultRule | undefined {
    return this.#strike(request, (rule) => effectOf(rule.kind).level === 'answer');
  }

  /** The same for a $batch as a whole: only rules that name its path. */
  onBatch(request: GraphRequest): FaultRule | undefined {
    return this.#strike(request, (rule) => effectOf(rule.kind).level === 'answer' && rule.path !== undefined);
  }

  /** The first fault that strikes an HTTP exchange, delays apart. */
  onWire(request: GraphRequest): FaultRule | undefined {
    return this.#strike(request, ({ kind }) => effectOf(kind).level === 'wire' && kind !== 'slow');
  }

  /** How long the answer is held back, in milliseconds. */
  delayMs(request: GraphRequest): number {
    const struck = this.#strike(request, ({ kind }) => kind === 'slow');
    return struck === undefined ? 0 : (struck.waitMs ?? defaultDelayMs);
  }

  #strike(request: GraphRequest, concerns: (rule: FaultRule) => boolean): FaultRule | undefined {
    for (const loaded of this.#rules) {
      if (!concerns(loaded.rule) || !matches(loaded.rule, request)) continue;
      loaded.seen += 1;
      if (this.#falls(loaded)) {
        loaded.struck += 1;
        return loaded.rule;
      }
    }
    return undefined;
  }

  #falls({ rule, index, seen, struck }: Loaded): boolean {
    if (struck >= rule.times || (rule.nth !== undefined && rule.nth !== seen)) return false;
    return rule.chance === 1 || this.#dice.roll(stream.fault, seen, index) < rule.chance * 2 ** 32;
  }
}

const defaultDelayMs = 1000;

function matches({ kind, method, path }: FaultRule, request: GraphRequest): boolean {
  const writes = isWrite(request);
  if (kind === 'lost-write' && !writes) return false;
  if (method === 'write' ? !writes : method !== undefined && method !== request.method) return false;
  if (!suits(kind, request)) return false;
  return path === undefined || path.test(pathOf(request));
}

/** Some faults have a meaning for some requests only. */
function suits(kind: FaultRule['kind'], { method, path }: GraphRequest): boolean {
  switch (kind) {
    case '410':
      return /[?&](\$|%24)(deltatoken|skiptoken)=(?!latest)[^&]/i.test(path) && /\/delta(\(\))?\?/i.test(path);
    case 'page-token':
      return /[?&](\$|%24)skiptoken=/i.test(path);
    case 'next-foreign':
    case 'empty-page':
      return method === 'GET';
    default:
      return true;
  }
}

function isWrite({ method, path, body }: GraphRequest): boolean {
  if (!/\/\$batch\/?$/.test(path)) return method !== 'GET';
  const requests = isObject(body) ? body['requests'] : undefined;
  return Array.isArray(requests) && requests.some((inner) => isObject(inner) && inner['method'] !== 'GET');
}

/** The path without version and query, percent-decoded where it can be. */
function pathOf({ path }: GraphRequest): string {
  const plain = (path.split('?')[0] ?? '').replace(/^\/[^/]*/, '');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
