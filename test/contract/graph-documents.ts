import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const root = dirname(dirname(import.meta.dirname));
const folder = process.env['GRAPH_CONTRACT_DIR'] ?? join(root, '..', 'shared', 'data', 'graph');

/** False where Graph's own documents are not at hand: what needs them is skipped, and says so. */
export const documentsArePresent = existsSync(folder);

/** For names of suites: what a skipped one waits for. */
export const needsDocuments = documentsArePresent
  ? ''
  : ' (skipped: no ../shared/data/graph and no GRAPH_CONTRACT_DIR)';

/** Part of a JSON Schema, as far as it is looked into by hand. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly readOnly?: boolean;
  readonly 'x-nav'?: string;
  readonly 'x-derived'?: readonly string[];
  readonly 'x-updatable'?: readonly string[];
  readonly 'x-requiredOnCreate'?: readonly string[];
  readonly 'x-defaultSelect'?: readonly string[];
}

interface Content {
  readonly content?: { readonly 'application/json'?: { readonly schema: JsonSchema } };
}

/** One method of a path. */
export interface OperationObject {
  readonly 'x-kind': string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content>>;
}

/** The document `openapi.json`: Graph v1.0, trimmed for the lifecycle of users. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

type Support = 'default' | 'advanced' | 'unsupported';

/** What an operator needs on a property; a missing one is not valid there. */
export type FilterSupport = Readonly<Partial<Record<'eq' | 'startsWith' | 'ge' | 'le' | 'geLe' | 'eqNull', Support>>>;

/** One error as Graph documents it; `message` holds places for values, as `<id>`. */
const errorExample = z.object({
  status: z.union([z.number(), z.string()]),
  code: z.string().nullable(),
  message: z.string().nullable(),
  when: z.string(),
  details: z.array(z.object({ code: z.string(), target: z.string() })).optional(),
  headers: z.record(z.string(), z.string()).optional(),
});
export type ErrorExample = z.infer<typeof errorExample>;

function read(name: string) {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

/** `openapi.json`; the file is trusted to be what its type says. */
export function readOpenApi(): OpenApi {
  return read('openapi.json');
}

/** By entity (`user`, `group` …), then by property path. */
export function readFilterSupport(): Readonly<Record<string, Readonly<Record<string, FilterSupport>>>> {
  const entities: Record<string, { properties?: Record<string, FilterSupport> }> = read('filter-support.json');
  return Object.fromEntries(Object.entries(entities).map(([name, { properties }]) => [name, properties ?? {}]));
}

/** By entity (`Group`): properties that come only where $select names them. */
export function readSelectOnly(): ReadonlyMap<string, ReadonlySet<string>> {
  const entities: Record<string, Record<string, { selectOnly?: boolean }>> = read('entity-properties.json');
  return new Map(
    Object.entries(entities).map(([entity, properties]) => {
      const names = Object.entries(properties).flatMap(([name, { selectOnly }]) => (selectOnly ? [name] : []));
      return [entity, new Set(names)];
    }),
  );
}

export function readErrorExamples(): ErrorExample[] {
  return z.array(errorExample).parse(read('error-examples.json').errors);
}

const sourced = { source: z.string().min(10) };
const additions = z.strictObject({
  /** Permissions that Graph has and permissions.json lacks. */
  permissions: z.array(z.strictObject({ name: z.string(), ...sourced })),
  /** Requests that Graph has and openapi.json lacks; `as` is one that takes and answers the same. */
  operations: z.array(z.strictObject({ operation: z.string(), as: z.string(), ...sourced })),
  /** Requests unlike any that openapi.json has, with the JSON Schemas of what they take and answer. */
  paths: z.array(
    z.strictObject({
      operation: z.string(),
      status: z.number(),
      body: z.record(z.string(), z.json()).optional(),
      answer: z.record(z.string(), z.json()).optional(),
      options: z.array(z.string()),
      ...sourced,
    }),
  ),
  /** Query options that openapi.json knows, and Graph refuses or takes without a difference. */
  options: z.array(
    z.strictObject({
      operation: z.string(),
      refused: z.array(z.string()).default([]),
      ignored: z.array(z.string()).default([]),
      ...sourced,
    }),
  ),
  /** Successes that come without a body, where openapi.json has one. */
  answers: z.array(z.strictObject({ operation: z.string(), status: z.number(), ...sourced })),
  /** Properties that a type has beside those written down. */
  properties: z.array(
    z.strictObject({
      type: z.string(),
      names: z.array(z.string()),
      schema: z.record(z.string(), z.json()),
      ...sourced,
    }),
  ),
  /** What can be filtered by beside what filter-support.json has; `any(*)` stands for a lambda over its variable. */
  filters: z.array(
    z.strictObject({
      entity: z.string(),
      property: z.string(),
      operators: z.record(z.string(), z.enum(['default', 'advanced'])),
      ...sourced,
    }),
  ),
});
export type Additions = z.infer<typeof additions>;

/** What GRAPH.md or Microsoft's pages document and the documents lack, each with its source. */
export function readAdditions(): Additions {
  return additions.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'additions.json'), 'utf8')));
}
