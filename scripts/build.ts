/** Bundles the entry files into dist/: ES modules, split, so that a command loads only what it needs. */
import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { noticesOf } from './notices.ts';

const root = dirname(import.meta.dirname);
// Built beside it and exchanged at the end, so that a server that runs from it is without its files for a moment only.
const dist = join(root, 'dist');
const next = join(root, 'dist.next');
const last = join(root, 'dist.last');
for (const folder of [next, last]) rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'src/main.ts',
    // A thread and a process that the server starts by these names.
    'mirror-thread': 'src/directory/writing/thread.ts',
    'query-child': 'src/directory/query/child.ts',
  },
  outdir: next,
  metafile: true,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  // CommonJS dependencies call require() for Node's own modules, and look for files beside them.
  banner: {
    js: "import { createRequire as entraRequire } from 'node:module'; const require = entraRequire(import.meta.url), __dirname = import.meta.dirname;",
  },
  external: ['@modelcontextprotocol/client', '@modelcontextprotocol/client/*'],
  plugins: [
    {
      // The SDK's JSON Schema validator is half of its bundle, and nothing here uses it.
      name: 'without-json-schema-validator',
      setup({ onResolve }) {
        onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, () => ({
          path: join(root, 'src/server/sdk-shims.ts'),
        }));
      },
    },
    {
      // Node finds the names that a CommonJS package exports, esbuild does not: import() of one gives only a default.
      name: 'named-exports-of-commonjs',
      setup({ onLoad, onResolve }) {
        onResolve({ filter: /^(?:undici|pino|@cedar-policy\/cedar-wasm\/nodejs)$/ }, ({ kind, path }) =>
          kind === 'dynamic-import' ? { path, namespace: 'named' } : undefined,
        );
        onLoad({ filter: /.*/, namespace: 'named' }, async ({ path }) => {
          const names = Object.keys(await import(path)).filter(
            (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default',
          );
          const exported = names.filter((name) => name !== 'module.exports');
          return {
            contents: `import all from '${path}';\nexport const { ${exported.join(', ')} } = all;`,
            resolveDir: root,
          };
        });
      },
    },
  ],
  logLevel: 'warning',
});

// Its code looks for it beside itself, and what is imported lazily lies in chunks/.
copyFileSync(
  join(root, 'node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm'),
  join(next, 'chunks/cedar_wasm_bg.wasm'),
);
writeFileSync(join(next, 'THIRD_PARTY_NOTICES.txt'), noticesOf(root, Object.keys(metafile.inputs)));
if (existsSync(dist)) renameSync(dist, last);
renameSync(next, dist);
rmSync(last, { recursive: true, force: true });
