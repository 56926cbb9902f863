import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../terminal.ts';

const entry = new URL('../../../src/main.ts', import.meta.url).pathname;
const systemClock = { now: Date.now, sleep: () => new Promise<void>(() => {}) };

describe('the tour, as a process of its own without a terminal', () => {
  let scratch: string;
  let ended: { code: number | null; output: string; error: string };

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'entra-mcp-tour-test-'));
    const child = spawn(process.execPath, [entry, 'tour'], {
      env: { ...process.env, TMPDIR: scratch, COLUMNS: '120' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { output: '', error: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text.output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text.error += chunk;
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    ended = { code, ...text };
  }, 60_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('exits 0, and says that every step showed what it should', () => {
    expect([ended.code, ended.error]).toEqual([0, '']);
    expect(ended.output).toContain('All 10 steps showed what they should');
  });

  it('shows the whole way in its order', () => {
    const milestones = [
      'search_users {',
      'get_user {',
      'INPUT_INVALID',
      'disable_user {',
      'approval_required',
      'Wrong approver PIN.',
      'The agent says: "',
      'Approved and signed.',
      'completed: {',
      'accountEnabled is false',
      'the recorded outcome',
      'write-sending',
      'unbroken',
      'claude mcp add',
    ];
    const places = milestones.map((words) => ended.output.indexOf(words));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('tells how to connect a client to this very program', () => {
    const [, json = ''] = ended.output.split(/most other clients:\n/);
    const snippet = JSON.parse(json.slice(0, json.indexOf('  Claude Code')));
    expect(snippet).toEqual({
      mcpServers: { 'entra-demo': { command: process.execPath, args: [entry, 'serve', '--demo'] } },
    });
  });

  it('leaves nothing behind', () => {
    expect(readdirSync(scratch).filter((name) => name.startsWith('entra-mcp-tour-'))).toEqual([]);
  });
});

describe('a tour that cannot show what it should', () => {
  it('exits 1 and says what was missing', async () => {
    const server = new URL('toolless-server.ts', import.meta.url).pathname;
    const { code, output, error } = await run(['tour'], {
      ports: { self: [process.execPath, server], clock: systemClock },
    });
    expect([code, error]).toEqual([1, expect.stringContaining('Not shown: the tools search_users')]);
    expect(output).not.toContain('All 10 steps');
  });

  it('exits 1 where the server does not even start', async () => {
    const { code, error } = await run(['tour'], {
      ports: { self: [process.execPath, '-e', 'console.error("no luck"); process.exit(3)', '--'], clock: systemClock },
    });
    expect(code).toBe(1);
    expect(error.replaceAll(/\s+/g, ' ')).toContain('The server did not start. no luck');
  });
});
