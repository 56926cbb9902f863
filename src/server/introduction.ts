import type { Tool } from '@modelcontextprotocol/server';
import { instructions } from './instructions.ts';
import type { ServerPorts } from './ports.ts';

/** What the server says of itself: the same through the SDK and before it is loaded. */
export interface Introduction {
  readonly serverInfo: { readonly name: string; readonly title: string; readonly version: string };
  readonly capabilities: { readonly tools: Record<string, never> };
  readonly instructions: string;
  readonly tools: Tool[];
}

/** Who the server is and which tools it has, from what was generated. */
export function introductionOf({ served, version }: Pick<ServerPorts, 'served' | 'version'>): Introduction {
  return {
    serverInfo: { name: 'entra-mcp', title: 'Microsoft Entra ID', version },
    capabilities: { tools: {} },
    instructions,
    tools: served.map(({ definition }) => ({
      ...definition,
      inputSchema: { ...definition.inputSchema, type: 'object' },
      outputSchema: { ...definition.outputSchema, type: 'object' },
    })),
  };
}
