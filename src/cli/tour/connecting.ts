import type { Desk } from '../desk.ts';

/** How to connect a client to this very program, with the paths as they are on this machine. */
export function tellHowToConnect({ out, ports }: Desk): void {
  const [command, ...first] = ports.self;
  const args = [...first, 'serve', '--demo'];
  const entry = { command, args };
  out.line({ text: 'Connect a client to the demo tenant', ink: 'bold' });
  out.line();
  out.line('  Claude Desktop (claude_desktop_config.json), and most other clients:');
  block({ mcpServers: { 'entra-demo': entry } });
  out.line('  Claude Code:');
  out.line(`    claude mcp add entra-demo -- ${[command, ...args].map(quoted).join(' ')}`);
  out.line();
  out.line('  VS Code (.vscode/mcp.json):');
  block({ servers: { 'entra-demo': { type: 'stdio', ...entry } } });
  out.paragraph(
    'For your own tenant leave out --demo and set AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential (the README says which ' +
      'permissions), then choose the approver PIN: entra-mcp approver set-pin.',
    { first: '  ' },
  );

  function block(value: unknown): void {
    for (const line of JSON.stringify(value, undefined, 2).split('\n')) out.line(`    ${line}`);
    out.line();
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : JSON.stringify(word);
}
