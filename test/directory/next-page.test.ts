import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peekedNext } from '../../src/directory/next-page.ts';

const peeked = (text: string) => peekedNext(Buffer.from(text));
const link = 'https://graph.test/v1.0/users/delta?$skiptoken=a"b\\c/é😀';
const key = '"@odata.nextLink":';

/** Texts that hold the key, in whatever way a text can. */
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    key,
    `${key}"x"`,
    `,${key}"https://evil.test/"}`,
    `\\${key}`,
    `\\"@odata.nextLink\\":"x"`,
    '"',
    '\\',
    '}',
  ),
  fc.string().map((text) => `${text}${key}"${text}"}`),
);

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    hostile,
    fc.constantFrom(null, true, 7, -1.5e9),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(hostile, fc.constant('@odata.nextLink')), tie('tree'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}));

const member = fc.tuple(fc.oneof(fc.constantFrom('@odata.context', '@odata.count', 'value'), hostile), tree);
const next = fc.tuple(fc.constant('@odata.nextLink'), fc.oneof({ weight: 5, arbitrary: hostile }, tree));
const page = fc
  .tuple(fc.array(member, { maxLength: 4 }), fc.option(next, { nil: undefined }), fc.array(member, { maxLength: 3 }))
  .map(([before, own, after]) => Object.fromEntries([...before, ...(own === undefined ? [] : [own]), ...after]));

describe('a peek at the next link', () => {
  it('never says anything but what the parsed page does', () => {
    fc.assert(
      fc.property(page, fc.constantFrom(undefined, 1, '\t', '\n  '), (body, space) => {
        const text = JSON.stringify(body, null, space);
        const found = peeked(text);
        if (found !== undefined) expect(found).toBe(JSON.parse(text)['@odata.nextLink']);
      }),
      { numRuns: 3000 },
    );
  });

  it('finds what stands before the objects, after them, or is written with escapes', () => {
    const value = [{ id: 'u1', displayName: `${key}"x"}` }];
    const [own, context] = [
      { '@odata.nextLink': link },
      { '@odata.context': 'https://x/$metadata#users', '@odata.count': 7 },
    ];
    for (const body of [
      { ...own, value },
      { ...context, ...own, value },
      { value, ...own },
      { ...context, value, ...own },
      own,
    ]) {
      expect(peeked(JSON.stringify(body))).toBe(link);
      expect(peeked(` \r\n${JSON.stringify(body).replace(/"@odata.nextLink":/, '"@odata.nextLink": \n')}\n`)).toBe(
        link,
      );
    }
    const escaped = JSON.stringify({ ...own, value })
      .replaceAll('/', '\\/')
      .replaceAll('é', '\\u00e9');
    expect(peeked(escaped)).toBe(link);
  });

  it('leaves to the parser what it does not find at its place', () => {
    for (const text of [
      ...['', '{}', '{"value":[]}', 'no JSON', '{"@odata.nextLink":', '{"@odata.nextLink":"', '{"@odata.nextLink":7}'],
      ...['{"@odata.nextLink" :"x"}', '{"\\u0040odata.nextLink":"x"}', '{"@odata.nextLink":"a\nb"}'],
      ...['{"value":[{"@odata.nextLink":"x"}]}', '{"a":{"@odata.nextLink":"x"},"value":[]}'],
      ...['{"value":[],"@odata.nextLink":"x","more":1}', `{"@odata.nextLink":"${'x'.repeat(9000)}"}`],
      '{"value":[{"members@odata.nextLink":"x"}]}',
    ]) {
      expect(peeked(text), text).toBe(undefined);
    }
  });

  it('reads a part of a larger piece of memory', () => {
    const whole = Buffer.from(`{"@odata.nextLink":"other"}{"@odata.nextLink":"own"}{"@odata.nextLink":"other"}`);
    expect(peekedNext(whole.subarray(27, 27 + 25))).toBe('own');
  });
});
