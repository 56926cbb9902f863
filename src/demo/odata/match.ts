import type { Comparison, Filter, Literal } from './filter.ts';

/** What a filter reads from: a property's value by name, `undefined` and null alike meaning none. */
export interface Readable {
  get(property: string): unknown;
}

/** Whether an object passes a checked filter. Text is compared without regard to case, as the directory does. */
export function matches(filter: Filter, object: Readable, element?: unknown): boolean {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, object, element) && matches(filter.right, object, element);
    case 'or':
      return matches(filter.left, object, element) || matches(filter.right, object, element);
    case 'not':
      return !matches(filter.inner, object, element);
    case 'lambda': {
      const inner = filter.inner;
      const items = read(filter.path, object, element);
      return Array.isArray(items) && inner !== undefined && items.some((item) => matches(inner, object, item));
    }
    case 'in': {
      const value = read(filter.path, object, element);
      return filter.values.some((literal) => equal(value, literal));
    }
    case 'text':
      return textMatches(filter, read(filter.path, object, element));
    case 'compare':
      return compares(filter.operator, read(filter.path, object, element), filter.value);
  }
}

function read(path: readonly string[], object: Readable, element: unknown): unknown {
  const [first = '', ...rest] = path;
  let value = first === '*' ? element : object.get(first);
  for (const segment of rest) {
    if (segment === '$count') return Array.isArray(value) ? value.length : 0;
    value = typeof value === 'object' && value !== null ? Reflect.get(value, segment) : undefined;
  }
  return value;
}

function textMatches(filter: Extract<Filter, { kind: 'text' }>, value: unknown): boolean {
  if (typeof value !== 'string' || filter.value.type !== 'string') return false;
  const text = value.toLowerCase();
  const sought = filter.value.value.toLowerCase();
  if (filter.name === 'startsWith') return text.startsWith(sought);
  return filter.name === 'endsWith' ? text.endsWith(sought) : text.includes(sought);
}

function equal(value: unknown, literal: Literal): boolean {
  if (literal.type === 'null') return value === null || value === undefined;
  if (literal.type === 'dateTime') return typeof value === 'string' && Date.parse(value) === Date.parse(literal.value);
  if (typeof value === 'string' && typeof literal.value === 'string')
    return value.toLowerCase() === literal.value.toLowerCase();
  return value === literal.value;
}

function compares(operator: Comparison, value: unknown, literal: Literal): boolean {
  if (operator === 'eq') return equal(value, literal);
  if (operator === 'ne') return !equal(value, literal);
  const difference = distance(value, literal);
  if (difference === undefined) return false;
  switch (operator) {
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
  }
}

function distance(value: unknown, literal: Literal): number | undefined {
  if (literal.type === 'dateTime')
    return typeof value === 'string' ? Date.parse(value) - Date.parse(literal.value) : undefined;
  if (literal.type === 'number') return typeof value === 'number' ? value - literal.value : undefined;
  return undefined;
}
