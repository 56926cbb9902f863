import { nearest } from '../contract/nearest.ts';
import { type Risk, risks } from '../contract/risk.ts';
import { defaultToolsets, type Toolset, toolsets } from '../contract/tool.ts';
import { guid, list } from './values.ts';

/** Repeats a name that was not recognized only when it can be no secret: a short word of letters. */
function quoted(name: string): string {
  return /^[a-z_-]{1,24}$/i.test(name) ? `"${name}"` : 'something else';
}

/** Toolset names, `default` and `all`, in the order of the documentation; `core` is always among them. */
export const toolsetNames = list.transform((names, context): readonly Toolset[] => {
  const chosen = new Set<Toolset>(['core']);
  for (const name of names) {
    const lower = name.toLowerCase();
    const exact = toolsets.find((toolset) => toolset === lower);
    if (exact !== undefined) chosen.add(exact);
    else if (lower === 'default') for (const toolset of defaultToolsets) chosen.add(toolset);
    else if (lower === 'all') for (const toolset of toolsets) chosen.add(toolset);
    else context.addIssue({ code: 'custom', message: `names ${unknownToolset(name)}` });
  }
  return toolsets.filter((toolset) => chosen.has(toolset));
});

function unknownToolset(name: string): string {
  const near = nearest(name, [...toolsets, 'default', 'all']);
  return `${quoted(name)}, which is no toolset${near === undefined ? '' : ` (did you mean "${near}"?)`}`;
}

/** The risks that wait for an approval. Only policy can let a destructive change pass without a human, so those stay in. */
export const confirmedRisks = list.transform((names, context): readonly Risk[] => {
  const chosen = new Set<string>(names.map((name) => name.toLowerCase()));
  const stray = names.find((name) => !risks.slice(1).some((risk) => risk === name.toLowerCase()));
  if (stray !== undefined) {
    const near = nearest(stray, risks.slice(1));
    const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
    context.addIssue({ code: 'custom', message: `names ${quoted(stray)}, which cannot wait for an approval${hint}` });
  }
  for (const fixed of ['destructive', 'irreversible'] as const) {
    if (!chosen.has(fixed)) context.addIssue({ code: 'custom', message: `leaves out ${fixed}, which always waits` });
  }
  return risks.filter((risk) => chosen.has(risk));
});

/** Object ids and user principal names. */
export const objectNames = list.refine(
  (names) => names.every((name) => guid.safeParse(name).success || /^[^\s@/\\]+@[^\s@/\\]+$/.test(name)),
  'holds an entry that is neither an object id nor a user principal name',
);

/** Names of Graph properties. */
export const propertyNames = list.refine(
  (names) => names.every((name) => /^[A-Za-z][A-Za-z0-9_]{0,127}$/.test(name)),
  'holds an entry that is not the name of a property',
);
