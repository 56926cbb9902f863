import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import { checkedStatement } from '../../../src/directory/query/checking.ts';
import { longestSql, type Token, tokensOf } from '../../../src/directory/query/tokens.ts';

/** Pieces that SQL is made of, and that its quotes and comments get wrong together. */
const pieces = fc.oneof(
  fc.constantFrom("'", '"', '`', '[', ']', '--', '\n', '/*', '*/', ';', '(', ')', ',', '.', '?', ':a', '$a', '@a', '#'),
  fc.constantFrom('SELECT', 'FROM', 'users', 'DROP', 'WITH', 'AS', 'x', "x'", '0x', '1', '1e', '.5', ' ', '\t', '\0'),
  fc.constantFrom('\uFEFF', '\u00a0', 'é', '日', '\ud800', '->>', '||', '$', '::', '\v', 'pragma_x', 'main'),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(pieces, { maxLength: 40 }).map((list) => list.join(''));

function tokensOrError(sql: string): readonly Token[] | ToolError {
  try {
    return tokensOf(sql);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
}

describe('whatever text there is', () => {
  test('is tokens, or a ToolError', () => {
    fc.assert(
      fc.property(text, (sql) => {
        const tokens = tokensOrError(sql);
        if (tokens instanceof ToolError) expect(tokens.code).toBe('INPUT_INVALID');
      }),
    );
  });

  test('is in its tokens, in order, and between them are spaces and comments', () => {
    fc.assert(
      fc.property(text, (sql) => {
        const tokens = tokensOrError(sql);
        if (tokens instanceof ToolError) return;
        let at = 0;
        for (const { start, end, text: own } of tokens) {
          expect(sql.slice(start, end)).toBe(own);
          expect(sql.slice(at, start)).toMatch(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*$/);
          at = end;
        }
      }),
    );
  });

  test('that passes is one statement: nothing in it ends it', () => {
    fc.assert(
      fc.property(text, (sql) => {
        try {
          const checked = checkedStatement(`SELECT ${sql}`, ['users']);
          expect(tokensOf(checked.sql).some((token) => token.kind === 'sign' && token.text === ';')).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is quoted is one token', () => {
  const content = fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .filter((own) => own.isWellFormed() && !/\p{Cc}/u.test(own));
  const kinds = [
    ['string', "'"],
    ['name', '"'],
    ['name', '`'],
  ] as const;

  test.each(kinds)('a %s in %s', (kind, quote) => {
    fc.assert(
      fc.property(content, (own) => {
        const sql = `${quote}${own.replaceAll(quote, quote + quote)}${quote}`;
        const value = kind === 'name' ? own : sql;
        expect(tokensOf(` ${sql} `)).toEqual([{ kind, text: sql, value, start: 1, end: 1 + sql.length }]);
      }),
    );
  });

  test('a name in brackets', () => {
    fc.assert(
      fc.property(content, (own) => {
        const inner = own.replaceAll(']', '');
        expect(tokensOf(`[${inner}]`)).toMatchObject([{ kind: 'name', value: inner }]);
      }),
    );
  });
});

test('the kinds of tokens', () => {
  const sql = 'SELECT "a""b", x\'00ff\', X\'\', 0xFF, 1.5e-3, .5, ?, ?12, :n, @n, $n /* c */ FROM é -- end';
  expect(tokensOf(sql).map(({ kind, value }) => `${kind} ${value}`)).toEqual([
    ...['word SELECT', 'name a"b', 'sign ,', "blob x'00ff'", 'sign ,', "blob X''", 'sign ,', 'number 0xFF', 'sign ,'],
    ...['number 1.5e-3', 'sign ,', 'number .5', 'sign ,', 'parameter ?', 'sign ,', 'parameter ?12', 'sign ,'],
    ...['parameter :n', 'sign ,', 'parameter @n', 'sign ,', 'parameter $n', 'word FROM', 'word é'],
  ]);
});

test.each([
  ["'a''", 'not closed'],
  ["'a'''' b ''", 'not closed'],
  ['"a', 'not closed'],
  ['[a', 'not closed'],
  ['/* a', 'not closed'],
  ['/*/', 'not closed'],
  ["x'0'", 'cannot be read'],
  ["x'zz'", 'cannot be read'],
  ['12a', 'cannot be read'],
  ['1e', 'cannot be read'],
  ['$a(b)', 'cannot be read'],
  [':a::b', 'cannot be read'],
  ['#a', 'U+0023'],
  ['\u2018a\u2019', 'U+2018'],
  ['\uFEFF', 'U+FEFF'],
  ['a\u00a0b', 'U+00A0'],
  ['a\u200bb', 'U+200B'],
  ['a\0', 'control character'],
  ["'\v'", 'control character'],
  ["'\ud800'", 'half a character'],
  ['\\', 'U+005C'],
  [' '.repeat(longestSql + 1), 'characters long'],
])('%j is refused: %s', (sql, why) => {
  expect(() => tokensOf(sql)).toThrow(why);
});

test('a text of the longest length is read at once', () => {
  const started = performance.now();
  for (const piece of ["'", "''", '"a', '/*', '--', '(', 'a', '1', '1.', 'x', ' ', '/']) {
    tokensOrError(piece.repeat(Math.floor(longestSql / piece.length)));
  }
  expect(performance.now() - started).toBeLessThan(1000);
});
