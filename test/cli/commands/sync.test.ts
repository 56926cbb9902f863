import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliPorts, runCli } from '../../../src/cli/index.ts';
import { type DirectoryCall, type SyncReport, ToolError } from '../../../src/contract/index.ts';
import { HandFilled } from '../../directory/hand-filled.ts';
import { emptyReplay, replay } from '../../directory/replay.ts';
import { VirtualClock } from '../../graph/virtual-clock.ts';
import { fakeTerminal, run } from '../terminal.ts';

const secret = 's'.repeat(32);
const counts = { created: 0, updated: 0, deleted: 0, purged: 0, total: 0 };
const report = (more: Partial<SyncReport> = {}): SyncReport => ({
  ...{ mode: 'changes', users: counts, groups: counts, memberships: { added: 0, removed: 0, total: 0 } },
  ...{ pages: 2, requests: 3, durationMs: 2100, cursor: 'c1.ab.0' },
  ...more,
});

let mirror: HandFilled;
let clock: VirtualClock;
/** What the next syncs do; an empty report where there is nothing left. */
let rounds: ((call: DirectoryCall) => SyncReport | Promise<SyncReport>)[];
let syncs: number;
let opened: number;
beforeEach(() => {
  mirror = new HandFilled();
  for (const id of ['u1', 'u2']) mirror.put('users', id, { displayName: id });
  mirror.completed();
  clock = new VirtualClock();
  [rounds, syncs, opened] = [[], 0, 0];
});
afterEach(() => mirror.remove());

