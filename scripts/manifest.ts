import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestEnv, manifestUserConfig } from '../src/config/documents.ts';
import { defaultToolsets, type Tool } from '../src/contract/index.ts';

/** The text of manifest.json, which makes the package an MCP bundle. [github.com/modelcontextprotocol/mcpb] */
export function manifest(root: string, tools: readonly Tool[]): string {
  const { name, version, description, license, keywords } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const main = 'dist/main.js';
  const text = {
    manifest_version: '0.3',
    name,
    display_name: 'Microsoft Entra ID users',
    version,
    description,
    author: { name: 'entra-mcp contributors' },
    license,
    keywords,
    server: {
      type: 'node',
      entry_point: main,
      mcp_config: { command: 'node', args: [`\${__dirname}/${main}`, 'serve'], env: manifestEnv() },
    },
    tools: tools
      .filter(({ toolset }) => defaultToolsets.includes(toolset))
      .map((tool) => ({ name: tool.name, description: tool.title })),
    user_config: manifestUserConfig(),
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: '>=22.13' } },
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}
