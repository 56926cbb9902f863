import type { SqlValue } from '../directory.ts';
import { ToolError } from '../error.ts';
import { parseFilter } from '../filter/syntax.ts';
import { isGuid } from '../odata.ts';
import type { UserFilters } from '../user-filters.ts';
import { type MirrorColumn, mirrorColumn } from './columns.ts';
import { type Condition, conditionOf, instant, isFlag, like, on, patterned, sameText } from './condition.ts';

/** How the mirror answers what Graph cannot. */
export interface MirrorHint {
  /** To stand behind a `fix`: no value of the filters is in it. */
  readonly advice: string;
  /** For query_directory; undefined where none of the filters could be said in SQL. */
  readonly query?: { readonly sql: string; readonly params: readonly SqlValue[] };
}

const tool = 'query_directory (toolset directory)';
const longestShown = 600;

/** An UNSUPPORTED_QUERY that also says how the mirror answers it, with the SQL in `detail`; any other throw as it is. */
export function withMirrorHint(thrown: unknown, filters: UserFilters): unknown {
  if (!(thrown instanceof ToolError) || thrown.code !== 'UNSUPPORTED_QUERY') return thrown;
  const { advice, query } = mirrorHint(filters);
  return new ToolError(thrown.code, {
    message: thrown.message,
    fix: `${thrown.fix} ${advice}`,
    detail: { ...thrown.detail, ...query },
    cause: thrown,
  });
}

/** The filters as SQL over the mirror. What has no column there is left out, and the advice says so. */
export function mirrorHint(filters: UserFilters): MirrorHint {
  const asked = conditionsOf(filters);
  const conditions = asked.filter((condition) => condition !== undefined);
  if (conditions.length === 0) {
    return { advice: `The mirror may answer it: describe_directory shows its columns, for ${tool}.` };
  }
  const settings = [...new Set(conditions.flatMap((condition) => condition.settings))];
  const shown = ['id', 'displayName', 'userPrincipalName'];
  if (settings.includes('signInActivity')) shown.push('lastSignInDateTime');
  const sql = `SELECT ${shown.join(', ')} FROM users WHERE ${conditions.map((condition) => condition.sql).join(' AND ')}`;
  const params = conditions.flatMap((condition) => condition.params);
  const where = settings.length === 0 ? '' : `, where ENTRA_MCP_DIRECTORY_FIELDS names ${settings.join(' and ')}`;
  const claim =
    conditions.length === asked.length
      ? `The mirror can answer it${where}`
      : `The mirror can answer part of it${where}, and describe_directory shows its columns for the rest`;
  const values = params.length === 0 ? '' : 'the params of detail and ';
  const statement = sql.length > longestShown ? 'the sql of detail.' : sql;
  return { advice: `${claim}: ${tool} with ${values}${statement}`, query: { sql, params } };
}

/** A condition for each filter, in the order of the tool's input; undefined for what SQL over the mirror cannot say. */
function conditionsOf(filters: UserFilters): readonly (Condition | undefined)[] {
  const { text, department, jobTitle, accountEnabled, userType, license, synced, manager, filter } = filters;
  return [
    ...given(text, found),
    ...given(department, (value) => sameText(column('department'), value)),
    ...given(jobTitle, (value) => sameText(column('jobTitle'), value)),
    ...given(accountEnabled, (value) => isFlag(column('accountEnabled'), value)),
    ...given(userType, (value) => sameText(column('userType'), value)),
    ...given(license, holds),
    ...given(synced, (value) => isFlag(column('onPremisesSyncEnabled'), value, true)),
    ...given(filters.createdAfter, (value) => bounded('createdDateTime', '>=', value)),
    ...given(filters.createdBefore, (value) => bounded('createdDateTime', '<=', value)),
    ...given(manager, reportsTo),
    ...given(filters.lastSignInBefore, (value) => bounded('signInActivity/lastSignInDateTime', '<=', value)),
    ...given(filter, partsOf).flat(),
  ];
}

function given<Value, Made>(value: Value | undefined, make: (value: Value) => Made): Made[] {
  return value === undefined ? [] : [make(value)];
}

/** What a filter joins with `and`, each for itself; a filter that cannot be read is one undefined part. */
function partsOf(filter: string): readonly (Condition | undefined)[] {
  try {
    const expression = parseFilter(filter);
    return (expression.kind === 'and' ? expression.parts : [expression]).map((part) => conditionOf(part));
  } catch (error) {
    if (error instanceof ToolError) return [undefined];
    throw error;
  }
}

/** The columns named here are always mirrored, or come with the sign-in activity. */
function column(path: string): MirrorColumn {
  const known = mirrorColumn(path);
  if (known === undefined) throw new TypeError(`The mirror has no column for ${path}`);
  return known;
}

/** Words of the name, and beginnings of names and addresses, as `text` finds them. */
function found(text: string): Condition | undefined {
  const words = "concat_ws(' ', '', displayName, givenName, surname, mail, userPrincipalName)";
  const { text: pattern, isEscaped } = patterned('startsWith', text);
  return like(column('displayName'), words, { text: `% ${pattern}`, isEscaped });
}

function holds(license: string): Condition {
  const which = isGuid(license) ? 'skuId = ?' : 'skuPartNumber = ? COLLATE NOCASE';
  const value = isGuid(license) ? license.toLowerCase() : license;
  return on(column('assignedLicenses'), `id IN (SELECT userId FROM licenses WHERE ${which})`, value);
}

function bounded(path: string, sign: '>=' | '<=', moment: string): Condition {
  const known = column(path);
  return on(known, `${known.name} ${sign} ?`, instant(moment));
}

function reportsTo(manager: string): Condition {
  const known = column('manager/id');
  if (isGuid(manager)) return on(known, 'managerId = ?', manager.toLowerCase());
  return on(known, 'managerId = (SELECT id FROM users WHERE userPrincipalName = ? COLLATE NOCASE)', manager);
}
