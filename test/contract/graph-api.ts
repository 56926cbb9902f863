import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import {
  type Additions,
  type JsonSchema,
  type OpenApi,
  type OperationObject,
  readAdditions,
  readFilterSupport,
  readOpenApi,
  readSelectOnly,
} from './graph-documents.ts';

/** One request that Graph has. */
export interface Operation {
  readonly method: string;
  /** As openapi.json spells it: `/users/{user-id}/manager/$ref`. */
  readonly path: string;
  /** Query options it takes. */
  readonly options: ReadonlySet<string>;
  /** Those of them that change nothing. */
  readonly ignored: ReadonlySet<string>;
  /** Type of what it answers with, or of the items: `microsoft.graph.user`. */
  readonly type: string | undefined;
  readonly answersWithList: boolean;
  /** An action's plain value, which comes wrapped: `{ "value": true }`. */
  readonly answersWithValue: boolean;
  /** Addresses of its schemas for `check`. */
  readonly body: string | undefined;
  readonly bodyIsRequired: boolean;
  readonly bodySchema: JsonSchema | undefined;
  readonly answers: ReadonlyMap<number, string | undefined>;
}

interface Route {
  readonly segments: readonly string[];
  readonly operation: Operation;
}

const json = ['content', 'application/json', 'schema'] as const;

/** Graph v1.0 as its documents describe it, with what they lack. */
export class GraphApi {
  readonly filterSupport = readFilterSupport();
  readonly additions = readAdditions();
  readonly #selectOnly = readSelectOnly();
  readonly #document: OpenApi;
  readonly #routes: readonly Route[];
  readonly #ajv = new Ajv2020({
    strict: false,
    allErrors: true,
    validateSchema: false,
    logger: false,
    inlineRefs: false,
  });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    this.#document = withPaths(withProperties(readOpenApi(), this.additions.properties), this.additions.paths);
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.#document, 'graph');
    const known = Object.entries(this.#document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([name]) => name !== 'parameters')
        .map(([method, object]) => routeOf(path, method, object)),
    );
    const routes = [...known, ...this.additions.operations.map((addition) => added(addition, known))];
    this.#routes = routes.map((route) => corrected(route, this.additions));
  }

  /** The operation at these decoded segments; a string says why there is none. */
  find(method: string, segments: readonly string[]): Operation | string {
    const here = this.#routes.filter((route) => matches(route.segments, segments));
    const literals = ({ segments: all }: Route) => all.filter((segment) => !segment.startsWith('{')).length;
    const best = Math.max(...here.map(literals));
    const found = here.find((route) => route.operation.method === method && literals(route) === best);
    if (found !== undefined) return found.operation;
    return here.length === 0 ? 'Graph has no such path' : `Graph does not take ${method} here`;
  }

  type(name: string): JsonSchema {
    return this.#document.components.schemas[name] ?? {};
  }

  /** Names of a type's own properties, and of its kinds where it is only their common face; with the type they lead to. */
  properties(name: string, seen = new Set<string>()): ReadonlyMap<string, JsonSchema> {
    const type = this.type(name);
    seen.add(name);
    const found = new Map(Object.entries(type.properties ?? {}));
    if (name !== 'microsoft.graph.directoryObject' && name !== 'microsoft.graph.authenticationMethod') return found;
    for (const derived of type['x-derived'] ?? []) {
      if (seen.has(derived)) continue;
      for (const [key, schema] of this.properties(derived, seen)) if (!found.has(key)) found.set(key, schema);
    }
    return found;
  }

  /** Properties of a type that come only where $select names them. */
  selectOnly(type: string): ReadonlySet<string> {
    const name = type.slice(type.lastIndexOf('.') + 1);
    return this.#selectOnly.get(name.charAt(0).toUpperCase() + name.slice(1)) ?? new Set();
  }

  /** What is wrong with a value, by a schema of the document: `#/components/schemas/…`. */
  check(value: unknown, at: string): string[] {
    const known = this.#validators.get(at);
    const validate = known ?? this.#ajv.compile({ $ref: `graph${at}` });
    if (known === undefined) this.#validators.set(at, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message = '', params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  }

  checkType(value: unknown, name: string): string[] {
    return this.check(value, pointer(['components', 'schemas', name]));
  }
}

