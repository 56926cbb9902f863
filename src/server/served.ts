import { z } from 'zod';
import { annotationsOf, type Risk, type Tool } from '../contract/index.ts';
import { compactInput, compactOutput, type JsonSchema, withoutImpliedType } from './json-schema.ts';
import type { ServedTool } from './ports.ts';
import { planCard } from './resources.ts';

/** The entry of a tool in the generated `tools.json`: what `tools/list` answers for it, made once, at build time. */
export function servedTool(tool: Tool): ServedTool {
  return {
    toolset: tool.toolset,
    readOnly: tool.kind === 'read',
    definition: {
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: compactInput(z.toJSONSchema(tool.input, { io: 'input', unrepresentable: 'any' })),
      outputSchema: outputSchemaOf(tool),
      annotations: annotationsOf(risksOf(tool), tool.kind === 'change' ? tool.idempotent : true),
      ...uiOf(tool),
    },
  };
}

/** MCP Apps: what answers with a plan is shown with its card, and what the card alone calls is kept from the model. */
function uiOf(tool: Tool): Pick<ServedTool['definition'], '_meta'> {
  if (tool.kind === 'read') return {};
  return { _meta: { ui: isForCard(tool) ? { visibility: ['app'] } : { resourceUri: planCard.uri } } };
}

function isForCard(tool: Tool): boolean {
  return tool.kind === 'apply' && tool.forCard === true;
}

/** Everything a tool may be, the risks its plan may raise it to among them. */
function risksOf(tool: Tool): Risk[] {
  if (tool.kind !== 'change') return [tool.risk];
  return [...(typeof tool.risk === 'string' ? [tool.risk] : tool.risk), ...(tool.mayRaiseTo ?? [])];
}

/**
 * What an answer looks like, errors among them. Nothing is required: the v1 client holds structuredContent of errors
 * against it too. The exact schema is enforced before an answer leaves.
 */
function outputSchemaOf(tool: Tool): JsonSchema {
  const error = { type: 'object' };
  if (isForCard(tool))
    return {
      type: 'object',
      properties: { status: { type: 'string' }, plan: { type: 'object' }, message: { type: 'string' }, error },
    };
  if (tool.kind === 'apply') return changeSchema({ type: 'object' }, error);
  const own = compactOutput(z.toJSONSchema(tool.output, { io: 'output', unrepresentable: 'any' }));
  if (tool.kind === 'change') return changeSchema(own, error);
  const properties = typeof own['properties'] === 'object' ? own['properties'] : {};
  return { type: 'object', properties: { ...properties, error } };
}

/** The one shape of every change, with the plan as a bare object. */
function changeSchema(result: JsonSchema, error: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      status: { enum: ['completed', 'unchanged', 'approval_required', 'denied', 'running'] },
      plan: { type: 'object' },
      result: withoutImpliedType(result),
      runId: { type: 'string' },
      auditHead: { type: 'string' },
      tenant: { type: 'object' },
      message: { type: 'string' },
      error,
    },
  };
}
