import { describe, expect, it } from 'vitest';
import { Interrupted, Keyboard } from '../../src/cli/keyboard.ts';
import { fakeTerminal } from './terminal.ts';

describe('a secret typed at a terminal', () => {
  const typed = async (input: string) => {
    const terminal = fakeTerminal({ input, person: true, open: true });
    return { secret: await new Keyboard(terminal).secret('PIN: '), terminal };
  };

  it('is not echoed, and the terminal is given back as it was', async () => {
    const { secret, terminal } = await typed('tulips99\r');
    expect(secret).toBe('tulips99');
    expect(terminal.written.error).toBe('PIN: \n');
    expect(terminal.written.output).toBe('');
    expect(terminal.raw).toEqual([true, false]);
    expect(terminal.typed.isPaused()).toBe(true);
  });

  it.each([
    ['backspace', 'tulipsX\u007F99\r'],
    ['backspace past the beginning', 'X\b\b\btulips99\n'],
    ['a whole line erased', 'wrong\u0015tulips99\r'],
    ['arrow keys', 'tul\u001B[D\u001B[1;5Cips99\u001B[3~\r'],
    ['stray control characters', 'tul\u0001ips\t99\r'],
  ])('understands %s', async (_, keys) => {
    expect((await typed(keys)).secret).toBe('tulips99');
  });

  it('takes letters of every script, also cut between two reads', async () => {
    const terminal = fakeTerminal({ person: true, open: true });
    const secret = new Keyboard(terminal).secret('PIN: ');
    const bytes = Buffer.from('blåbær-山\r', 'utf8');
    for (const byte of bytes) {
      terminal.typed.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await secret).toBe('blåbær-山');
  });

  it('takes pasted lines one at a time', async () => {
    const keyboard = new Keyboard(fakeTerminal({ input: 'old-one\r\nnew-one\r\n', person: true, open: true }));
    expect([await keyboard.secret('a'), await keyboard.secret('b')]).toEqual(['old-one', 'new-one']);
  });

  it.each(['\u0003', 'half\u0003', '\u0004'])('ends at %j, with the terminal given back', async (keys) => {
    const terminal = fakeTerminal({ input: keys, person: true, open: true });
    await expect(new Keyboard(terminal).secret('PIN: ')).rejects.toThrow(Interrupted);
    expect(terminal.raw).toEqual([true, false]);
  });
});

describe('a secret sent by a program', () => {
  const sent = (input: string, open = false) => new Keyboard(fakeTerminal({ input, open })).secret('PIN: ');

  it.each([
    ['with a line feed', 'tulips99\n'],
    ['with CR LF', 'tulips99\r\n'],
    ['without an end of line', 'tulips99'],
  ])('is one line, %s', async (_, input) => {
    expect(await sent(input)).toBe('tulips99');
  });

  it('does not wait for the end of input', async () => {
    expect(await sent('tulips99\n', true)).toBe('tulips99');
  });

  it('is asked for without a prompt', async () => {
    const terminal = fakeTerminal({ input: 'tulips99\n' });
    await new Keyboard(terminal).secret('PIN: ');
    expect(terminal.written).toEqual({ output: '', error: '' });
  });

  it('may come as the second line of the same input, or of a later one', async () => {
    const terminal = fakeTerminal({ input: 'first\nsecond\n', open: true });
    const keyboard = new Keyboard(terminal);
    expect([await keyboard.secret(''), await keyboard.secret('')]).toEqual(['first', 'second']);
    const third = keyboard.secret('');
    setImmediate(() => terminal.typed.write('third\n'));
    expect(await third).toBe('third');
  });

  it.each(['', '\n', '\r\n'])('is refused when it is empty: %j', async (input) => {
    await expect(sent(input)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('is refused when it has no end', async () => {
    await expect(sent('x'.repeat(5000), true)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

it('all reads to the end of input', async () => {
  expect(await new Keyboard(fakeTerminal({ input: '{"a":\n1}\n' })).all()).toBe('{"a":\n1}\n');
});
