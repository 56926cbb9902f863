import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import { Children } from '../../../src/directory/query/children.ts';
import { createQueries } from '../../../src/directory/query/queries.ts';
import { functions } from '../../../src/directory/query/vocabulary.ts';
import { selectionOf } from '../../../src/directory/selection.ts';
import { tablesOf } from '../../../src/directory/tables.ts';
import { hostileStatements } from './hostile.ts';
import { smallMirror } from './mirror.ts';

const mirror = smallMirror(['mobilePhone']);
const selection = selectionOf([]);
const limits = {
  timeoutMs: 600,
  residentBytes: 256 * 1024 * 1024,
  answerBytes: 63 * 1024,
  idleMs: 60_000,
  atOnce: 2,
};
const entry = join(import.meta.dirname, '..', '..', '..', 'src', 'directory', 'query', 'child.ts');
const never = new AbortController().signal;
const statements = hostileStatements(mirror);

const whole = createQueries({ file: mirror.file, selection, limits });
const firstLine = createQueries({
  file: mirror.file,
  selection,
  limits,
  childEntry: join(import.meta.dirname, 'old-child.ts'),
});
const secondLine = new Children(entry, limits);

/** Every file of the folder by its content; the shared memory of readers is written by each of them. */
function contents(): Record<string, string> {
  const names = readdirSync(mirror.folder, { recursive: true, encoding: 'utf8' }).toSorted();
  const hash = (name: string) =>
    name.endsWith('-shm')
      ? ''
      : createHash('sha256')
          .update(readFileSync(join(mirror.folder, name)))
          .digest('hex');
  return Object.fromEntries(names.map((name) => [name, hash(name)]));
}

let before: Record<string, string>;
beforeAll(() => {
  before = contents();
});
afterAll(async () => {
  await Promise.all([whole.close(), firstLine.close(), secondLine.close()]);
  mirror[Symbol.dispose]();
});

test('there are many of them, and each is there once', () => {
  expect(statements.length).toBeGreaterThan(80);
  expect(new Set(statements.map(({ name }) => name)).size).toBe(statements.length);
});

describe.each([
  ['as it is', whole],
  ['where Node has no authorizer', firstLine],
] as const)('%s', (_, queries) => {
  test.each(statements)('$by: $name', async ({ sql, by }) => {
    const error = await queries.run({ sql, limit: 100 }, never).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ToolError);
    expect(error).toHaveProperty(
      'code',
      expect.stringMatching(by === 'refused' ? /^INPUT_INVALID$/ : /^(?:INPUT_INVALID|LIMIT_REACHED)$/),
    );
    expect(JSON.stringify(error)).not.toMatch(/secret|entra-mcp-query/);
    expect(contents()).toEqual(before);
  });
});

describe('where nobody looks at the SQL first', () => {
  const tables = Object.fromEntries(
    tablesOf(selection).map(({ name, columns }) => [name, columns.map((column) => column.name)]),
  );

  test.each(statements)('$name', async ({ sql, isHarmless = false }) => {
    const question = {
      file: mirror.file,
      sql,
      bindings: [],
      limit: 100,
      maxBytes: limits.answerBytes,
      tables,
      functions: [...functions],
      hidden: ['mobilePhone'],
    };
    const answer = await secondLine.ask(question, never);
    const isRows = typeof answer === 'object' && answer.kind === 'rows';
    if (!isHarmless) expect(answer).not.toHaveProperty('rows');
    if (isRows) expect(answer.rows).not.toContain('secret');
    expect(contents()).toEqual(before);
  });
});
