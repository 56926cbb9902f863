import { ToolError } from './error.ts';

const brand: unique symbol = Symbol('GraphPath');

/**
 * The address of something in Graph, below the API version. Only `path` makes one, so a plain string does not
 * compile as an address and cannot pass as one at run time.
 */
export class GraphPath {
  /** The encoded path, beginning with a slash. */
  readonly url: string;
  /** The path with `{}` for each value, as grants and logs name it: `/users/{}/manager`. */
  readonly template: string;
  /** The values in order, as they were given. */
  readonly values: readonly string[];
  readonly #brand = brand;

  private constructor(url: string, template: string, values: readonly string[]) {
    this.url = url;
    this.template = template;
    this.values = values;
  }

  /** True for addresses that `path` made; a look-alike object is refused. */
  static is(value: unknown): value is GraphPath {
    return typeof value === 'object' && value !== null && #brand in value;
  }

  /** Use the `path` template instead. */
  static of(strings: readonly string[], values: readonly string[]): GraphPath {
    const literal = strings.join('{}');
    if (!/^(?:\/(?:[A-Za-z$][A-Za-z0-9_.$-]*|\{\}|microsoft\.graph\.[A-Za-z]+))+$/.test(literal)) {
      throw new TypeError(`Not a Graph path: ${literal}`);
    }
    const encoded = values.map(encodeSegment);
    // A key in parentheses follows its collection without a slash: /users('$a@b.example').
    const url = strings
      .map((text, i) => text + (encoded[i] ?? ''))
      .join('')
      .replaceAll("/('", "('");
    return new GraphPath(url, literal, values);
  }
}

/**
 * Builds a Graph address. Each value becomes one path segment: `.`, `..`, the empty string and control characters are
 * refused, everything else is percent-encoded, so a value can never add a segment, a query or a fragment.
 *
 * A UPN that begins with `$` is written as a key, since a segment beginning with `$` is reserved.
 * [learn.microsoft.com/graph/api/user-get]
 *
 * @throws ToolError INPUT_INVALID for a value that cannot be a segment.
 */
export function path(strings: TemplateStringsArray, ...values: readonly string[]): GraphPath {
  return GraphPath.of(strings, values);
}

function encodeSegment(value: string): string {
  if (value === '' || value === '.' || value === '..') throw unfit('is empty or a relative path');
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) throw unfit('has a control character');
    if (code >= 0xd800 && code <= 0xdfff) throw unfit('has half of a surrogate pair');
  }
  if (value.startsWith('$')) return `('${encodeURIComponent(value.replaceAll("'", "''"))}')`;
  // encodeURIComponent leaves these four, and Graph reads the first three inside keys.
  return encodeURIComponent(value).replace(/[()'*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unfit(why: string): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: `A value that names an object ${why}.`,
    fix: 'Pass the object id, or the exact userPrincipalName or group name.',
  });
}
