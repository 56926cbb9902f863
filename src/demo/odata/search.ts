import { badRequest, unsupportedQuery } from '../errors.ts';
import type { Readable } from './match.ts';
import { canonicalProperty, type Resource } from './resource.ts';

/** A parsed $search: clauses of `property:text` under AND, OR and NOT. */
type Search =
  | { readonly kind: 'and' | 'or'; readonly left: Search; readonly right: Search }
  | { readonly kind: 'not'; readonly inner: Search }
  | { readonly kind: 'clause'; readonly property: string; readonly text: string };

const tokenPattern = /\s*(?:"((?:[^"\\]|\\.)*)"|(\(|\))|(AND|OR|NOT)(?![\w]))\s*/y;

/** Parses `"displayName:anna" AND ("mail:a" OR "mail:b")`. Every clause stands in double quotes, with \" and \\ escaped. */
export function parseSearch(text: string, resource: Resource): Search {
  const tokens: { clause?: string; mark?: string }[] = [];
  let at = 0;
  while (at < text.length) {
    tokenPattern.lastIndex = at;
    const found = tokenPattern.exec(text);
    if (found === null || found[0] === '') throw syntaxFault(text, at);
    tokens.push(
      found[1] !== undefined ? { clause: found[1].replaceAll(/\\(.)/g, '$1') } : { mark: found[2] ?? found[3] ?? '' },
    );
    at = tokenPattern.lastIndex;
  }
  let next = 0;
  const accept = (mark: string): boolean => {
    if (tokens[next]?.mark !== mark) return false;
    next += 1;
    return true;
  };
  const or = (): Search => {
    let left = and();
    while (accept('OR')) left = { kind: 'or', left, right: and() };
    return left;
  };
  const and = (): Search => {
    let left = unary();
    while (accept('AND')) left = { kind: 'and', left, right: unary() };
    return left;
  };
  const unary = (): Search => {
    if (accept('NOT')) return { kind: 'not', inner: unary() };
    if (accept('(')) {
      const inner = or();
      if (!accept(')')) throw syntaxFault(text, text.length);
      return inner;
    }
    const clause = tokens[next]?.clause;
    if (clause === undefined) throw syntaxFault(text, text.length);
    next += 1;
    return clauseOf(clause, resource);
  };
  const search = or();
  if (next < tokens.length) throw syntaxFault(text, text.length);
  return search;
}

const syntaxFault = (text: string, at: number): Error =>
  badRequest(`Syntax error: character at position ${at} is not valid in '${text}'.`);

function clauseOf(clause: string, resource: Resource): Search {
  const colon = clause.indexOf(':');
  if (colon < 1) throw unsupportedQuery(`Unrecognized query argument specified: '${clause}'.`);
  const property = canonicalProperty(resource, clause.slice(0, colon).trim());
  if (property === undefined || !resource.searchable.includes(property)) {
    throw unsupportedQuery(
      `Property '${clause.slice(0, colon)}' of resource '${resource.name}' does not support $search.`,
    );
  }
  return { kind: 'clause', property, text: clause.slice(colon + 1).trim() };
}

/** displayName and description are searched by the beginnings of their words, other properties by their own beginning. */
export function found(search: Search, object: Readable): boolean {
  switch (search.kind) {
    case 'and':
      return found(search.left, object) && found(search.right, object);
    case 'or':
      return found(search.left, object) || found(search.right, object);
    case 'not':
      return !found(search.inner, object);
    case 'clause': {
      const value = object.get(search.property);
      const texts = Array.isArray(value) ? value : [value];
      const tokenized = search.property === 'displayName' || search.property === 'description';
      return texts.some(
        (text) => typeof text === 'string' && (tokenized ? words(text, search.text) : begins(text, search.text)),
      );
    }
  }
}

const begins = (text: string, sought: string): boolean => text.toLowerCase().startsWith(sought.toLowerCase());

function words(text: string, sought: string): boolean {
  const tokens = text
    .split(/[\s\p{P}\p{S}]+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{L})(?=\d)/u)
    .map((token) => token.toLowerCase());
  const parts = sought
    .toLowerCase()
    .split(/[\s\p{P}\p{S}]+/u)
    .filter((part) => part !== '');
  if (parts.length === 0) return false;
  return begins(text, sought) || parts.every((part) => tokens.some((token) => token.startsWith(part)));
}
