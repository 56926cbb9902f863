import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import type { QueryLimits } from '../../../src/directory/query/children.ts';
import { createQueries, type Queries } from '../../../src/directory/query/queries.ts';
import { selectionOf } from '../../../src/directory/selection.ts';
import { smallMirror } from './mirror.ts';

const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
const never = new AbortController().signal;
const mirror = smallMirror();
const opened: Queries[] = [];

function open(limits: Partial<QueryLimits> = {}): Queries {
  const queries = createQueries({ file: mirror.file, selection: selectionOf([]), limits });
  opened.push(queries);
  return queries;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((queries) => queries.close()));
  expect(childrenOf(process.pid)).toEqual([]);
});

afterAll(() => mirror[Symbol.dispose]());

/** Processes that run SQL for a server. */
function childrenOf(server: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(join('query', 'child.ts')) && !line.includes('<defunct>'))
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, parent]) => (parent === server ? [pid] : []));
}

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function outcome(queries: Queries, sql: string, signal: AbortSignal = never): Promise<unknown> {
  try {
    return (await queries.run({ sql, limit: 5 }, signal)).rows;
  } catch (error) {
    if (error instanceof ToolError) return error.code;
    throw error;
  }
}

describe('a query that takes too much', () => {
  test('time is stopped after 5 seconds, and the next one runs', async () => {
    const queries = open();
    const started = performance.now();
    const error = await queries.run({ sql: endless, limit: 1 }, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'LIMIT_REACHED', message: 'The query ran for 5 seconds and was stopped.' });
    expect(performance.now() - started).toBeGreaterThan(4900);
    expect(performance.now() - started).toBeLessThan(8000);
    expect(await outcome(queries, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  });

  test.each([
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT row_number() OVER (ORDER BY -i) FROM n',
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT count(*) FROM n',
  ])('memory is stopped: %s', async (sql) => {
    const queries = open({ timeoutMs: 50_000 });
    const error = await queries.run({ sql, limit: 1 }, never).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'LIMIT_REACHED', message: expect.stringContaining('memory') });
    expect(await outcome(queries, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  });
});

describe('the caller', () => {
  test('can cancel in the middle of a statement', async () => {
    const queries = open();
    await outcome(queries, 'SELECT 1');
    const started = performance.now();
    expect(await outcome(queries, endless, AbortSignal.timeout(200))).toBe('CANCELLED');
    expect(performance.now() - started).toBeLessThan(2000);
    expect(await outcome(queries, 'SELECT 2 AS a')).toEqual([{ a: 2 }]);
  });

  test('can cancel before the process runs, while it waits for its turn, and before it asks', async () => {
    const queries = open({ atOnce: 1, timeoutMs: 1000 });
    const first = outcome(queries, endless);
    expect(await outcome(queries, 'SELECT 1', AbortSignal.timeout(50))).toBe('CANCELLED');
    expect(await outcome(queries, 'SELECT 1', AbortSignal.abort())).toBe('CANCELLED');
    expect(await outcome(open(), endless, AbortSignal.timeout(1))).toBe('CANCELLED');
    expect(await first).toBe('LIMIT_REACHED');
    expect(await outcome(queries, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  });
});

describe('processes', () => {
  test('are two at most: more questions wait, and all are answered', async () => {
    const queries = open({ timeoutMs: 700 });
    const all = Promise.all([
      ...[1, 2, 3, 4].map(() => outcome(queries, endless)),
      ...[5, 6, 7, 8].map((number) => outcome(queries, `SELECT ${number} AS a`)),
    ]);
    const seen: number[] = [];
    const looking = setInterval(() => seen.push(childrenOf(process.pid).length), 150);
    const outcomes = await all;
    clearInterval(looking);
    expect(outcomes.slice(0, 4)).toEqual(['LIMIT_REACHED', 'LIMIT_REACHED', 'LIMIT_REACHED', 'LIMIT_REACHED']);
    expect(outcomes.slice(4)).toEqual([5, 6, 7, 8].map((number) => [{ a: number }]));
    expect(Math.max(...seen)).toBe(2);
  });

  test('are kept for the next question, which takes milliseconds', async () => {
    const queries = open();
    await outcome(queries, 'SELECT 1');
    const [child] = childrenOf(process.pid);
    const started = performance.now();
    for (let count = 0; count < 50; count += 1) await outcome(queries, 'SELECT count(*) FROM users');
    expect((performance.now() - started) / 50).toBeLessThan(30);
    expect(childrenOf(process.pid)).toEqual([child]);
  });

  test('that somebody killed are replaced', async () => {
    const queries = open();
    await outcome(queries, 'SELECT 1');
    const [child = 0] = childrenOf(process.pid);
    process.kill(child, 'SIGKILL');
    await vi.waitFor(() => expect(isRunning(child)).toBe(false));
    expect(await outcome(queries, 'SELECT 2 AS a')).toEqual([{ a: 2 }]);
    expect(childrenOf(process.pid)).not.toContain(child);
  });

  test('end when nothing is asked for a while', async () => {
    const queries = open({ idleMs: 300 });
    await outcome(queries, 'SELECT 1');
    expect(childrenOf(process.pid)).toHaveLength(1);
    await vi.waitFor(() => expect(childrenOf(process.pid)).toEqual([]), { timeout: 5000 });
    expect(await outcome(queries, 'SELECT 2 AS a')).toEqual([{ a: 2 }]);
  });

  test('are gone when it is closed, whatever they were doing', async () => {
    const queries = open();
    await outcome(queries, 'SELECT 1');
    const running = [outcome(queries, endless), outcome(queries, endless), outcome(queries, endless)];
    await setTimeout(300);
    expect(childrenOf(process.pid)).toHaveLength(2);
    await queries.close();
    expect(childrenOf(process.pid)).toEqual([]);
    expect(await Promise.all(running)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
    expect(await outcome(queries, 'SELECT 1')).toBe('CANCELLED');
  });

  test.runIf(existsSync('/proc/self/environ'))('see nothing of the environment', async () => {
    process.env['ENTRA_MCP_CLIENT_SECRET'] = 'the secret of the environment';
    await outcome(open(), 'SELECT 1');
    const [child = 0] = childrenOf(process.pid);
    delete process.env['ENTRA_MCP_CLIENT_SECRET'];
    const names = readFileSync(`/proc/${child}/environ`, 'utf8')
      .split('\0')
      .filter((line) => line !== '');
    expect(names.map((line) => line.split('=')[0]).filter((name) => !name?.startsWith('NODE_CHANNEL_'))).toEqual([]);
  });

  test('that do not start are an error of ours', async () => {
    const queries = createQueries({ file: mirror.file, selection: selectionOf([]), childEntry: '/nowhere/child.js' });
    opened.push(queries);
    expect(await outcome(queries, 'SELECT 1')).toBe('INTERNAL');
  });
});

describe('a server', () => {
  const server = join(import.meta.dirname, 'lone-server.ts');

  test.each(['', 'close'])('ends while a process waits for questions, and takes it along: %j', async (last) => {
    const running = spawn(process.execPath, [server, mirror.file, 'SELECT 1 AS a', last], {
      stdio: 'ignore',
    });
    const started = performance.now();
    const [code] = await once(running, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(15_000);
    await vi.waitFor(() => expect(childrenOf(running.pid ?? 0)).toEqual([]), { timeout: 5000 });
  });

  test('that is killed takes along what runs for it', async () => {
    const running = spawn(process.execPath, [server, mirror.file, endless], { stdio: 'ignore' });
    const own = await vi.waitFor(
      () => {
        const [child] = childrenOf(running.pid ?? 0);
        expect(child).toBeDefined();
        return child ?? 0;
      },
      { timeout: 10_000 },
    );
    await setTimeout(500);
    running.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(own)).toBe(false), { timeout: 5000 });
  });
});
