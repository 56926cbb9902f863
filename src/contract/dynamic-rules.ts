import { z } from 'zod';
import { ToolError } from './error.ts';
import type { GraphReader } from './graph.ts';
import { odata } from './odata.ts';
import { path } from './path.ts';

/** Dynamic groups whose membership can depend on some properties of a user. */
export interface RuleMatches {
  /** Names of the groups, or their ids where they have none. */
  readonly groups: readonly string[];
  /** False where the rules could not be read: then any group may depend on any property. */
  readonly known: boolean;
}

// membershipRule is null where the app may not read it.
const dynamicGroup = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  membershipRule: z.string().nullish(),
});

/** The names that rules use, where they are not Graph's. [learn.microsoft.com/entra/identity/users/groups-dynamic-membership] */
const ruleNames: Readonly<Record<string, string>> = {
  telephonenumber: 'businessphones',
  mobile: 'mobilephone',
  physicaldeliveryofficename: 'officelocation',
};

/** Finds the dynamic groups whose rule names one of these properties. */
export function rulesNaming(graph: GraphReader, properties: readonly string[]): Promise<RuleMatches> {
  const wanted = new Set(properties.map((property) => property.toLowerCase()));
  return rulesThat(graph, (rule) => namesIn(rule).some((name) => wanted.has(name)));
}

/** Finds the dynamic groups that hold the direct reports of one of these managers: `Direct Reports for "{id}"`. */
export function rulesOnReportsOf(graph: GraphReader, managerIds: readonly string[]): Promise<RuleMatches> {
  const ids = managerIds.map((id) => id.toLowerCase());
  return rulesThat(graph, (rule) => {
    const low = rule.toLowerCase();
    return /\bdirect\s+reports\s+for\b/.test(low) && ids.some((id) => low.includes(id));
  });
}

/** Finds the dynamic groups that go by one of these service plans, by a service of unknown plans, or by usage location. Reads nothing where nothing is asked. */
export function rulesOnLicenses(
  graph: GraphReader,
  by: { readonly planIds: readonly string[]; readonly usageLocation: boolean },
): Promise<RuleMatches> {
  if (by.planIds.length === 0 && !by.usageLocation) return Promise.resolve({ groups: [], known: true });
  const ids = by.planIds.map((id) => id.toLowerCase());
  return rulesThat(graph, (rule) => {
    const names = namesIn(rule);
    if (by.usageLocation && names.includes('usagelocation')) return true;
    const low = rule.toLowerCase();
    return names.includes('assignedplans') && (/\.service\b/.test(low) || ids.some((id) => low.includes(id)));
  });
}

/** Reads every membership rule. One that cannot be read may be any. */
async function rulesThat(graph: GraphReader, matches: (rule: string) => boolean): Promise<RuleMatches> {
  const groups: string[] = [];
  let known = true;
  try {
    const filter = odata`groupTypes/any(c:c eq ${'DynamicMembership'})`;
    for await (const page of graph.pages(path`/groups`, dynamicGroup, { filter, top: 999 })) {
      for (const group of page.items) {
        if (group.membershipRule == null) known = false;
        else if (matches(group.membershipRule)) groups.push(group.displayName ?? group.id);
      }
    }
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'NOT_PERMITTED') throw error;
    known = false;
  }
  return { groups: groups.toSorted(), known };
}

/** The properties that a rule names after `user.`, in lower case and in Graph's words. */
function namesIn(rule: string): string[] {
  return [...rule.matchAll(/\buser\s*\.\s*([A-Za-z0-9_]+)/gi)].map(([, name = '']) => {
    const lower = name.toLowerCase();
    return ruleNames[lower] ?? lower;
  });
}
