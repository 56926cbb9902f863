import { noSegment } from './errors.ts';
import { decode, parseQuery, type Query } from './odata/query.ts';

/** One Graph request, alone or inside a $batch. */
export interface GraphRequest {
  readonly method: string;
  /** Path and query as received, `/v1.0/users?$top=5`. */
  readonly path: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; undefined when there was none. */
  readonly body: unknown;
  /** Scheme and host that the client used: next links lead back there. */
  readonly root: string;
  readonly requestId: string;
  readonly clientRequestId: string;
}

/** An answer before it becomes bytes. */
export interface Answer {
  readonly status: number;
  /** A list is sent as several headers of one name. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

/** The path of a request taken apart. */
export interface Target {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: Query;
}

/**
 * Splits a path at its slashes first and decodes each piece afterwards, so that an encoded slash stays inside its piece.
 * `users('a')` reads as `users/a`, `directoryRoles(roleTemplateId='x')` as `directoryRoles/roleTemplateId=x`.
 */
export function targetOf(path: string): Target {
  const mark = path.indexOf('?');
  const [, version = '', ...rest] = (mark < 0 ? path : path.slice(0, mark)).split('/');
  if (rest.at(-1) === '') rest.pop();
  const segments = rest.flatMap((piece) => {
    const decoded = decode(piece);
    if (decoded === '' || (decoded.startsWith('$') && !isReserved(decoded))) throw noSegment(decoded);
    return keyed(decoded);
  });
  return { version, segments, query: parseQuery(mark < 0 ? '' : path.slice(mark + 1)) };
}

/** `$count`, `$ref` and the like. A UPN that begins with `$` is only taken as a key, `users('$a@b')`. */
export function isReserved(segment: string): boolean {
  return /^\$[a-z]+$/i.test(segment);
}

function keyed(piece: string): string[] {
  const [, name = '', inside] = /^([A-Za-z][\w.]*)\((.*)\)$/s.exec(piece) ?? [];
  if (inside === undefined) return [piece];
  // A function without parameters: `delta()`.
  if (inside === '') return [name];
  const [, property, quoted, bare] = /^(?:(\w+)=)?(?:'((?:[^']|'')*)'|([\w-]+))$/s.exec(inside) ?? [];
  const key = quoted === undefined ? bare : quoted.replaceAll("''", "'");
  if (key === undefined) throw noSegment(piece);
  return [name, property === undefined || property === 'id' ? key : `${property}=${key}`];
}
