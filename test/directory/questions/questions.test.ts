import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock, GraphPort, Log } from '../../../src/contract/index.ts';
import { Directory, mirrorFile } from '../../../src/directory/index.ts';
import { createGraphPort } from '../../../src/graph/index.ts';
import { GraphClient } from '../../demo/graph-client.ts';
import { changeQuestions } from './change-questions.ts';
import { Facts } from './facts.ts';
import { groupQuestions } from './group-questions.ts';
import { licenseQuestions } from './license-questions.ts';
import { peopleQuestions } from './people-questions.ts';
import type { Question, Row, Story } from './question.ts';
import { Staging } from './staging.ts';

const questions: readonly Question[] = [...peopleQuestions, ...groupQuestions, ...licenseQuestions, ...changeQuestions];

const day = 86_400_000;
const start = Date.UTC(2026, 2, 1, 12);
let now = start;
const { signal } = new AbortController();
const call = { signal, progress: () => undefined };
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const sleep: Clock['sleep'] = (ms, stop) => delay(ms, undefined, stop === undefined ? {} : { signal: stop });

let graph: GraphClient;
let port: GraphPort;
let directory: Directory;
let story: Story;
const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-questions-'));

beforeAll(async () => {
  graph = await GraphClient.start({ users: 500, seed: 1, now: () => now, budget: false });
  port = createGraphPort({
    root: graph.tenant.url,
    tokens: { method: 'none', token: async () => undefined },
    // The transport paces itself by it: a clock that stands still would never let it go on.
    clock: { now: Date.now, sleep },
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    log: silent,
    version: '0.0.0',
  });
  directory = new Directory({
    file: mirrorFile(folder),
    fields: ['signInActivity', 'employeeId', 'mobilePhone'],
    graph: port,
    clock: { now: () => now, sleep },
    log: silent,
    owner: 'test:1:a',
  });
  story = await told();
});
afterAll(async () => {
  await directory.close();
  await port.close();
  await graph.tenant.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Three syncs: at first, a day later, and nine days after that. */
async function told(): Promise<Story> {
  await new Staging(graph, await Facts.read(graph), now).beforeTheFirstSync();
  await directory.sync(call);
  const first = await Facts.read(graph);
  now = start + day;
  await new Staging(graph, first, now).firstChanges();
  await directory.sync(call);
  const [second, secondTime] = [await Facts.read(graph), new Date(now).toISOString()];
  now = start + 10 * day;
  await new Staging(graph, second, now).laterChanges();
  await directory.sync(call);
  const [third, thirdTime] = [await Facts.read(graph), new Date(now).toISOString()];
  now = start + 11 * day;
  return {
    facts: third,
    chapters: [
      { before: first, after: second, time: secondTime },
      { before: second, after: third, time: thirdTime },
    ],
    now,
  };
}

/** The rows of the mirror; what is now for SQL is now for the tenant. */
async function asked({ sql, params }: Question): Promise<readonly Row[]> {
  const today = sql.replaceAll("'now'", `'${new Date(now).toISOString()}'`);
  const { rows, truncated } = await directory.query({ sql: today, params, limit: 500 }, { signal });
  expect(truncated).toBe(false);
  return rows;
}

/** Rows in an order of their own. */
function sorted(rows: readonly Row[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

describe('the mirror knows the right answer to:', () => {
  test.each(questions)('$question', async (question) => {
    const [mirrored, right] = [await asked(question), question.answer(story)];
    expect(right.length).toBeGreaterThan(0);
    if (question.isOrdered) expect(mirrored).toEqual(right);
    else expect(sorted(mirrored)).toEqual(sorted(right));
  });
});

test('who asks for the tables gets examples that run, in a few kilobytes', async () => {
  const { examples, ...rest } = await directory.describe();
  for (const { question } of examples) {
    expect(questions.map((each) => each.question)).toContain(question);
  }
  expect(Buffer.byteLength(JSON.stringify({ ...rest, examples }))).toBeLessThan(8192);
});
