import { filterProblems } from './filter-check.ts';
import type { GraphApi, Operation } from './graph-api.ts';

type Headers = Readonly<Record<string, string | undefined>>;

/** Query options by name, decoded; a string where the query cannot be read. */
function optionsOf(query: string): Map<string, string> | string {
  const options = new Map<string, string>();
  for (const part of query === '' ? [] : query.split('&')) {
    const at = part.indexOf('=');
    const name = decodeURIComponent(at < 0 ? part : part.slice(0, at));
    if (options.has(name)) return `${name} stands twice`;
    if (/[^\x21-\x7e]|["<>\\^`{|}#]/.test(part)) return `${name} is not encoded`;
    options.set(name, decodeURIComponent(part.slice(at + 1).replaceAll('+', ' ')));
  }
  return options;
}

/** What is wrong with a query at an operation. */
export function queryProblems(api: GraphApi, operation: Operation, query: string, headers: Headers): string[] {
  const options = optionsOf(query);
  if (typeof options === 'string') return [options];
  // A next or delta link is Graph's own, and opaque; all else in it is what the first request asked. [GRAPH.md B2, C1]
  for (const token of ['$skiptoken', '$deltatoken']) if (operation.answersWithList) options.delete(token);
  const unknown = [...options.keys()].filter((name) => !operation.options.has(name));
  if (unknown.length > 0) return unknown.map((name) => `${name} is not an option here`);
  return [
    ...valueProblems(api, operation, options),
    ...consistencyProblems(options, headers),
    ...filterProblems(api, operation, options, isAdvanced(options, headers)),
  ];
}

const isEventual = (headers: Headers) => headers['consistencylevel'] === 'eventual';
const isAdvanced = (options: ReadonlyMap<string, string>, headers: Headers) =>
  isEventual(headers) && options.get('$count') === 'true';

function valueProblems(api: GraphApi, operation: Operation, options: ReadonlyMap<string, string>): string[] {
  const { type } = operation;
  const problems: string[] = [];
  const top = options.get('$top');
  if (top !== undefined && !(/^\d+$/.test(top) && Number(top) >= 1 && Number(top) <= 999))
    problems.push('$top is 1 to 999');
  if (!['true', 'false', undefined].includes(options.get('$count'))) problems.push('$count is true or false');
  if (type === undefined) return problems;
  const select = options.get('$select');
  if (select !== undefined) problems.push(...selectProblems(api, type, select, followedBy(operation)));
  for (const order of options.get('$orderby')?.split(',') ?? []) {
    const [name = '', direction = 'asc'] = order.trim().split(' ');
    if (!['asc', 'desc'].includes(direction)) problems.push(`$orderby has no direction ${direction}`);
    problems.push(...selectProblems(api, type, name));
  }
  const expand = options.get('$expand');
  return expand === undefined ? problems : [...problems, ...expandProblems(api, type, expand)];
}

/** The relation that a delta query follows where it is selected. [learn.microsoft.com/graph/api/user-delta, group-delta] */
function followedBy({ path }: Operation): string {
  const [, collection] = /^\/(users|groups)\/(?:microsoft\.graph\.)?delta\b/.exec(path) ?? [];
  return collection === 'users' ? 'manager' : collection === 'groups' ? 'members' : '';
}

function selectProblems(api: GraphApi, type: string, select: string, relation = ''): string[] {
  const properties = api.properties(type);
  return select.split(',').flatMap((name) => {
    const schema = properties.get(name);
    if (schema === undefined) return [`${type} has no property ${name}`];
    return schema['x-nav'] === undefined || name === relation ? [] : [`${name} is not selected but expanded`];
  });
}

/** What can be expanded further down. [learn.microsoft.com/graph/api/accesspackage-list-resourcerolescopes] */
const deeper: Readonly<Record<string, readonly string[]>> = { resourceRoleScopes: ['role', 'scope'] };

/** As `manager($select=id),memberOf`; one level, but for a few. */
function expandProblems(api: GraphApi, type: string, expand: string): string[] {
  return [...expand.matchAll(/([\w.]+)(?:\(([^)]*)\))?(?:,|$)/g)].flatMap(([, name = '', inner = '']) => {
    const target = api.properties(type).get(name)?.['x-nav'];
    if (target === undefined) return [`${type} has nothing to expand that is called ${name}`];
    return inner.split(';').flatMap((option) => {
      const [, key, value = ''] = /^(\$select|\$expand)=(.+)$/.exec(option) ?? [];
      if (key === '$select') return isKnown(api, target) ? selectProblems(api, target, value) : [];
      const further = key === '$expand' ? value.split(',') : [];
      return further
        .filter((each) => deeper[name]?.includes(each) !== true)
        .map((each) => `${name} cannot expand ${each}`);
    });
  });
}

/** Whether the documents say what a type has. */
const isKnown = (api: GraphApi, type: string) => api.properties(type).size > 0;

/** Advanced queries need a header and $count=true, and know no $expand. [GRAPH.md B5] */
function consistencyProblems(options: ReadonlyMap<string, string>, headers: Headers): string[] {
  const problems: string[] = [];
  if (![undefined, 'eventual'].includes(headers['consistencylevel'])) problems.push('ConsistencyLevel is eventual');
  if (options.has('$search') && !isEventual(headers)) problems.push('$search needs ConsistencyLevel');
  if (options.get('$count') === 'true' && !isEventual(headers)) problems.push('$count needs ConsistencyLevel');
  if (options.has('$expand') && isAdvanced(options, headers)) problems.push('$expand is not for advanced queries');
  return problems;
}
