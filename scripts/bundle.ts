/** Packs the MCP bundle: `npm run bundle` writes entra-mcp.mcpb. Run the build first. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const [target = join(root, 'entra-mcp.mcpb')] = process.argv.slice(2);
const stage = mkdtempSync(join(tmpdir(), 'entra-mcp-bundle-'));
const mcpb = join(root, 'node_modules', '.bin', 'mcpb');
try {
  if (!existsSync(join(root, 'dist', 'main.js'))) throw new Error('There is no dist/: run npm run build first.');
  for (const name of ['dist', 'tools.json', 'manifest.json', 'README.md', 'LICENSE']) {
    cpSync(join(root, name), join(stage, name), { recursive: true });
  }
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(packageOfBundle(), null, 2)}\n`);
  const options = { stdio: 'inherit', shell: process.platform === 'win32' } as const;
  execFileSync(mcpb, ['validate', join(stage, 'manifest.json')], options);
  execFileSync(mcpb, ['pack', stage, target], options);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

/** Everything is bundled: the package has nothing to install and nothing to run at its installation. */
function packageOfBundle(): Record<string, unknown> {
  const { name, version, description, license, type, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  return { name, version, description, license, type, private: true, main: 'dist/main.js', engines };
}
