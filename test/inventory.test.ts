import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  annotationsOf,
  type ChangeTool,
  changeAnswer,
  groupProperties,
  stepStatuses,
  type Tool,
  userProperties,
} from '../src/contract/index.ts';
import type { ServedTool } from '../src/server/index.ts';
import tools from '../tools/index.ts';
import { readAdditions } from './contract/graph-documents.ts';

const root = dirname(import.meta.dirname);
const served: readonly ServedTool[] = JSON.parse(readFileSync(join(root, 'tools.json'), 'utf8'));
const changes = tools.filter((tool): tool is ChangeTool => tool.kind === 'change');
const contract = process.env['GRAPH_CONTRACT_DIR'] ?? join(root, '..', 'shared', 'data', 'graph');

/** Graph's own names, and those that mean the same in every list. */
const plainNames = new Set([
  'pageSize',
  'cursor',
  'fields',
  ...Object.keys(userProperties),
  ...Object.keys(groupProperties),
]);

function risksOf(tool: Tool) {
  return typeof tool.risk === 'string' ? [tool.risk] : tool.risk;
}

test('tools.json lists the inventory, in its order', () => {
  expect(served.map(({ definition }) => definition.name)).toEqual(tools.map((tool) => tool.name));
});

test('names are unique, verb_noun, and those of their files', () => {
  expect(new Set(tools.map((tool) => tool.name)).size).toBe(tools.length);
  for (const tool of tools) {
    expect(tool.name).toMatch(/^[a-z]+(?:_[a-z]+)+$/);
    expect(existsSync(join(root, 'tools', tool.toolset, `${tool.name.replaceAll('_', '-')}.ts`))).toBe(true);
    expect(existsSync(join(root, 'test', 'tools', tool.toolset, `${tool.name.replaceAll('_', '-')}.test.ts`))).toBe(
      true,
    );
  }
});

describe.each(served.map((entry) => [entry.definition.name, entry] as const))('%s', (name, { definition }) => {
  const tool = tools.find((known) => known.name === name);

  test('has an object schema without a top-level combinator that refuses unknown fields', () => {
    expect(definition.inputSchema['type']).toBe('object');
    expect(definition.inputSchema['additionalProperties']).toBe(false);
    for (const word of ['anyOf', 'oneOf', 'allOf', 'not', '$ref'])
      expect(definition.inputSchema).not.toHaveProperty(word);
  });

  test('describes every property that does not explain itself', () => {
    const properties = (definition.inputSchema['properties'] ?? {}) as Record<string, { description?: string }>;
    const silent = Object.entries(properties).filter(([key, { description }]) => !plainNames.has(key) && !description);
    expect(silent.map(([key]) => key)).toEqual([]);
  });

  test('has an output schema that an error fits too', () => {
    expect(definition.outputSchema['type']).toBe('object');
    expect(definition.outputSchema).not.toHaveProperty('required');
    expect(definition.outputSchema['properties']).toHaveProperty('error');
  });

  test('derives its hints from its risk', () => {
    if (tool === undefined) throw new Error('Not in the inventory');
    const raised = tool.kind === 'change' ? (tool.mayRaiseTo ?? []) : [];
    const idempotent = tool.kind === 'change' ? tool.idempotent : definition.annotations.idempotentHint;
    expect(definition.annotations).toEqual(annotationsOf([...risksOf(tool), ...raised], idempotent));
  });

  test('says in its description what it does, in at most 600 characters', () => {
    expect(definition.description.length).toBeGreaterThan(40);
    expect(definition.description.length).toBeLessThanOrEqual(600);
    expect(definition.description).toMatch(/\.$/);
  });
});

/** Tools that are named ahead of their time. */
const notBuiltYet: readonly string[] = ['manage_identities'];

/** Words of the same form: the statuses of a change and of a step, a word of zod's, and the columns of the store. */
const otherWords = new Set<string>([
  ...changeAnswer.shape.status.options,
  ...stepStatuses,
  'unrecognized_keys',
  ...sourcesIn('src/store').flatMap(([, text]) => snakeCaseIn(text)),
]);

