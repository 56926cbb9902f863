import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type FilterTable, groupFilters, type Mark, userFilters } from '../../../src/contract/filter/support.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));
const contract = process.env['GRAPH_CONTRACT_DIR'] ?? join(root, '..', 'shared', 'data', 'graph');
const file = join(contract, 'filter-support.json');

const support = z.record(z.string(), z.string());
const kind = z.object({ properties: z.record(z.string(), support) });
const published = z.object({ user: kind, group: kind });
const none = '{ "user": { "properties": {} }, "group": { "properties": {} } }';

/** Documented at the property itself, not in the published table. */
const elsewhere = ['id', 'groupTypes/*', /^signInActivity\//];

const markOf = (word: string | undefined): Mark => (word === 'default' ? 'd' : word === 'advanced' ? 'a' : '-');

// The published paths in our writing, an item of a collection as a star; numbered properties become one entry each.
function pathsOf(name: string): string[] {
  const path = name.replace(/any\((\w):\1\/?(\w*)\)/, (_, _variable, rest: string) =>
    rest === '' ? '*' : `*/${rest}`,
  );
  if (!path.endsWith('1-15')) return [path];
  return Array.from({ length: 15 }, (_, i) => path.replace('1-15', String(i + 1)));
}

describe.skipIf(!existsSync(file))('the operator tables are those that Graph publishes', () => {
  const data = published.parse(JSON.parse(existsSync(file) ? readFileSync(file, 'utf8') : none));

  test.each([
    ['user', userFilters()],
    ['group', groupFilters()],
  ] as const)('%s', (name, table: FilterTable) => {
    const expected = Object.entries(data[name].properties).flatMap(([property, marks]) =>
      pathsOf(property).map((path) => [
        path,
        [marks['eq'], marks['startsWith'], marks['geLe'] ?? marks['ge'], marks['eqNull']].map(markOf).join(''),
      ]),
    );
    const ours = [...table.properties]
      .filter(([path]) => !elsewhere.some((each) => (typeof each === 'string' ? each === path : each.test(path))))
      .map(([path, { eq, startsWith, range, eqNull }]) => [path, `${eq}${startsWith}${range}${eqNull}`]);
    // What cannot be filtered at all need not stand in the table.
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(expected.filter(([, marks]) => marks !== '----')));
  });
});

test('only contract/filter makes a filter of text', () => {
  const files = ['src', 'tools'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  );
  const using = files.filter((name) => /\bodataFilter\b/.test(readFileSync(join(root, name), 'utf8')));
  expect(using.sort()).toEqual([join('src', 'contract', 'filter', 'expert.ts'), join('src', 'contract', 'odata.ts')]);
});
