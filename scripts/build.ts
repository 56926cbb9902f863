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
  banner: { js: "import { createRequire as entraRequire } from 'node:module'; const require = entraRequire(import.meta.url);" },
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
  ],
  logLevel: 'warning',
});
