import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { padded, widthOf, withoutLast, wrapped } from '../../../src/cli/screen/width.ts';

describe('widthOf', () => {
  it.each([
    ['Maya', 4],
    ['Siobhán', 7],
    ['Siobha\u0301n', 7],
    ['山田', 4],
    ['김', 2],
    ['👩‍💻', 2],
    ['', 0],
  ])('%s takes %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });
});

describe('wrapped', () => {
  it('breaks at spaces, and inside a word that is longer than a line', () => {
    expect(wrapped('Disable maya.lindqvist@contoso.example now', 12)).toEqual([
      'Disable',
      'maya.lindqvi',
      'st@contoso.e',
      'xample now',
    ]);
  });

  it('keeps every character, in lines that fit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 60 }), (text, width) => {
        const lines = wrapped(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

it('padded fills up to a column', () => {
  expect(padded('山', 4)).toBe('山  ');
  expect(padded('long', 2)).toBe('long');
});

it('withoutLast takes a whole visible character away', () => {
  expect(withoutLast('aé')).toBe('a');
  expect(withoutLast('ae\u0301')).toBe('a');
  expect(withoutLast('')).toBe('');
});
