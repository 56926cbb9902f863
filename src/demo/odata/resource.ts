import type { DirectoryObject } from '../directory-object.ts';

/** How a property is typed, as far as comparing and writing it needs. `complex` has parts, `complexes` is a list of such. */
export type PropertyType =
  | 'string'
  | 'boolean'
  | 'dateTime'
  | 'guid'
  | 'number'
  | 'strings'
  | 'guids'
  | 'complex'
  | 'complexes';

/** Whether an operator works plainly (`default`), with ConsistencyLevel and $count=true (`advanced`), or not at all. */
export type Support = 'default' | 'advanced' | 'unsupported';

export interface OperatorSupport {
  readonly eq: Support;
  readonly startsWith: Support;
  /** `ge` and `le`; also `gt` and `lt` where the resource compares freely. */
  readonly range: Support;
  readonly eqNull: Support;
}

/** What can be asked of one entity type: the facts of GRAPH.md B1, B4 and B5, written down per type. */
export interface Resource {
  /** The name in error messages: `User`. */
  readonly name: string;
  /** The OData type without `#`: `microsoft.graph.user`. */
  readonly type: string;
  readonly properties: Readonly<Record<string, PropertyType>>;
  /** What a GET without $select answers; absent: every property. */
  readonly defaults?: readonly string[];
  /** By path; inside a lambda the range variable is written `*`: `assignedLicenses/*\/skuId`. */
  readonly operators: Readonly<Record<string, OperatorSupport>>;
  readonly endsWith: readonly string[];
  readonly searchable: readonly string[];
  readonly orderby: Readonly<Record<string, Support>>;
  readonly expandable: readonly string[];
  /** Default and largest `$top`. */
  readonly pageSize: { readonly default: number; readonly max: number };
  /** Directory objects know default and advanced queries; report collections compare freely. */
  readonly directory: boolean;
}

const level: Readonly<Record<string, Support>> = { d: 'default', a: 'advanced', '-': 'unsupported' };

const levelOf = (mark: string | undefined): Support => level[mark ?? '-'] ?? 'unsupported';

/**
 * Reads an operator table whose keys are four marks (eq, startsWith, ge and le, eq null; `d`efault, `a`dvanced, `-` never)
 * and whose values are paths, separated by spaces.
 */
export function operatorTable(rows: Readonly<Record<string, string>>): Record<string, OperatorSupport> {
  const table: Record<string, OperatorSupport> = {};
  for (const [marks, paths] of Object.entries(rows)) {
    for (const path of paths.trim().split(/\s+/)) {
      table[path] = {
        eq: levelOf(marks[0]),
        startsWith: levelOf(marks[1]),
        range: levelOf(marks[2]),
        eqNull: levelOf(marks[3]),
      };
    }
  }
  return table;
}

/** Reads `type: names` lines into a property table. */
export function propertyTable(rows: Partial<Record<PropertyType, string>>): Record<string, PropertyType> {
  const table: Record<string, PropertyType> = { id: 'string' };
  for (const [type, names] of Object.entries(rows)) {
    for (const name of names.trim().split(/\s+/)) table[name] = propertyType(type);
  }
  return table;
}

const propertyTypes: readonly PropertyType[] = [
  'string',
  'boolean',
  'dateTime',
  'guid',
  'number',
  'strings',
  'guids',
  'complex',
  'complexes',
];

function propertyType(name: string): PropertyType {
  const found = propertyTypes.find((type) => type === name);
  if (found === undefined) throw new TypeError(`no property type ${name}`);
  return found;
}

/** The property's name as Graph spells it: Graph is lenient on case. */
export function canonicalProperty(resource: Resource, name: string): string | undefined {
  if (Object.hasOwn(resource.properties, name)) return name;
  const low = name.toLowerCase();
  return Object.keys(resource.properties).find((property) => property.toLowerCase() === low);
}

/** The object as JSON: the selected properties, or the type's defaults; `undefined` values are left out. */
export function render(
  object: DirectoryObject,
  resource: Resource,
  selected?: readonly string[],
): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of selected ?? resource.defaults ?? Object.keys(resource.properties)) {
    const value = object.get(name);
    if (value !== undefined) body[name] = value;
  }
  return body;
}
