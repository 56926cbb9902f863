/** Bundles src/main.ts into dist/: ES modules, split, so that a command loads only what it needs. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const root = dirname(import.meta.dirname);
rmSync(join(root, 'dist'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  // CommonJS dependencies call require() for Node's own modules.
  banner: {
    js: "import { createRequire as entraRequire } from 'node:module'; const require = entraRequire(import.meta.url);",
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
        onResolve({ filter: /^(?:undici|pino)$/ }, ({ kind, path }) =>
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
