import { z } from 'zod';
import type { GraphApi, Operation } from './graph-api.ts';

/** What a Graph answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What of the request says what must stand in the answer. */
export interface Asked {
  readonly root: string;
  readonly operation: Operation;
  readonly select?: readonly string[] | undefined;
  readonly expand?: readonly string[] | undefined;
}

const looseObject = z.record(z.string(), z.unknown());
type Properties = z.infer<typeof looseObject>;
const list = z.looseObject({ value: z.array(z.unknown()) });

/** Absent where there is nothing to tell, not null. [GRAPH.md B23] */
const mayBeAbsent = ['signInActivity'];

/** What in a success differs from what Graph would have answered. */
export function answerProblems(api: GraphApi, asked: Asked, { status, headers, text }: Answer): string[] {
  const { operation, root } = asked;
  if (!operation.answers.has(status)) return [`status ${status} is not an answer: ${text.slice(0, 300)}`];
  const schema = operation.answers.get(status);
  const named = ['request-id', 'client-request-id'].filter((name) => !headers.has(name));
  const missing = named.map((name) => `no header ${name}`);
  if (schema === undefined) return text === '' ? missing : [...missing, 'a body where there is none'];
  const type = headers.get('content-type') ?? '';
  if (operation.path.endsWith('/$count'))
    return /^\d+$/.test(text) && type.startsWith('text/plain') ? missing : [...missing, `not a plain number: ${text}`];
  const body = looseObject.parse(JSON.parse(text));
  const context = String(body['@odata.context']);
  return [
    ...missing,
    ...(type.startsWith('application/json') ? [] : [`content type ${type}`]),
    ...(context.startsWith(`${root}/v1.0/$metadata#`) ? [] : [`@odata.context is ${context}`]),
    ...api.check(operation.answersWithValue ? body['value'] : body, schema),
    ...objectsOf(operation, body).flatMap((object) => objectProblems(api, asked, object)),
  ];
}

function objectsOf(operation: Operation, body: Properties): unknown[] {
  if (operation.type === undefined) return [];
  return operation.answersWithList ? list.parse(body).value : [body];
}

function objectProblems(api: GraphApi, asked: Asked, value: unknown): string[] {
  const object = looseObject.parse(value);
  const type = typeOf(object) ?? asked.operation.type ?? '';
  const expanded = asked.expand ?? [];
  const shown = Object.keys(object).filter((name) => !name.includes('@') && !expanded.includes(name));
  const problems = [
    ...api.checkType(object, type),
    ...shownProblems(api, asked, type, shown),
    ...expanded.flatMap((name) => expansionProblems(api, type, name, object[name])),
  ];
  return problems.map((problem) => `${type} ${object['id'] ?? ''}: ${problem}`);
}

/** What $expand put in: as many as twenty objects, or one, each of its own type; nothing where there is none. */
function expansionProblems(api: GraphApi, type: string, name: string, value: unknown): string[] {
  const common = api.properties(type).get(name);
  const isMany = common?.type === 'array' || common?.type?.includes('array') === true;
  if (value === undefined) return isMany ? [`${name} is not expanded`] : [];
  if (Array.isArray(value) !== isMany) return [`${name} is not of the right kind`];
  return [value].flat().flatMap((each) => {
    const object = looseObject.parse(each);
    return api.checkType(object, typeOf(object) ?? common?.['x-nav'] ?? '').map((problem) => `${name}: ${problem}`);
  });
}

/** `microsoft.graph.group` of `#microsoft.graph.group`. */
function typeOf(object: Properties): string | undefined {
  const name = object['@odata.type'];
  return typeof name === 'string' ? name.slice(1) : undefined;
}

/** Exactly what was selected; without $select what comes of itself, no more. [GRAPH.md B1] */
function shownProblems(api: GraphApi, { operation, select }: Asked, type: string, shown: readonly string[]): string[] {
  const own = api.properties(type);
  const only = api.selectOnly(type);
  const usual = api.type(type)['x-defaultSelect'];
  const chosen = operation.ignored.has('$select') ? undefined : select;
  const allowed = chosen ?? usual ?? [...own.keys()].filter((name) => !only.has(name));
  const isRound = operation.path.endsWith('/delta');
  const needed = isRound ? [] : (chosen?.filter((name) => own.has(name)) ?? usual ?? []);
  return [
    ...shown.filter((name) => !allowed.includes(name)).map((name) => `${name} is shown unasked`),
    ...shown.filter((name) => own.get(name)?.['x-nav'] !== undefined).map((name) => `${name} is shown unexpanded`),
    ...needed
      .filter((name) => !shown.includes(name) && !mayBeAbsent.includes(name))
      .map((name) => `${name} is not shown`),
  ];
}
