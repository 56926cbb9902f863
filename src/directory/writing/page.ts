/** A part of a JSON document that is an object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Someone on the other side of a relation: came into it, or left it. */
export interface Related {
  readonly id: string;
  /** As `user`, `device`: the OData type without its namespace. */
  readonly type: string;
  readonly removed: boolean;
}

/** One object of a delta page. */
export interface DeltaItem {
  readonly id: string;
  /** Set where the object is gone: `changed` can be restored, `deleted` cannot. [learn.microsoft.com/graph/delta-query-overview] */
  readonly removed: 'changed' | 'deleted' | undefined;
  /** Properties by name, without annotations. */
  readonly properties: JsonObject;
  /** Who came into the followed relation and left it; undefined where the page does not speak of it. */
  readonly related: readonly Related[] | undefined;
}

/** One page of a delta query. */
export interface DeltaPage {
  readonly items: Iterable<DeltaItem>;
  /** Where the round goes on; undefined at its end. */
  readonly next: string | undefined;
  /** Where the next round begins; set at the end of a round. */
  readonly delta: string | undefined;
}

/** A page that is not as documented. Names the place, never a value: that of a link holds a token. */
export class UnexpectedPage extends Error {
  override readonly name = 'UnexpectedPage';
  readonly field: string;

  constructor(field: string) {
    super(`A delta page has no good ${field}`);
    this.field = field;
  }
}

/** Reads a page. Its items are read one by one, as they are asked for. @throws UnexpectedPage */
export function parsePage(bytes: Uint8Array, relation: 'manager' | 'members'): DeltaPage {
  const body = objectOf(parsed(bytes), 'body');
  const { value, '@odata.nextLink': next, '@odata.deltaLink': delta } = body;
  if (!Array.isArray(value)) throw new UnexpectedPage('value');
  if (next !== undefined && typeof next !== 'string') throw new UnexpectedPage('@odata.nextLink');
  if (delta !== undefined && typeof delta !== 'string') throw new UnexpectedPage('@odata.deltaLink');
  if ((next === undefined) === (delta === undefined)) throw new UnexpectedPage('@odata.deltaLink');
  return { items: itemsOf(value, relation), next, delta };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw new UnexpectedPage('JSON');
  }
}

function* itemsOf(value: readonly unknown[], relation: string): Iterable<DeltaItem> {
  const name = `${relation}@delta`;
  for (const one of value) yield itemOf(objectOf(one, 'value'), name);
}

function itemOf(item: JsonObject, relation: string): DeltaItem {
  const { id, '@removed': removed, [relation]: related } = item;
  if (typeof id !== 'string' || id === '') throw new UnexpectedPage('value.id');
  return {
    id,
    removed: removed === undefined ? undefined : reasonOf(removed),
    properties: item,
    related: related === undefined ? undefined : relatedOf(related, relation),
  };
}

/** A reason that is not known yet is taken as one that can be undone. */
function reasonOf(removed: unknown): 'changed' | 'deleted' {
  return objectOf(removed, 'value.@removed')['reason'] === 'deleted' ? 'deleted' : 'changed';
}

function relatedOf(related: unknown, name: string): Related[] {
  if (!Array.isArray(related)) throw new UnexpectedPage(`value.${name}`);
  return related.map((one: unknown) => {
    const { id, '@odata.type': type, '@removed': removed } = objectOf(one, `value.${name}`);
    if (typeof id !== 'string' || id === '') throw new UnexpectedPage(`value.${name}.id`);
    return { id, type: typeName(type), removed: removed !== undefined };
  });
}

function typeName(type: unknown): string {
  return typeof type === 'string' ? type.slice(type.lastIndexOf('.') + 1) : 'directoryObject';
}

function objectOf(value: unknown, field: string): JsonObject {
  if (isObject(value)) return value;
  throw new UnexpectedPage(field);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