test('descriptions, and what else tools and workflows say, name only tools that there are', () => {
  const names = new Set(tools.map(({ name }) => name));
  const sources = [...sourcesIn('tools'), ...sourcesIn('src/workflow')];
  const definitions = served.map(({ definition }) => [definition.name, textsOf(definition).join('\n')] as const);
  const mentioned = [...definitions, ...sources].flatMap(([where, text]) =>
    snakeCaseIn(text)
      .filter((word) => !otherWords.has(word))
      .map((tool) => ({ where, tool })),
  );
  expect(mentioned.filter(({ tool }) => !names.has(tool) && !notBuiltYet.includes(tool))).toEqual([]);
  expect(notBuiltYet.filter((name) => names.has(name))).toEqual([]);
  expect(notBuiltYet.filter((name) => !mentioned.some(({ tool }) => tool === name))).toEqual([]);
});

/** Path and text of every source file in a folder. */
function sourcesIn(folder: string): (readonly [file: string, text: string])[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [join(folder, file), readFileSync(join(root, folder, file), 'utf8')] as const);
}

/** `verb_noun`, outside of the addresses of documents. */
function snakeCaseIn(text: string): string[] {
  return text.replace(/\[learn\.[^\]]*\]/g, '').match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
}

/** Every description in a definition: its own, and those in its schemas. */
function textsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'description' && typeof inner === 'string' ? [inner] : textsOf(inner),
  );
}

test('change tools that take something away or cannot be taken back ask why', () => {
  for (const tool of changes) {
    expect(Object.keys(tool.input.shape)).toContain('reason');
    const all = [...risksOf(tool)];
    if (!all.includes('destructive') && !all.includes('irreversible')) continue;
    expect(tool.input.shape['reason']?.safeParse(undefined).success, tool.name).toBe(false);
  }
});

/** `skip` leaves out parts of the work, never a check. */
const leavesOutWork: readonly string[] = ['offboard_user.skip', 'offboard_users.skip'];

/** What a person clicked on a card: it counts with a nonce that is in no text and no structured answer. */
const decidesOnCard: readonly string[] = ['decide_plan.decision'];

test('no input lets the model approve, confirm or skip anything', () => {
  const fields = tools.flatMap((tool) => Object.keys(tool.input.shape).map((field) => `${tool.name}.${field}`));
  const others = fields.filter((field) => !leavesOutWork.includes(field) && !decidesOnCard.includes(field));
  expect(
    others.filter((field) => /\.(?:confirm|approve|force|skip|yes|decision|pin|password|secret|token)/i.test(field)),
  ).toEqual([]);
});

describe.skipIf(!existsSync(contract))('against Graph’s own data', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(contract, name), 'utf8'));
  /** What Graph documents and the data lacks. */
  const additions = readAdditions();

  test('every permission exists', () => {
    const newer = additions.permissions.map(({ name }) => name);
    const known = new Set([...Object.keys(read('permissions.json').permissions), ...newer]);
    const unknown = tools.flatMap((tool) =>
      tool.permissions.filter((name) => !known.has(name)).map((name) => `${tool.name}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test('every declared write is a request that Graph has', () => {
    const paths: Record<string, Record<string, unknown>> = read('openapi.json').paths;
    const known = new Set(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{[^}]+\}/g, '{}')}`),
      ),
    );
    for (const { operation } of [...additions.operations, ...additions.paths])
      known.add(operation.replace(/\{[^}]+\}/g, '{}'));
    const unknown = changes.flatMap((tool) =>
      tool.writes.filter((write) => !known.has(write)).map((write) => `${tool.name}: ${write}`),
    );
    expect(unknown).toEqual([]);
  });
});

test('every tool that answers with a plan comes with its card, and what only the card calls is kept from models', () => {
  for (const { readOnly, definition } of served) {
    const { name, _meta } = definition;
    if (readOnly) expect(_meta, name).toBeUndefined();
    else if (name === 'decide_plan') expect(_meta, name).toEqual({ ui: { visibility: ['app'] } });
    else expect(_meta, name).toEqual({ ui: { resourceUri: 'ui://entra-mcp/plan' } });
  }
});

test('what hosts hand to a model stays within its budget', () => {
  const handed = served.map(({ definition: { name, description, inputSchema } }) => ({
    name,
    description,
    inputSchema,
  }));
  expect(JSON.stringify(handed).length).toBeLessThanOrEqual(32_000);
  expect(JSON.stringify(served.map(({ definition }) => definition)).length).toBeLessThanOrEqual(60_000);
});
