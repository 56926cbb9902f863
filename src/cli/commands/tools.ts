import type { ServedTool } from '../../server/index.ts';
import type { Desk, Outcome } from '../desk.ts';
import { exits } from '../failure.ts';

/** `entra-mcp tools`: the whole inventory, by toolset. */
export async function tools(desk: Desk, { json }: { json?: boolean }): Outcome {
  const { out, ports } = desk;
  const all = await ports.inventory();
  if (json === true) {
    out.json(
      all.map(({ toolset, definition }) => ({ toolset, ...definition })),
      2,
    );
    return exits.done;
  }
  const widest = Math.max(0, ...all.map(({ definition }) => definition.name.length));
  for (const [toolset, members] of Map.groupBy(all, (tool) => tool.toolset)) {
    out.line({ text: toolset, ink: 'cyan' });
    const rows = members.map((tool) => [
      tool.definition.name.padEnd(widest),
      effectOf(tool).padEnd(longestEffect),
      firstSentence(tool.definition.description),
    ]);
    out.table([{ title: '', ink: 'bold' }, { title: '' }, { title: '' }], rows, '  ');
    out.line();
  }
  out.paragraph('Every change is planned first. What takes or gives access waits for the approval of a human.');
  return exits.done;
}

const effects = { read: 'reads', change: 'changes', destructive: 'destructive' } as const;
const longestEffect = effects.destructive.length;

/** The worst that a tool can do, as its hints say it to hosts. */
function effectOf({ readOnly, definition }: ServedTool): string {
  if (readOnly) return effects.read;
  return definition.annotations.destructiveHint ? effects.destructive : effects.change;
}

function firstSentence(description: string): string {
  return description.split(/(?<=\.) /, 1)[0] ?? description;
}
