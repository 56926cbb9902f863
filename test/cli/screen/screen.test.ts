import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Screen, type Sheet } from '../../../src/cli/screen/screen.ts';
import { widthOf } from '../../../src/cli/screen/width.ts';
import { fakeTerminal } from '../terminal.ts';

const plain: Sheet = { width: 80, colour: false, wholeRows: false, pages: false };

function drawn(sheet: Partial<Sheet>, draw: (screen: Screen) => void): string {
  const terminal = fakeTerminal();
  const chunks: string[] = [];
  terminal.output.write = (chunk: unknown) => {
    chunks.push(String(chunk));
    return true;
  };
  draw(new Screen(terminal.output, { ...plain, ...sheet }));
  return chunks.join('');
}

/** What would steer a terminal, or hide. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\u001B[2J', '\u001B]0;title\u0007', '\u009B31m', 'a\r\nb', '\u202Eabc', '\u{E0041}', '\u007F'),
);

describe('Screen', () => {
  it('lets no text steer the terminal, whichever way it is written', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const written = drawn({}, (screen) => {
          screen.line(text, { text, ink: 'red' });
          screen.paragraph(text, { first: '> ', ink: 'bold' });
          screen.lines(text);
          screen.table([{ title: 'a' }, { title: 'b' }], [[text, text]]);
          screen.json({ [text]: text });
        });
        expect(written.replaceAll('\n', '')).not.toMatch(unseen);
      }),
    );
  });

  it('writes one line for a line, whatever stands in it', () => {
    expect(drawn({}, (screen) => screen.line('a\nb\u001B[1m'))).toBe('a⟨U+000A⟩b⟨U+001B⟩[1m\n');
  });

  it('writes JSON that says the same as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), hostile, (value, text) => {
        const whole = { value, text };
        const written = drawn({}, (screen) => screen.json(whole, 2));
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
    );
  });

  it('colours only where it may', () => {
    const line = (screen: Screen) => screen.line({ text: 'x', ink: 'red' });
    expect(drawn({ colour: true }, line)).toBe('\u001B[31mx\u001B[0m\n');
    expect(drawn({ colour: false }, line)).toBe('x\n');
  });

  it('takes a page away even where drawing it fails', async () => {
    const terminal = fakeTerminal();
    const screen = new Screen(terminal.output, plain);
    await expect(screen.apart(() => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.written.output).toSatisfy((text: string) => text.endsWith('\u001B[?1049l'));
  });
});

describe('table', () => {
  const columns = [{ title: 'id' }, { title: 'what' }];
  const text = 'Disable Maya Lindqvist and tell her manager about it';

  it('wraps the last column into what the others leave', () => {
    expect(drawn({ width: 40 }, (screen) => screen.table(columns, [['7', text]]))).toBe(
      'id  what\n7   Disable Maya Lindqvist and tell her\n    manager about it\n',
    );
  });

  it('puts the last column under its row where too little is left', () => {
    const id = 'f'.repeat(32);
    expect(drawn({ width: 50 }, (screen) => screen.table(columns, [[id, text]]))).toBe(
      `id\n${id}\n    Disable Maya Lindqvist and tell her manager\n    about it\n`,
    );
  });

  it('keeps a row on one line for programs', () => {
    const written = drawn({ width: 40, wholeRows: true }, (screen) => screen.table(columns, [['7', text]]));
    expect(written).toBe(`id  what\n7   ${text}\n`);
  });

  it('lines up wide characters', () => {
    const rows = [
      ['山田', 'x'],
      ['ab', 'y'],
    ];
    const [, first = '', second = ''] = drawn({}, (screen) => screen.table(columns, rows)).split('\n');
    expect(widthOf(first.slice(0, first.indexOf('x')))).toBe(second.indexOf('y'));
  });
});
