import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../src/config/index.ts';
import { ToolError } from '../../src/contract/index.ts';
import { run } from './terminal.ts';

afterEach(() => vi.unstubAllEnvs());

describe('help', () => {
  it('lists every command, and serve among them', async () => {
    const { code, output, error } = await run(['--help']);
    expect(code).toBe(0);
    expect(error).toBe('');
    for (const name of [
      'serve',
      'demo-tenant',
      'tour',
      'tools',
      'call',
      'sync',
      'plans',
      'approve',
      'deny',
      'approver',
      'runs',
      'reveal',
      'policy',
      'audit',
    ]) {
      expect(output).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    }
  });

  it.each([
    [['serve', '--help'], '--demo'],
    [['sync', '--help'], '--watch'],
    [['approver', 'set-pin', '--help'], '--reset'],
    [['audit', 'verify', '--help'], '--head'],
  ])('of %j names its options', async (argv, option) => {
    const { code, output } = await run(argv);
    expect([code, output]).toEqual([0, expect.stringContaining(option)]);
  });

  it('offers no way to give a PIN on the command line', async () => {
    for (const command of [['approve'], ['deny'], ['reveal'], ['approver', 'set-pin']]) {
      expect((await run([...command, '--help'])).output).not.toMatch(/--\S*pin/i);
    }
  });

  it('--version prints the version alone', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, output: '1.2.3\n', error: '' });
  });
});

describe('usage errors exit 2, say what is wrong, and do nothing', () => {
  it.each([
    ['an unknown command', ['aprove', 'x'], 'approve'],
    ['an unknown option', ['plans', '--pin', '1'], '--pin'],
    ['a missing argument', ['approve'], 'id'],
    ['one argument too many', ['approve', 'a', 'b'], 'too many'],
    ['a command group alone', ['audit'], 'verify'],
    ['a number that is none', ['audit', 'tail', '-n', 'many'], 'whole number'],
    ['a number out of range', ['demo-tenant', '--port', '70000'], '65535'],
    ['a head that is none', ['audit', 'verify', '--head', 'abc'], '64'],
    ['arguments that are not JSON', ['call', 'get_user', '{user}'], 'JSON'],
  ])('%s', async (_, argv, hint) => {
    const { code, output, error } = await run(argv);
    expect([code, output, error]).toEqual([2, '', expect.stringContaining(hint)]);
  });

  it('an argument cannot steer the terminal', async () => {
    const { error } = await run(['\u001B[2Jplans']);
    expect(error).not.toContain('\u001B');
  });
});

describe('failures', () => {
  const failing = (thrown: unknown) => ({
    ports: {
      stateDir: () => {
        throw thrown;
      },
    },
  });

  it('wrong settings exit 78, with every problem and its fix', async () => {
    const problems = ['A', 'B'].map((name) => ({
      setting: name,
      message: `${name} is wrong.`,
      fix: `Set ${name} right.`,
    }));
    const { code, error } = await run(['plans'], failing(new ConfigError(problems)));
    expect(code).toBe(78);
    for (const words of ['A is wrong.', 'Set A right.', 'B is wrong.', 'Set B right.']) expect(error).toContain(words);
  });

  it('a ToolError is told by its message and its fix', async () => {
    const { code, error } = await run(
      ['plans'],
      failing(new ToolError('CONFLICT', { message: 'It is gone.', fix: 'Look again.' })),
    );
    expect([code, error]).toEqual([1, 'entra-mcp: It is gone.\n  Look again.\n']);
  });

  it('a shared state folder counts as a wrong setting', async () => {
    const shared = new ToolError('CONFIG_INVALID', { message: 'Others can read it.', fix: 'Run chmod.' });
    expect((await run(['plans'], failing(shared))).code).toBe(78);
  });

  it('a fault shows no stack trace, unless asked for', async () => {
    const fault = new TypeError('no such thing');
    const quiet = await run(['plans'], failing(fault));
    expect([quiet.code, quiet.error]).toEqual([1, expect.stringContaining('no such thing')]);
    expect(quiet.error).not.toContain('usage.test.ts');
    vi.stubEnv('ENTRA_MCP_LOG_LEVEL', 'debug');
    expect((await run(['plans'], failing(fault))).error).toContain('usage.test.ts');
  });
});

describe('colour', () => {
  const failed = () =>
    run(['plans'], {
      person: true,
      ports: {
        stateDir: () => {
          throw new Error('x');
        },
      },
    });

  it('is there on a terminal, and gone with NO_COLOR or on a dumb one', async () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('TERM', 'xterm');
    expect((await failed()).error).toContain('\u001B[');
    vi.stubEnv('TERM', 'dumb');
    expect((await failed()).error).not.toContain('\u001B');
    vi.stubEnv('TERM', 'xterm');
    vi.stubEnv('NO_COLOR', '1');
    expect((await failed()).error).not.toContain('\u001B');
  });
});
