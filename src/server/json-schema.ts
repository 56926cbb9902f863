/** A JSON Schema, 2020-12, as an object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What zod checks and a model need not read: lengths, counts, patterns. Numbers keep their limits from above. */
const limits = new Set(['minLength', 'maxLength', 'minItems', 'maxItems', 'pattern', '$schema', 'propertyNames']);
/** Answers are checked before they leave: of an output only the shape is served. */
const outputOnly = new Set(['required', 'additionalProperties', 'format', 'minimum', 'maximum', 'description']);

/** What is left out, and whether types are written short. */
interface Dialect {
  drops(key: string, value: unknown): boolean;
  readonly isShort: boolean;
}

/** Lists and alternatives: what they hold goes by their description, where they have one. */
const holding = new Set(['items', 'anyOf']);

/** Written for as many hosts as possible: one type each, closed at the top only. */
const inputDialect: Dialect = {
  drops: (key, value) => limits.has(key) || isPlain(key, value),
  isShort: false,
};
const outputDialect: Dialect = { drops: (key) => limits.has(key) || outputOnly.has(key), isShort: true };

/** The input schema as served: without limits on text and lists. */
export function compactInput(schema: object): JsonSchema {
  const isClosed = 'additionalProperties' in schema && schema.additionalProperties === false;
  const kept = compacted(schema, inputDialect);
  return isClosed ? { ...kept, additionalProperties: false } : kept;
}

/** The output schema as served: names and types. */
export function compactOutput(schema: object): JsonSchema {
  return compacted(schema, outputDialect);
}

function compacted(schema: object, dialect: Dialect): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (dialect.drops(key, value) || isWholeNumberLimit(key, value)) continue;
    const known = holding.has(key) && 'description' in schema ? undescribed(value) : value;
    kept[key] = key === 'properties' || key === '$defs' ? eachOf(value, dialect) : inner(known, dialect);
  }
  return dialect.isShort ? withShortNull(kept) : kept;
}

/** `properties` holds names of fields, not keywords: a field may be called `format`. */
function eachOf(fields: unknown, dialect: Dialect): unknown {
  if (typeof fields !== 'object' || fields === null) return fields;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, inner(value, dialect)]));
}

function inner(value: unknown, dialect: Dialect): unknown {
  if (Array.isArray(value)) return value.map((item) => inner(item, dialect));
  if (typeof value !== 'object' || value === null) return value;
  const kept = compacted(value, dialect);
  return dialect.isShort ? withoutImpliedType(kept) : kept;
}

/** What `enum`, `const` and `properties` say already is not said by a type as well. */
export function withoutImpliedType(schema: JsonSchema): JsonSchema {
  const { type, ...rest } = schema;
  const isImplied = 'enum' in rest || 'const' in rest || (type === 'object' && 'properties' in rest);
  return typeof type === 'string' && isImplied ? rest : schema;
}

/**
 * What anyone assumes: closed objects, an option that is off or empty unless given, a count of one or more. And what a
 * page or a wait is unless given: the instructions, or its description, tell.
 */
function isPlain(key: string, value: unknown): boolean {
  if (key === 'additionalProperties') return value === false;
  if (key === 'minimum') return value === 0 || value === 1;
  return key === 'default' && (value === false || typeof value === 'number' || JSON.stringify(value) === '{}');
}

/** A schema, or each of several, without a description of its own. */
function undescribed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(undescribed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'description'));
}

/** `z.int()` comes with the limits of whole numbers in JavaScript, which tell nobody anything. */
function isWholeNumberLimit(key: string, value: unknown): boolean {
  const isLimit = key === 'minimum' || key === 'maximum';
  return isLimit && typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER;
}

/** `anyOf: [{type: 'string'}, {type: 'null'}]` as `type: ['string', 'null']`. */
function withShortNull(schema: Record<string, unknown>): Record<string, unknown> {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema;
  const [form, none]: unknown[] = anyOf;
  const isNull =
    typeof none === 'object' &&
    none !== null &&
    Object.keys(none).length === 1 &&
    'type' in none &&
    none.type === 'null';
  if (!isNull || typeof form !== 'object' || form === null || 'enum' in form || 'const' in form) return schema;
  const type = 'type' in form ? form.type : 'properties' in form ? 'object' : undefined;
  return typeof type === 'string' ? { ...form, type: [type, 'null'], ...rest } : schema;
}