const ports = (syncSecret: string | undefined = secret): Partial<CliPorts> => ({
  clock,
  random: { bytes: (length) => new Uint8Array(length).fill(255) },
  openDirectory: async () => {
    opened += 1;
    const close = async () => {
      opened -= 1;
    };
    const directory = {
      sync: async (call: DirectoryCall) => {
        syncs += 1;
        return (rounds.shift() ?? (() => report()))(call);
      },
      changes: mirror.changes,
      query: () => Promise.reject(new Error('no queries here')),
      describe: () => Promise.reject(new Error('no description here')),
    };
    return { tenantId: 't', directory, file: mirror.file, syncSecret, syncIntervalMs: 300_000, close };
  },
});
const fails = (error: unknown) => () => Promise.reject(error);
const refusal = (code: ToolError['code'], retryAfterMs?: number) =>
  new ToolError(code, {
    message: `It is ${code}.`,
    fix: 'Do it.',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
const target = (name = 'changes.ndjson') => join(mirror.folder, name);
const lines = (name?: string) =>
  readFileSync(target(name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('sync', () => {
  it('prints a table of counts', async () => {
    rounds.push(() =>
      report({
        mode: 'first',
        users: { ...counts, created: 20_000, total: 20_000 },
        memberships: { added: 7, removed: 1, total: 90 },
        signIns: { users: 12, complete: false },
        warnings: ['Licenses have no names.'],
      }),
    );
    const { code, output, error } = await run(['sync'], { ports: ports() });
    expect([code, error, opened]).toEqual([0, '', 0]);
    expect(output.split('\n').map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(/^ +new +changed +deleted +purged +now$/),
      expect.stringMatching(/^users +20000 +0 +0 +0 +20000$/),
      expect.stringMatching(/^groups +0 +0 +0 +0 +0$/),
      expect.stringMatching(/^memberships +7 +1 +90$/),
      '',
      'First sync: 2 pages, 3 requests, 2.1 s.',
      'Sign-in activity of 12 users; the next sync goes on.',
      'Licenses have no names.',
      '',
    ]);
  });

  it('with --json prints the report, and nothing else to stdout', async () => {
    const { output, error } = await run(['sync', '--json', '--to', target()], { ports: ports() });
    expect(JSON.parse(output)).toEqual(report());
    expect(error).toBe(`2 changes to file://${target()}\n`);
  });

  it('says how far it is, once a second at most, on stderr', async () => {
    rounds.push(async ({ progress }) => {
      progress('page 1');
      await clock.advance(1000);
      progress('page 2');
      progress('page 3');
      await clock.advance(1000);
      progress('page 4');
      return report();
    });
    expect((await run(['sync'], { ports: ports() })).error).toBe('page 2\npage 4\n');
  });

  it('delivers to each target what it has not had', async () => {
    const both = ['sync', '--to', target(), '--to', `file://${target('other.ndjson')}`];
    await run(['sync', '--to', target()], { ports: ports() });
    mirror.take('users', 'u2');
    expect((await run(both, { ports: ports() })).code).toBe(0);
    expect(lines().map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'user_created u1',
      'user_created u2',
      'user_deleted u2',
    ]);
    expect(lines('other.ndjson').map(({ id }) => id)).toEqual(['u1']);
    for (const name of [undefined, 'other.ndjson']) {
      expect(replay(emptyReplay(), lines(name))).toEqual(mirror.contents());
    }
  });

  it('a target that stops holds up no other, and it exits 1', async () => {
    const argv = ['sync', '--to', mirror.folder, '--to', target()];
    const { code, error } = await run(argv, { ports: ports() });
    expect([code, lines().length, opened]).toEqual([1, 2, 0]);
    expect(error).toContain('is not a file');
  });

  it('that fails delivers nothing, and is told', async () => {
    rounds.push(fails(refusal('CONFLICT')));
    const { code, error } = await run(['sync', '--to', target()], { ports: ports() });
    expect([code, error, opened]).toEqual([1, 'entra-mcp: It is CONFLICT.\n  Do it.\n', 0]);
    expect(() => lines()).toThrow(/ENOENT/);
  });

  it('ends with Ctrl-C, exits 130, and is closed', async () => {
    rounds.push(({ signal }) => {
      process.emit('SIGINT');
      return signal.aborted ? Promise.reject(refusal('CANCELLED')) : report();
    });
    const { code, error } = await run(['sync'], { ports: ports() });
    expect([code, opened, process.listenerCount('SIGINT')]).toEqual([130, 0, 0]);
    expect(error).toContain('goes on there');
  });
});

describe('a target that cannot be', () => {
  it.each([
    ['http://example.org/hunter2', /https/],
    ['https://hunter2@example.org/', /user name/],
    ['gopher://hunter2', /scheme/],
  ])('%s is refused before anything is opened', async (to, message) => {
    const { code, output, error } = await run(['sync', '--to', to]);
    expect([code, output, error]).toEqual([78, '', expect.stringMatching(message)]);
    expect(error).not.toContain('hunter2');
  });

  it.each([
    ['scim:hr', secret, /not available yet/],
    ['https://example.org/hook?key=hunter2', undefined, /ENTRA_MCP_SYNC_SECRET/],
  ])('%s is refused before the sync', async (to, syncSecret, message) => {
    const without = { ...ports(), openDirectory: async () => ({ ...(await openedWith()), syncSecret }) };
    const { code, error } = await run(['sync', '--to', to], { ports: without });
    expect([code, syncs, opened, error]).toEqual([78, 0, 0, expect.stringMatching(message)]);
    expect(error).not.toContain('hunter2');
  });

  const openedWith = () => {
    const { openDirectory } = ports();
    if (openDirectory === undefined) throw new TypeError('none');
    return openDirectory({ demo: false });
  };
});

it.each([
  [['sync', '--interval', '10s'], '30s'],
  [['sync', '--to'], 'argument missing'],
  [['sync', 'now'], 'too many'],
])('%j is a usage error', async (argv, hint) => {
  const { code, error } = await run(argv);
  expect([code, error]).toEqual([2, expect.stringContaining(hint)]);
});

describe('sync --watch', () => {
  /** Runs it while a test looks on; `until` waits, and `end` asks it to end. */
  function watching(argv: readonly string[], own: Partial<CliPorts> = ports()) {
    const terminal = fakeTerminal();
    const unused = () => Promise.reject(new Error('not here'));
    const ended = runCli(['sync', '--watch', ...argv], {
      ...{ version: '1', clock, random: { bytes: () => new Uint8Array(1) }, self: ['node', 'x'], stateDir: () => '' },
      policyFile: () => undefined,
      ...{ inventory: unused, startDemo: unused, openServer: unused, openDirectory: unused, setup: unused },
      ...{ signsIn: () => false, decisionPage: unused },
      ...own,
      terminal,
    });
    const until = async (holds: () => boolean) => {
      while (!holds()) await sleep(2);
    };
    const end = async () => {
      process.emit('SIGTERM');
      return ended;
    };
    return { terminal, ended, until, end };
  }
  const asleep = (count: number) => () => syncs === count && clock.sleeping > 0;
  const written = (name?: string) => {
    try {
      return lines(name).length;
    } catch {
      return 0;
    }
  };

  it('syncs, delivers, waits, and again, until it is asked to end', async () => {
    const { terminal, until, end } = watching(['--to', target()]);
    await until(() => asleep(1)() && written() === 2);
    rounds.push(() => {
      mirror.put('users', 'u3', { displayName: 'u3' });
      return report({ users: { ...counts, created: 1, total: 3 } });
    });
    // 5 minutes and a tenth, by the highest byte.
    await clock.advance(329_999);
    expect(syncs).toBe(1);
    await clock.advance(1);
    await until(() => asleep(2)() && written() === 3);
    await clock.advance(330_000);
    await until(asleep(3));
    expect(await end()).toBe(0);
    expect([opened, process.listenerCount('SIGTERM')]).toEqual([0, 0]);
    expect(terminal.written.output.split('\n').slice(-3)).toEqual([
      '2026-11-22 12:05:30 UTC  users: 1 new',
      '2026-11-22 12:11:00 UTC  nothing changed',
      '',
    ]);
    expect(terminal.written.error).toBe(`2 changes to file://${target()}\n1 change to file://${target()}\n`);
  });

  it('--interval goes before the setting, and --json prints a line for each round', async () => {
    const { terminal, until, end } = watching(['--interval', '30s', '--json']);
    await until(asleep(1));
    await clock.advance(33_000);
    await until(asleep(2));
    await end();
    expect(clock.waits).toEqual([33_000, 33_000]);
    expect(
      terminal.written.output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([report(), report()]);
  });

  it('a round that failed is told and tried again; what is there is delivered', async () => {
    rounds.push(
      fails(refusal('UPSTREAM')),
      fails(refusal('CONFLICT')),
      fails(new TypeError('odd')),
      fails(refusal('THROTTLED', 1_000_000)),
      fails(refusal('THROTTLED', 5000)),
    );
    const { terminal, until, end } = watching(['--to', target()]);
    for (let round = 1; round <= 5; round += 1) {
      await until(asleep(round));
      await clock.advance(clock.waits.at(-1) ?? 0);
    }
    await until(() => asleep(6)() && written() === 2);
    expect(await end()).toBe(0);
    expect(clock.waits).toEqual([330_000, 330_000, 330_000, 1_000_000, 330_000, 330_000]);
    const { error } = terminal.written;
    for (const told of ['It is UPSTREAM.', 'Another process syncs', 'odd', 'It is THROTTLED.']) {
      expect(error).toContain(told);
    }
  });

  it.each([
    ['AUTH_REQUIRED', 1],
    ['NOT_PERMITTED', 1],
    ['CONFIG_INVALID', 78],
  ] as const)('%s ends it', async (code, exit) => {
    rounds.push(() => report(), fails(refusal(code)));
    const { ended, terminal, until } = watching(['--to', target()]);
    await until(asleep(1));
    await clock.advance(330_000);
    expect(await ended).toBe(exit);
    expect([opened, terminal.written.error]).toEqual([0, expect.stringContaining(`It is ${code}.`)]);
  });

  it('a target that stopped is told, the others go on, and it exits 1 at its end', async () => {
    const { terminal, until, end } = watching(['--to', mirror.folder, '--to', target()]);
    await until(() => asleep(1)() && terminal.written.error.includes('is not a file'));
    mirror.put('users', 'u3', {});
    await clock.advance(330_000);
    await until(() => asleep(2)() && written() === 3);
    expect(terminal.written.error.split('is not a file')).toHaveLength(2);
    expect(await end()).toBe(1);
  });

  it('ends where no target is left', async () => {
    const { ended } = watching(['--to', mirror.folder]);
    expect([await ended, opened]).toEqual([1, 0]);
  });

  describe('with a receiver that does not answer', () => {
    let server: Server;
    let requests: number;
    beforeEach(async () => {
      requests = 0;
      server = createServer(() => {
        requests += 1;
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    it('holds up neither the rounds nor the other target, and ends at once', async () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const { until, end } = watching(['--to', `http://127.0.0.1:${port}/?key=hunter2`, '--to', target()]);
      await until(() => asleep(1)() && requests === 1 && written() === 2);
      mirror.put('users', 'u3', {});
      await clock.advance(330_000);
      await until(() => syncs === 2 && written() === 3);
      const asked = performance.now();
      expect(await end()).toBe(0);
      expect(performance.now() - asked).toBeLessThan(1000);
      expect(opened).toBe(0);
    });
  });
});
