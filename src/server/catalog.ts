import { type Tool, ToolError } from '../contract/index.ts';
import { nearest } from '../contract/nearest.ts';
import { shown } from './input.ts';
import type { ServerPorts } from './ports.ts';

/**
 * The tool of that name, if it is served.
 * @throws ToolError INPUT_INVALID that names the nearest tool, or the setting that keeps this one off.
 */
export async function toolNamed(name: string, ports: ServerPorts): Promise<Tool> {
  const tool = await ports.tool(name);
  if (ports.served.some((entry) => entry.definition.name === name) && tool !== undefined) return tool;
  if (tool === undefined) throw unknownTool(name, ports);
  if (tool.kind !== 'read' && isReadOnly(ports)) {
    throw new ToolError('INPUT_INVALID', {
      message: `The tool ${name} changes the tenant, and this server is set to read only.`,
      fix: 'Tell the user that changes are switched off here: ENTRA_MCP_READ_ONLY is set.',
    });
  }
  throw new ToolError('INPUT_INVALID', {
    message: `The tool ${name} is switched off: its toolset is ${tool.toolset}.`,
    fix: `Tell the user that ENTRA_MCP_TOOLSETS has to name ${tool.toolset} for it.`,
  });
}

/** apply_plan is always served, except where changes are switched off. */
function isReadOnly(ports: ServerPorts): boolean {
  return ports.served.every((entry) => entry.readOnly);
}

function unknownTool(name: string, ports: ServerPorts): ToolError {
  const like = nearest(
    name.slice(0, 80),
    ports.served.map((entry) => entry.definition.name),
  );
  return new ToolError('INPUT_INVALID', {
    message: `There is no tool named ${shown(name)}.`,
    fix: like === undefined ? 'Call one of the tools of tools/list.' : `Did you mean ${like}?`,
    ...(like === undefined ? {} : { detail: { nearest: like } }),
  });
}
