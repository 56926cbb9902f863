import type { SqlValue } from '../directory.ts';
import type { Comparison, Expression, Literal, Path, TextMatch } from '../filter/syntax.ts';
import { isGuid } from '../odata.ts';
import { type MirrorColumn, mirrorColumn } from './columns.ts';

/** A condition on the mirror's table `users`. Its SQL is ours: every value is a parameter. */
export interface Condition {
  readonly sql: string;
  /** For each `?`, in their order. */
  readonly params: readonly SqlValue[];
  /** What ENTRA_MCP_DIRECTORY_FIELDS has to name for its columns to be there. */
  readonly settings: readonly string[];
}

/** Finds the column that a path means: those of a user, or of an item of a list inside `any`. */
type Scope = (path: Path) => MirrorColumn | undefined;
type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

const signs: Readonly<Record<Comparison, string>> = {
  eq: '=',
  // As in Graph, what is not set is not equal either.
  ne: 'IS NOT',
  ge: '>=',
  le: '<=',
  gt: '>',
  lt: '<',
};
const mostPlaces = 20;
/** Characters: SQLite takes patterns of 1,000 bytes. */
const longestPattern = 240;

const ofUser: Scope = ({ names }) => mirrorColumn(names.join('/'));
const ofText: Scope = ({ names }) => (names.length === 1 ? { name: 'value', kind: 'text' } : undefined);
const ofLicense: Scope = ({ names: [, name = '', ...more] }) =>
  name.toLowerCase() === 'skuid' && more.length === 0 ? { name: 'skuId', kind: 'guid' } : undefined;

/** A filter's tree as SQL; undefined where the mirror has no column for part of it, or a value is not of its kind. */
export function conditionOf(expression: Expression, scope: Scope = ofUser): Condition | undefined {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(expression, scope);
    case 'not': {
      const inner = conditionOf(expression.inner, scope);
      // What is unknown, as null is like nothing, is not so either.
      return inner && { ...inner, sql: `(${inner.sql}) IS NOT TRUE` };
    }
    case 'any':
      return anyOf(expression);
    case 'compare':
      return expression.path.names.at(-1) === '$count' ? counted(expression) : compared(expression, scope);
    case 'in':
      return among(expression, scope);
    case 'text':
      return matched(expression, scope);
  }
}

/** Text as Graph compares it: without regard to letter case. */
export function sameText(column: MirrorColumn, text: string): Condition {
  return on(column, `${column.name} = ? COLLATE NOCASE`, text);
}

/** `true` is 1; `false` also finds what is not set where `orUnset`. */
export function isFlag(column: MirrorColumn, value: boolean, orUnset = false): Condition {
  return on(column, value ? `${column.name} = 1` : orUnset ? `${column.name} IS NOT 1` : `${column.name} = 0`);
}

/** A moment as the mirror holds it. */
export function instant(text: string): string {
  return new Date(text).toISOString().replace('.000Z', 'Z');
}

/** A condition on one column. */
export function on(column: MirrorColumn, sql: string, ...params: readonly SqlValue[]): Condition {
  return { sql, params, settings: column.setting === undefined ? [] : [column.setting] };
}

function joined({ kind, parts }: Of<'and' | 'or'>, scope: Scope): Condition | undefined {
  const conditions = parts.map((part) => conditionOf(part, scope));
  if (!conditions.every((condition) => condition !== undefined)) return undefined;
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(kind === 'and' ? ' AND ' : ' OR ')})`,
    params: conditions.flatMap(({ params }) => params),
    settings: conditions.flatMap(({ settings }) => settings),
  };
}

function anyOf({ path, inner }: Of<'any'>): Condition | undefined {
  const list = ofUser(path);
  if (list?.kind !== 'list') return undefined;
  const isLicenses = list.name === 'assignedLicenses';
  const found = conditionOf(inner, isLicenses ? ofLicense : ofText);
  if (found === undefined) return undefined;
  const sql = isLicenses
    ? `id IN (SELECT userId FROM licenses WHERE ${found.sql})`
    : `EXISTS (SELECT 1 FROM json_each(${list.name}) WHERE ${found.sql})`;
  return on(list, sql, ...found.params);
}

function counted({ path, operator, value }: Of<'compare'>): Condition | undefined {
  const list = ofUser({ ...path, names: path.names.slice(0, -1) });
  if (list?.kind !== 'list' || value.kind !== 'number') return undefined;
  return on(list, `coalesce(json_array_length(${list.name}), 0) ${signs[operator]} ?`, Number(value.text));
}

function compared({ path, operator, value }: Of<'compare'>, scope: Scope): Condition | undefined {
  const column = scope(path);
  if (column === undefined || column.kind === 'list') return undefined;
  const { name, kind } = column;
  const isEquality = operator === 'eq' || operator === 'ne';
  if (value.kind === 'null')
    return isEquality ? on(column, `${name} IS${operator === 'ne' ? ' NOT' : ''} NULL`) : undefined;
  if (kind === 'flag') {
    if (value.kind !== 'boolean' || !isEquality) return undefined;
    return on(column, `${name} ${signs[operator]} ${value.text === 'true' ? 1 : 0}`);
  }
  const param = paramOf(value, kind);
  if (param === undefined) return undefined;
  return on(column, `${name} ${signs[operator]} ?${kind === 'text' ? ' COLLATE NOCASE' : ''}`, param);
}

function among({ path, values }: Of<'in'>, scope: Scope): Condition | undefined {
  const column = scope(path);
  if (column === undefined || column.kind === 'list' || column.kind === 'flag') return undefined;
  const { name, kind } = column;
  const params = values.map((value) => paramOf(value, kind));
  if (!params.every((param) => param !== undefined)) return undefined;
  const collated = kind === 'text' ? `${name} COLLATE NOCASE` : name;
  return params.length > mostPlaces
    ? on(column, `${collated} IN (SELECT value FROM json_each(?))`, JSON.stringify(params))
    : on(column, `${collated} IN (${params.map(() => '?').join(', ')})`, ...params);
}

function matched({ path, match, value }: Of<'text'>, scope: Scope): Condition | undefined {
  const column = scope(path);
  if (column?.kind !== 'text' || value.kind !== 'string') return undefined;
  return like(column, column.name, patterned(match, value.text));
}

/** `LIKE` goes by no letter case. Undefined where the pattern is longer than SQLite takes. */
export function like(column: MirrorColumn, sql: string, pattern: Pattern): Condition | undefined {
  const { text, isEscaped } = pattern;
  return text.length > longestPattern ? undefined : on(column, `${sql} LIKE ?${isEscaped ? " ESCAPE '!'" : ''}`, text);
}

/** A pattern of LIKE. */
interface Pattern {
  readonly text: string;
  readonly isEscaped: boolean;
}

/** Text as a pattern that finds it and no other. */
export function patterned(match: TextMatch, text: string): Pattern {
  const escaped = text.replace(/[%_!]/g, '!$&');
  const isEscaped = escaped !== text && /[%_]/.test(text);
  const literal = isEscaped ? escaped : text;
  const before = match === 'startsWith' ? '' : '%';
  return { text: `${before}${literal}${match === 'endsWith' ? '' : '%'}`, isEscaped };
}

function paramOf({ kind, text }: Literal, wanted: MirrorColumn['kind']): string | undefined {
  if (wanted === 'text') return kind === 'string' ? text : undefined;
  if (wanted === 'guid') return isGuid(text) ? text.toLowerCase() : undefined;
  const isMoment = (kind === 'moment' || kind === 'string') && !Number.isNaN(Date.parse(text));
  return isMoment ? instant(text) : undefined;
}
