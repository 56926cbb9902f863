import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { odata, path, searchClause, ToolError } from '../../src/contract/index.ts';
import { QueryWriter } from '../../src/graph/query.ts';
import { GraphRoot } from '../../src/graph/root.ts';

const root = new GraphRoot('https://graph.microsoft.com');
const queries = new QueryWriter();
const schema = z.object({ id: z.string(), displayName: z.string() });

/** Whatever a person or a model may type, and what attackers like. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('/', '\\', '?', '#', '&', '%', '.', '$', "'", '"', ';', '@', ':', ' ', '2', 'e', 'f'),
  }),
  fc.constantFrom(
    '../..',
    '%2e%2e',
    '..%2f',
    '//evil.example',
    'x?$select=passwordProfile',
    '$ref',
    "a'b",
    '\u202e',
    'ä@b.c',
  ),
);

describe('an address', () => {
  it('keeps its host, its segments and its query, whatever the values are', () => {
    fc.assert(
      fc.property(anyText, anyText, (group, member) => {
        let target: string;
        try {
          target = root.target(path`/groups/${group}/members/${member}`, '/$ref') + queries.write(schema);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INPUT_INVALID' });
          expect(error).toBeInstanceOf(ToolError);
          return;
        }
        const url = new URL(target, root.origin);
        // A value that begins with `$` is a key of its collection: groups('$x').
        const segments = url.pathname.replace(/\('/g, "/('").split('/');
        expect(url.origin).toBe('https://graph.microsoft.com');
        expect(segments).toHaveLength(7);
        expect([segments[1], segments[2], segments[4], segments[6]]).toEqual(['v1.0', 'groups', 'members', '$ref']);
        expect(url.search).toBe('?$select=id,displayName');
        expect(url.hash).toBe('');
        expect(target).toMatch(/^[!-~]+$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused where it was not made by path', () => {
    const fake = { url: '/users', template: '/users', values: [] };
    expect(() => Reflect.apply(root.target, root, [fake])).toThrow(TypeError);
  });
});

describe('a query', () => {
  it('says what was asked and nothing else, whatever the values are', () => {
    fc.assert(
      fc.property(anyText, anyText, (name, words) => {
        fc.pre(name.isWellFormed() && words.isWellFormed());
        const filter = odata`displayName eq ${name}`;
        const search = searchClause('displayName', words);
        const sent = new URL(`/v1.0/users${queries.write(schema, { filter, search, top: 5 })}`, root.origin);
        expect(Object.fromEntries(sent.searchParams)).toEqual({
          $select: 'id,displayName',
          $filter: filter.text,
          $search: search,
          $top: '5',
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('selects no key that Graph sends of itself', () => {
    const typed = z.object({ '@odata.type': z.string(), id: z.string() });
    expect(queries.write(typed)).toBe('?$select=id');
    expect(queries.write(z.object({ '@odata.type': z.string() }))).toBe('');
  });

  it('refuses names and sizes that are none', () => {
    expect(() => queries.write(z.object({ 'id&$filter=x': z.string() }))).toThrow(TypeError);
    expect(() => queries.write(schema, { expand: { manager: ['id)'] } })).toThrow(TypeError);
    for (const top of [0, 1000, 1.5]) expect(() => queries.write(schema, { top })).toThrow(RangeError);
  });
});

describe('a reference in a body', () => {
  it.each([
    ['https://graph.microsoft.com/v1.0/directoryObjects/abc', 'abc'],
    ['https://graph.microsoft.com/v1.0/roleManagement/directory/roleDefinitions/abc', 'abc'],
    ['https://graph.microsoft.com/v1.0/users/ann%40contoso.com', 'ann@contoso.com'],
  ])('%s names %s', (reference, id) => {
    expect(root.referred(reference)).toBe(id);
  });

  it.each([
    'https://graph.microsoft.com.evil.example/v1.0/users/abc',
    'https://graph.microsoft.com/beta/users/abc',
    'https://graph.microsoft.com/v1.0/users/abc/manager/',
    'https://graph.microsoft.com/v1.0/users/abc?x',
    'https://graph.microsoft.com/v1.0/users/%zz',
    '/users/abc',
    7,
  ])('%s names nothing', (reference) => {
    expect(root.referred(reference)).toBeUndefined();
  });
});
