import { type GraphSchema, isODataFilter, type ReadQuery } from '../contract/index.ts';

type Expand = NonNullable<ReadQuery['expand']>;

/**
 * Writes the query of a read. `$select` is exactly the schema's top-level keys, without those of `expand` and those that
 * begin with `@`, which Graph sends of itself. The text of a schema is kept for as long as the schema lives.
 */
export class QueryWriter {
  readonly #selects = new WeakMap<GraphSchema, string>();

  /** The query with its question mark; empty where there is nothing to ask. */
  write(schema: GraphSchema, query: ReadQuery = {}): string {
    const { expand, filter, search, orderby, top, advanced } = query;
    const parts: string[] = [];
    const select = expand === undefined ? this.#selectOf(schema) : selectText(schema, expand);
    if (select !== '') parts.push(`$select=${select}`);
    if (expand !== undefined) parts.push(`$expand=${Object.entries(expand).map(expandText).join(',')}`);
    if (filter !== undefined) {
      if (!isODataFilter(filter)) throw new TypeError('Not a filter made by odata');
      parts.push(`$filter=${encodeURIComponent(filter.text)}`);
    }
    if (search !== undefined) parts.push(`$search=${encodeURIComponent(search)}`);
    if (orderby !== undefined) parts.push(`$orderby=${encodeURIComponent(orderby)}`);
    if (top !== undefined) parts.push(`$top=${pageSize(top)}`);
    if (advanced === true) parts.push('$count=true');
    return parts.length === 0 ? '' : `?${parts.join('&')}`;
  }

  #selectOf(schema: GraphSchema): string {
    const known = this.#selects.get(schema);
    if (known !== undefined) return known;
    const select = selectText(schema, {});
    this.#selects.set(schema, select);
    return select;
  }
}

/**
 * Headers that every page of a query needs: Graph does not carry them in the next link. `&` in a search is only read
 * rightly with the newer parser. [learn.microsoft.com/graph/aad-advanced-queries, known issues of query parameters]
 */
export function queryHeaders({ search, advanced }: ReadQuery): Readonly<Record<string, string>> {
  if (search === undefined && advanced !== true) return none;
  const consistency = { consistencylevel: 'eventual' };
  return search?.includes('&') === true ? { ...consistency, prefer: 'legacySearch=false' } : consistency;
}

const none = Object.freeze({});

function selectText(schema: GraphSchema, expand: Expand): string {
  const keys = Object.keys(schema.shape).filter((key) => !key.startsWith('@') && !(key in expand));
  return keys.map(checkedName).join(',');
}

function expandText([name, within]: readonly [string, Expand[string]]): string {
  const [option, names] = 'expand' in within ? ['$expand', within.expand] : ['$select', within];
  const inner = names.length === 0 ? '' : `(${option}=${names.map(checkedName).join(',')})`;
  return checkedName(name) + inner;
}

function checkedName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) throw new TypeError(`Not the name of a property: ${name}`);
  return name;
}

function pageSize(top: number): number {
  if (!Number.isInteger(top) || top < 1 || top > 999) throw new RangeError('A page has 1 to 999 items');
  return top;
}
