import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = dirname(import.meta.dirname);

/**
 * What a part may import of the others: a folder, or one file of it. Everything may import itself and `node:`.
 * `main` is src/main.ts with src/compose/, its parts that load lazily: the only place that constructs.
 */
const mayImport: Readonly<Record<string, { parts: readonly string[]; packages: readonly string[] }>> = {
  contract: { parts: [], packages: ['zod'] },
  tools: { parts: ['contract'], packages: ['zod'] },
  config: { parts: ['contract'], packages: ['zod', 'env-paths'] },
  auth: { parts: ['contract', 'config'], packages: ['zod', '@azure/msal-node', 'undici', 'jose'] },
  graph: { parts: ['contract'], packages: ['zod', 'undici'] },
  demo: { parts: [], packages: ['zod'] },
  store: { parts: ['contract'], packages: ['zod', 'kysely', 'kysely/migration'] },
  approval: { parts: ['contract', 'store'], packages: ['zod', '@cedar-policy/cedar-wasm/nodejs'] },
  page: { parts: ['contract', 'approval', 'store'], packages: ['zod'] },
  // Runs in the host's browser, made of what the page is made of.
  card: {
    parts: ['contract', ...['elements', 'moments', 'plan-parts', 'tags'].map((name) => `page/browser/${name}.ts`)],
    packages: [],
  },
  workflow: { parts: ['contract', 'store'], packages: ['zod'] },
  directory: { parts: ['contract', 'store'], packages: ['zod', 'undici'] },
  server: {
    parts: ['contract', 'approval/gate.ts', 'card/assets.ts'],
    packages: ['zod', '@modelcontextprotocol/server', '@modelcontextprotocol/server/stdio'],
  },
  cli: {
    parts: ['contract', 'config', 'store', 'approval', 'workflow', 'directory', 'server'],
    packages: ['zod', 'commander', '@modelcontextprotocol/client', '@modelcontextprotocol/client/stdio'],
  },
  main: {
    parts: [
      ...[
        'contract',
        'config',
        'auth',
        'graph',
        'store',
        'approval',
        'workflow',
        'directory',
        'demo',
        'server',
        'cli',
        'page',
      ],
      'tools',
    ],
    packages: ['zod', 'env-paths', 'pino'],
  },
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const files = ['src', 'tools'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\b[^;']*from '([^']+)'|\bimport\(\s*'([^']+)'/gm)];
  return found.map(([, named, lazy]) => ({ file, from: partOf(file), to: named ?? lazy ?? '' }));
});

/** `src/graph/port.ts` → `graph`; `tools/users/x.ts` → `tools`. */
function partOf(file: string): string {
  const [top = '', second = ''] = file.split(/[\\/]/);
  if (top === 'tools') return 'tools';
  return second === 'main.ts' || second === 'compose' ? 'main' : second;
}

test('every part of src stands in the table', () => {
  expect([...new Set(files.map(partOf))].sort()).toEqual(Object.keys(mayImport).sort());
});

describe.each(Object.entries(mayImport))('%s', (part, { parts, packages }) => {
  const own = imports.filter(({ from }) => from === part);

  test('imports only what the table allows', () => {
    const wrong = own.filter(({ file, to }) => {
      if (to.startsWith('node:')) return false;
      if (!to.startsWith('.')) return !packages.includes(to);
      const target = relative(root, resolve(root, dirname(file), to));
      const other = partOf(target);
      if (other === part) return false;
      const within = target.replace(/^src[\\/]/, '').replaceAll('\\', '/');
      return !parts.includes(other) && !parts.includes(within);
    });
    expect(wrong).toEqual([]);
  });
});

test('a tool never imports another tool', () => {
  const index = imports
    .filter(({ file }) => file === join('tools', 'index.ts'))
    .filter(({ to }) => to.startsWith('./'))
    .map(({ to }) => resolve(root, 'tools', to));
  const wrong = imports.filter(
    ({ file, from, to }) =>
      from === 'tools' && file !== join('tools', 'index.ts') && index.includes(resolve(root, dirname(file), to)),
  );
  expect(wrong).toEqual([]);
});

test('only approval issues grants', () => {
  const issuing = files.filter((file) => /\bGrant\.issue\b/.test(readFileSync(join(root, file), 'utf8')));
  expect(issuing.map(partOf)).toEqual(issuing.map(() => 'approval'));
  expect(issuing).toHaveLength(1);
});

test('only the transport covers what a grant did not name', () => {
  const covering = files.filter((file) => /\.cover\(/.test(readFileSync(join(root, file), 'utf8')));
  expect([...new Set(covering.map(partOf))]).toEqual(['graph']);
});

test('only approval asks a port for a writer', () => {
  const asking = files.filter((file) => /\.writer\(/.test(readFileSync(join(root, file), 'utf8')));
  expect([...new Set(asking.map(partOf))]).toEqual(['approval']);
});

test('nothing prints to stdout but the commands that people type', () => {
  const printing = files.filter((file) =>
    /process\.stdout|console\.(?:log|info|debug)/.test(readFileSync(join(root, file), 'utf8')),
  );
  expect(printing.filter((file) => !['cli', 'main'].includes(partOf(file)))).toEqual([]);
});

test('no parameter of SQL has a number: Node 22.13 binds such a one by its name alone', () => {
  const numbered = files.filter((file) => /(?:[=<>] |\(|\bLIMIT )\?\d/.test(readFileSync(join(root, file), 'utf8')));
  expect(numbered).toEqual([]);
});
