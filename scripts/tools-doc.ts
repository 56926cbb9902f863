import { type Tool, toolsets } from '../src/contract/index.ts';

/** The text of docs/tools.md. */
export function toolsDoc(tools: readonly Tool[]): string {
  const sections = toolsets
    .map((toolset) => ({ toolset, members: tools.filter((tool) => tool.toolset === toolset) }))
    .filter(({ members }) => members.length > 0)
    .map(
      ({ toolset, members }) =>
        `## ${toolset}\n\n| tool | risk | what it does | least permissions |\n|---|---|---|---|\n${members.map(row).join('\n')}\n`,
    );
  return `# Tools

Generated from the tools themselves. Risk: \`read\` changes nothing; \`write\` gives nobody access and is easily reversed; \`grant\` gives
access; \`destructive\` takes access or data away, recoverably; \`irreversible\` cannot be taken back. What a plan may be raised to
from what it sees stands in brackets.

${sections.join('\n')}`;
}

function row(tool: Tool): string {
  const own = typeof tool.risk === 'string' ? [tool.risk] : tool.risk;
  const raised = tool.kind === 'change' && tool.mayRaiseTo !== undefined ? ` [${tool.mayRaiseTo.join(', ')}]` : '';
  const permissions = tool.permissions.map((name) => `\`${name}\``).join(' ') || '-';
  return `| \`${tool.name}\` | ${own.join(', ')}${raised} | ${tool.description.replaceAll('|', '\\|')} | ${permissions} |`;
}
