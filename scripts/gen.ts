/**
 * Writes everything that is made from code: tools/index.ts, tools.json, docs/tools.md, docs/configuration.md,
 * docs/policies/entra-mcp.cedarschema, .env.example, manifest.json, src/page/assets.ts, src/card/assets.ts.
 * `--check` writes nothing and fails where a file is not what it would be.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { policyActions, policySchema } from '../src/approval/policy/schema.ts';
import { configurationDoc, envExample } from '../src/config/documents.ts';
import { servedTool } from '../src/server/served.ts';
import { manifest } from './manifest.ts';
import { pageAssets } from './page-assets.ts';
import { readTools, toolsIndex } from './tool-files.ts';
import { toolsDoc } from './tools-doc.ts';

const root = dirname(import.meta.dirname);
const tools = await readTools(root);
const files: Record<string, string> = {
  'tools/index.ts': toolsIndex(tools),
  'tools.json': `[\n${tools.map(({ tool }) => JSON.stringify(servedTool(tool))).join(',\n')}\n]\n`,
  'docs/tools.md': toolsDoc(tools.map(({ tool }) => tool)),
  'docs/configuration.md': configurationDoc(),
  'docs/policies/entra-mcp.cedarschema': policySchema(policyActions(tools.map(({ tool }) => servedTool(tool)))),
  '.env.example': envExample(),
  'src/page/assets.ts': await pageAssets(root, 'page'),
  // The card travels with a conversation: small.
  'src/card/assets.ts': await pageAssets(root, 'card', true),
  'manifest.json': manifest(
    root,
    tools.map(({ tool }) => tool),
  ),
};

const stale = Object.entries(files).filter(([name, text]) => read(name) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of stale) process.stderr.write(`${name} is not what the code says: run npm run gen\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [name, text] of stale) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    process.stdout.write(`wrote ${name}\n`);
  }
}

function read(name: string): string | undefined {
  const file = join(root, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
