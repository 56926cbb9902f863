/** Packs the MCP bundle: `npm run bundle` writes entra-mcp.mcpb. Run the build first. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const [target = join(root, 'entra-mcp.mcpb')] = process.argv.slice(2);
const stage = mkdtempSync(join(tmpdir(), 'entra-mcp-bundle-'));
const mcpb = join(root, 'node_modules', '.bin', 'mcpb');
try {
  for (const name of ['dist', 'tools.json', 'package.json', 'manifest.json', 'README.md', 'LICENSE']) {
    cpSync(join(root, name), join(stage, name), { recursive: true });
  }
  const options = { stdio: 'inherit', shell: process.platform === 'win32' } as const;
  execFileSync(mcpb, ['validate', join(stage, 'manifest.json')], options);
  execFileSync(mcpb, ['pack', stage, target], options);
} finally {
  rmSync(stage, { recursive: true, force: true });
}
