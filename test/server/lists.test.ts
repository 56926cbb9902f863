import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Page } from '../../src/contract/index.ts';
import { answered, errorOf, textOf } from './calls.ts';
import { type FakeOptions, fakes, keptThings, listThings } from './fake-ports.ts';

const limit = 64 * 1024;

interface Thing {
  id: string;
  displayName: string | null;
}

/** Pages by link: `undefined`, 'p1', 'p2' … each with its items. */
function pagesOf(pages: readonly (readonly Thing[])[], total?: number) {
  return async (next: string | undefined): Promise<Page<unknown>> => {
    const at = next === undefined ? 0 : Number(next.slice(1));
    const items = pages[at] ?? [];
    return {
      items,
      ...(at + 1 < pages.length ? { next: `p${at + 1}` } : {}),
      ...(at === 0 && total !== undefined ? { total } : {}),
    };
  };
}

function things(count: number, nameLength: number, from = 0): Thing[] {
  return Array.from({ length: count }, (_, i) => ({ id: `id${from + i}`, displayName: 'n'.repeat(nameLength) }));
}

function idsOf(data: Record<string, unknown>): unknown[] {
  const { items } = data;
  if (!Array.isArray(items)) throw new Error('No items');
  return items.map((item) => item.id);
}

/** Reads a list to its end, holding every answer to the limit. */
async function wholeList(options: FakeOptions, args: Record<string, unknown> = {}) {
  const { ports } = fakes(options);
  const [items, notes]: [unknown[], string[]] = [[], []];
  let cursor: unknown;
  do {
    const answer = await answered(ports, 'list_things', cursor === undefined ? args : { ...args, cursor });
    const text = textOf(answer);
    expect(answer.isError, text.slice(0, 300)).toBeUndefined();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limit);
    notes.push(text.split('\n<<tenant-data')[0] ?? '');
    const found = answer.structuredContent['items'];
    if (!Array.isArray(found)) throw new Error('No items');
    items.push(...found);
    cursor = answer.structuredContent['nextCursor'];
    if (cursor !== undefined) expect(found.length).toBeGreaterThan(0);
  } while (cursor !== undefined);
  return { items, notes };
}

describe('a list', () => {
  test('asks for pageSize items, gives the total of the first page, and goes on after nextCursor', async () => {
    const asked: [string | undefined, number][] = [];
    const pages = pagesOf([things(3, 5), things(2, 5, 3)], 5);
    const { ports } = fakes({
      pages: (next, top) => {
        asked.push([next, top]);
        return pages(next);
      },
    });
    const first = await answered(ports, 'list_things', { pageSize: 3 });
    expect(idsOf(first.structuredContent)).toEqual(['id0', 'id1', 'id2']);
    expect(first.structuredContent['total']).toBe(5);
    expect(textOf(first)).toMatch(/^list_things answers 3 items of 5:\nThere is more: call again/);
    const { nextCursor } = first.structuredContent;
    const second = await answered(ports, 'list_things', { pageSize: 3, cursor: nextCursor });
    expect(idsOf(second.structuredContent)).toEqual(['id3', 'id4']);
    expect(second.structuredContent['nextCursor']).toBeUndefined();
    expect(asked).toEqual([
      [undefined, 3],
      ['p1', 3],
    ]);
  });

  test('passes over empty pages to the first items, and keeps the total', async () => {
    const answer = await answered(fakes({ pages: pagesOf([[], [], things(1, 5), []], 1) }).ports, 'list_things', {});
    expect(idsOf(answer.structuredContent)).toEqual(['id0']);
    expect(answer.structuredContent['total']).toBe(1);
  });

  test('of nothing but empty pages ends', async () => {
    const answer = await answered(fakes({ pages: pagesOf([[], [], []]) }).ports, 'list_things', {});
    expect(answer.structuredContent).toEqual({ items: [] });
  });

  test('whose empty page leads to itself ends in an error instead of running on', async () => {
    const { ports } = fakes({ pages: async () => ({ items: [], next: 'p1' }) });
    expect(errorOf(await answered(ports, 'list_things', {})).code).toBe('UPSTREAM');
  });

  test('past 64 KB is cut, says so, and goes on where it was cut', async () => {
    const pages = [things(100, 2000)];
    const { items, notes } = await wholeList({ pages: pagesOf(pages) }, { pageSize: 100 });
    expect(items).toEqual(pages.flat());
    expect(notes[0]).toMatch(/Cut at 64 KB, after \d+ of the 100 items of this page; nextCursor goes on there/);
    expect(notes.at(-1)).not.toContain('Cut');
  });

  test('counts characters that are shown as escapes at the size they are shown', async () => {
    const pages = [Array.from({ length: 50 }, (_, i) => ({ id: `id${i}`, displayName: '\u200b'.repeat(400) }))];
    const { items } = await wholeList({ pages: pagesOf(pages) }, { pageSize: 100 });
    expect(items).toHaveLength(50);
  });

  test('with an item that no answer can hold shortens that item and says so', async () => {
    const pages = [[...things(1, 5), { id: 'big', displayName: 'b'.repeat(200_000) }, ...things(1, 5, 1)]];
    const { items, notes } = await wholeList({ pages: pagesOf(pages) });
    expect(items.map((item) => (item as Thing).id)).toEqual(['id0', 'big', 'id1']);
    expect(notes.join()).toContain('larger than an answer can be');
  });

  test('gives at most pageSize items where a page has more, and loses none', async () => {
    const { items } = await wholeList({ pages: pagesOf([things(10, 5), things(3, 5, 10)]) }, { pageSize: 4 });
    expect(items).toEqual([...things(10, 5), ...things(3, 5, 10)]);
  });
});