function routeOf(path: string, method: string, object: OperationObject): Route {
  const [, answer] = Object.entries(object.responses).find(([status]) => status.startsWith('2')) ?? [];
  const schema = answer?.content?.['application/json']?.schema;
  const items = schema?.properties?.['value']?.items;
  const own = ['paths', path, method];
  const answers = Object.entries(object.responses).map(
    ([status, { content }]) =>
      [
        Number(status),
        content?.['application/json'] === undefined ? undefined : pointer([...own, 'responses', status, ...json]),
      ] as const,
  );
  const operation: Operation = {
    method: method.toUpperCase(),
    path,
    options: new Set(object.parameters?.filter((each) => each.in === 'query').map(({ name }) => name)),
    ignored: new Set(),
    type: (items ?? schema)?.$ref?.split('/').at(-1),
    answersWithList: items !== undefined,
    answersWithValue: object['x-kind'] === 'action' && ['boolean', 'string', 'integer'].includes(String(schema?.type)),
    body: object.requestBody === undefined ? undefined : pointer([...own, 'requestBody', ...json]),
    bodyIsRequired: object.requestBody?.required === true,
    bodySchema: object.requestBody?.content?.['application/json']?.schema,
    answers: new Map(answers),
  };
  return { segments: path.split('/').slice(1), operation };
}

function added(addition: { operation: string; as: string }, known: readonly Route[]): Route {
  const [method = '', path = ''] = addition.operation.split(' ');
  const like = known.find(({ operation: { method: by, path: at } }) => `${by} ${at}` === addition.as);
  if (like === undefined) throw new Error(`additions.json: openapi.json has no ${addition.as}`);
  return { segments: path.split('/').slice(1), operation: { ...like.operation, method, path } };
}

function corrected({ segments, operation }: Route, { options, answers }: Additions): Route {
  const name = `${operation.method} ${operation.path}`;
  const limit = options.find((each) => each.operation === name);
  const bare = answers.find((each) => each.operation === name);
  const taken = [...operation.options].filter((option) => limit?.refused.includes(option) !== true);
  return {
    segments,
    operation: {
      ...operation,
      options: new Set(taken),
      ignored: new Set(limit?.ignored),
      answers: bare === undefined ? operation.answers : new Map([[bare.status, undefined]]),
    },
  };
}

function withPaths(document: OpenApi, more: Additions['paths']): OpenApi {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const { operation, status, body, answer, options } of more) {
    const [method = '', path = ''] = operation.split(' ');
    if (document.paths[path]?.[method.toLowerCase()] !== undefined)
      throw new Error(`additions.json: openapi.json has ${operation}`);
    const content = (schema: JsonSchema) => ({ content: { 'application/json': { schema } } });
    paths[path] = {
      ...document.paths[path],
      ...paths[path],
      [method.toLowerCase()]: {
        'x-kind': 'operation',
        parameters: options.map((name) => ({ name, in: 'query' })),
        ...(body === undefined ? {} : { requestBody: { ...content(body), required: true } }),
        responses: { [status]: answer === undefined ? {} : content(answer) },
      },
    };
  }
  return { ...document, paths: { ...document.paths, ...paths } };
}

function withProperties(
  document: OpenApi,
  more: readonly { type: string; names: readonly string[]; schema: JsonSchema }[],
): OpenApi {
  const schemas: Record<string, JsonSchema> = { ...document.components.schemas };
  for (const { type, names, schema } of more) {
    const own = schemas[type];
    if (own === undefined) throw new Error(`additions.json: openapi.json has no ${type}`);
    const added = Object.fromEntries(names.map((name) => [name, schema]));
    schemas[type] = { ...own, properties: { ...own.properties, ...added } };
  }
  return { ...document, components: { schemas } };
}

/** A cast may be written with or without `microsoft.`. [learn.microsoft.com/graph/query-parameters, OData cast] */
function matches(route: readonly string[], segments: readonly string[]): boolean {
  if (route.length !== segments.length) return false;
  return route.every((part, index) => {
    const segment = segments[index] ?? '';
    if (!part.startsWith('{')) return part === segment || `microsoft.${part}` === segment;
    return segment !== '' && !segment.startsWith('$') && !/^(?:microsoft\.)?graph\.\w+$/.test(segment);
  });
}

function pointer(parts: readonly string[]): string {
  return `#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
}
