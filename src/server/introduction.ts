import type { Prompt, Resource, ResourceTemplateType, Tool } from '@modelcontextprotocol/server';
import { instructions } from './instructions.ts';
import type { ServerPorts } from './ports.ts';
import { listedPrompt, type PromptCard, promptsOf } from './prompts.ts';
import { listedResource, listedTemplate, planCard, type ResourceCards, resourcesOf } from './resources.ts';

/** What the server can do, as MCP spells it. */
interface Capabilities {
  readonly tools: Record<string, never>;
  readonly resources: Record<string, never>;
  /** Left out where no prompt is served. */
  readonly prompts?: Record<string, never>;
  readonly completions: Record<string, never>;
}

/** What the server says of itself: the same through the SDK and before it is loaded. */
export interface Introduction {
  readonly serverInfo: { readonly name: string; readonly title: string; readonly version: string };
  readonly capabilities: Capabilities;
  readonly instructions: string;
  readonly prompts: readonly PromptCard[];
  readonly resources: ResourceCards;
  /** What each list answers; all are the same for the life of the process. */
  readonly lists: {
    readonly 'tools/list': { tools: Tool[] };
    readonly 'resources/list': { resources: Resource[] };
    readonly 'resources/templates/list': { resourceTemplates: ResourceTemplateType[] };
    readonly 'prompts/list'?: { prompts: Prompt[] };
  };
}

/** Who the server is and what it has, from what was generated. */
export function introductionOf({ served, version }: Pick<ServerPorts, 'served' | 'version'>): Introduction {
  const prompts = promptsOf(served);
  const resources = resourcesOf(served);
  const tools = served.map(
    ({ definition }): Tool => ({
      ...definition,
      inputSchema: { ...definition.inputSchema, type: 'object' },
      outputSchema: { ...definition.outputSchema, type: 'object' },
    }),
  );
  return {
    serverInfo: { name: 'entra-mcp', title: 'Microsoft Entra ID', version },
    capabilities: { tools: {}, resources: {}, ...(prompts.length === 0 ? {} : { prompts: {} }), completions: {} },
    instructions,
    prompts,
    resources,
    lists: {
      'tools/list': { tools },
      // Which plans and runs there are is asked of tools: to list them here would open the tenant at every start.
      'resources/list': {
        resources: [...resources.singles.map(listedResource), ...(resources.hasPlanCard ? [planCard] : [])],
      },
      'resources/templates/list': { resourceTemplates: resources.templates.map(listedTemplate) },
      ...(prompts.length === 0 ? {} : { 'prompts/list': { prompts: prompts.map(listedPrompt) } }),
    },
  };
}
