import { z } from 'zod';
import {
  findUser,
  type GraphReader,
  isDirect,
  licenseState,
  named,
  type Observation,
  type SubscribedSku,
  ToolError,
} from '../../contract/index.ts';
import type { Group } from '../offboarding/graph-objects.ts';
import { nameOf, whyFixed } from '../offboarding/memberships.ts';
import type { Section } from '../offboarding/section.ts';
import type { HeldLicense } from './licensing.ts';
import { type Governed, giftsOf, groupsOf, ownGiftsOf, packageOf } from './memberships.ts';

const colleague = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  department: z.string().nullish(),
  usageLocation: z.string().nullish(),
  userType: z.string().nullish(),
  licenseAssignmentStates: z
    .array(licenseState.pick({ skuId: true, assignedByGroup: true, disabledPlans: true }))
    .nullish(),
});

/** The colleague whom the new person is to be like. */
export interface Colleague extends z.output<typeof colleague> {
  readonly groups: Section<Group>;
}

/** @throws ToolError NOT_FOUND, or CONFLICT for a guest. */
export async function readColleague(graph: GraphReader, ref: string): Promise<Colleague> {
  const found = await findUser(graph, ref, colleague).catch((error: unknown) => {
    if (!(error instanceof ToolError) || error.code !== 'NOT_FOUND') throw error;
    throw new ToolError('NOT_FOUND', {
      message: 'No user has the object id or userPrincipalName in like.',
      fix: 'Find the colleague with search_users.',
      detail: { field: 'like', user: ref },
    });
  });
  if (found.userType === 'Guest') {
    throw new ToolError('CONFLICT', {
      message: 'The account in like is a guest: what it has does not suit a member.',
      fix: 'Name a colleague of the organization in like, or leave it out.',
      detail: { field: 'like' },
    });
  }
  return { ...found, groups: await groupsOf(graph, found.id) };
}

/** The licenses that the colleague has by themselves; what a group gives comes with the group. */
export function directLicenses({ licenseAssignmentStates }: Colleague): HeldLicense[] {
  return (licenseAssignmentStates ?? [])
    .filter(isDirect)
    .map(({ skuId, disabledPlans }) => ({ skuId, disabledPlans: disabledPlans ?? [] }));
}

/** The apps of so many groups are read; of the others what they tell themselves is shown. */
const mostExplained = 40;

/** The colleague's groups that were not named, as proposals: none is joined. Undefined where there is nothing to propose. */
export async function proposals(
  graph: GraphReader,
  like: Colleague,
  seen: {
    readonly named: readonly string[];
    readonly governed: Governed;
    readonly subscriptions: readonly SubscribedSku[];
  },
): Promise<Observation | undefined> {
  if ('unread' in like.groups) return undefined;
  const others = like.groups.items.filter(({ id }) => !seen.named.includes(id));
  if (others.length === 0) return undefined;
  const items = await Promise.all(
    others.map(async (one, at) => {
      const gifts =
        at < mostExplained
          ? await giftsOf(graph, one, seen.subscriptions)
          : [...ownGiftsOf(one, seen.subscriptions), 'which apps it gives was not read'];
      return {
        id: one.id,
        name: nameOf(one),
        ...(one.isAssignableToRole === true ? { privileged: true } : {}),
        kept: [whyNot(one, seen.governed), ...gifts].join('; '),
      };
    }),
  );
  return { name: 'like', title: `Groups of ${named(like)} that are not joined`, all: false, items };
}

function whyNot(one: Group, governed: Governed): string {
  const fixed = whyFixed(one);
  if (fixed !== undefined) return fixed.replace(/: see.*/, '');
  const bundle = packageOf(governed, one.id);
  return bundle === undefined ? 'Not named in groups' : `The access package ${bundle} gives it: it is asked for there`;
}