describe('a list of what the server keeps', () => {
  /** Reads it to its end. */
  async function whole(all: readonly Thing[], pageSize: number) {
    const { ports } = fakes({ tools: [keptThings(all)] });
    const [items, sizes]: [unknown[], number[]] = [[], []];
    let cursor: unknown;
    do {
      const args = { pageSize, ...(cursor === undefined ? {} : { cursor }) };
      const { structuredContent } = await answered(ports, 'list_kept', args);
      items.push(...idsOf(structuredContent));
      sizes.push(Buffer.byteLength(JSON.stringify(structuredContent)));
      expect(structuredContent['total']).toBe(all.length);
      cursor = structuredContent['nextCursor'];
    } while (cursor !== undefined);
    return { items, sizes };
  }

  test.each([1, 2, 3, 100])('goes on where its cursor says, %i a page', async (pageSize) => {
    const all = things(6, 5);
    const { items, sizes } = await whole(all, pageSize);
    expect(items).toEqual(all.map(({ id }) => id));
    expect(sizes).toHaveLength(Math.ceil(6 / pageSize));
  });

  test('is cut at 64 KB, and loses nothing', async () => {
    const all = things(60, 3000);
    const { items, sizes } = await whole(all, 100);
    expect(items).toEqual(all.map(({ id }) => id));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    expect(sizes.length).toBeGreaterThan(2);
  });

  test('takes no cursor of another question', async () => {
    const { ports } = fakes({ tools: [keptThings(things(6, 5))] });
    const { structuredContent } = await answered(ports, 'list_kept', { pageSize: 2 });
    const args = { pageSize: 3, cursor: structuredContent['nextCursor'] };
    expect(errorOf(await answered(ports, 'list_kept', args)).code).toBe('INPUT_INVALID');
  });
});

describe('a cursor', () => {
  const options: FakeOptions = { pages: pagesOf([things(2, 5), things(2, 5, 2)]) };

  async function cursorOf(more: FakeOptions = {}): Promise<string> {
    const answer = await answered(fakes({ ...options, ...more }).ports, 'list_things', { text: 'a' });
    return String(answer.structuredContent['nextCursor']);
  }

  test('is good in the same process for the same question', async () => {
    const answer = await answered(fakes(options).ports, 'list_things', { text: 'a', cursor: await cursorOf() });
    expect(idsOf(answer.structuredContent)).toEqual(['id2', 'id3']);
  });

  test('shows nothing of the page link', async () => {
    expect(Buffer.from(await cursorOf(), 'base64url').toString('latin1')).not.toContain('p1');
  });

  test.each<[string, FakeOptions, Record<string, unknown>]>([
    ['other arguments', {}, { text: 'b' }],
    ['no arguments', {}, {}],
    ['another page size', {}, { text: 'a', pageSize: 2 }],
    ['another tenant', { tenantId: 'tenant2' }, { text: 'a' }],
    ['another process', { key: new Uint8Array(32).fill(9) }, { text: 'a' }],
    ['another tool', { tools: [{ ...listThings, name: 'list_others' }] }, { text: 'a' }],
  ])('is refused for %s', async (_name, more, args) => {
    const tool = more.tools?.[0]?.name ?? 'list_things';
    const answer = await answered(fakes({ ...options, ...more }).ports, tool, { ...args, cursor: await cursorOf() });
    const error = errorOf(answer);
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.detail?.['fields']).toEqual([{ field: 'cursor', problem: 'does not belong to this question' }]);
  });

  test('is refused when any of its characters is another', async () => {
    const cursor = await cursorOf();
    const { ports } = fakes(options);
    await fc.assert(
      fc.asyncProperty(fc.nat(cursor.length - 1), fc.constantFrom(...'AZaz09-_=+/ é'), async (at, char) => {
        fc.pre(cursor[at] !== char);
        const changed = cursor.slice(0, at) + char + cursor.slice(at + 1);
        const answer = await answered(ports, 'list_things', { text: 'a', cursor: changed });
        expect(errorOf(answer).code).toBe('INPUT_INVALID');
      }),
    );
  });
});

test('whatever the sizes of pages and items, all answers together are the collection, once and in order', async () => {
  const name = fc
    .tuple(fc.nat(3), fc.constantFrom(1, 30, 900, 15_000), fc.constantFrom('a', 'é', '\u202e', '"', '\n', '😀'))
    .map(([count, length, char]) => char.repeat(Math.min(length * (count + 1), 4000 / char.length)));
  const page = fc.array(name, { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.array(page, { maxLength: 5 }), fc.integer({ min: 1, max: 100 }), async (names, pageSize) => {
      let id = 0;
      const pages = names.map((list) => list.map((displayName) => ({ id: `id${id++}`, displayName })));
      const { items } = await wholeList({ pages: pagesOf(pages) }, { pageSize });
      expect(idsOf({ items })).toEqual(pages.flat().map((thing) => thing.id));
    }),
    { numRuns: 40 },
  );
});
