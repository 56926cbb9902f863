import { z } from 'zod';
import {
  defineTool,
  explainRefusal,
  type GraphReader,
  type GraphWriter,
  isDirect,
  isInForce,
  type LicenseState,
  licenseProblemIn,
  licenseRef,
  named,
  path,
  plansOn,
  reason,
  type SubscribedSku,
  skuNamed,
  subscribedSkus,
  ToolError,
  userRef,
} from '../../src/contract/index.ts';
import { findHolder, groupsGiving, mailboxWarning, statesOf } from './license-holder.ts';

export default defineTool({
  name: 'remove_licenses',
  title: 'Remove licenses from a user',
  description:
    'Takes licenses that one user holds directly; those not held are left out. ' +
    'What a group gives goes with remove_group_members. Leavers: offboard_user. ' +
    'Without Exchange the mailbox is deleted after 30 days.',
  toolset: 'licenses',
  risk: 'destructive',
  permissions: [
    'LicenseAssignment.ReadWrite.All',
    'LicenseAssignment.Read.All',
    'User.Read.All',
    'GroupMember.Read.All',
  ],
  writes: ['POST /users/{}/assignLicense'],
  idempotent: true,
  input: z.strictObject({
    user: userRef,
    licenses: z.array(licenseRef).min(1).max(20).describe('1 to 20 SKU ids or part numbers, as SPE_E5'),
    reason,
  }),
  output: z.object({ id: z.string(), userPrincipalName: z.string(), removed: z.array(z.string()) }),

  async plan({ user, licenses }, { graph, clock }) {
    const [found, skus] = await Promise.all([findHolder(graph, user), subscribedSkus(graph)]);
    const states = statesOf(found);
    const asked = askedFor(licenses, skus, states);
    const taken = asked.filter(({ skuId }) => states.some((state) => state.skuId === skuId && isDirect(state)));
    const others = asked.filter((license) => !taken.includes(license));
    const inherited = states.filter((state) => others.some(({ skuId }) => skuId === state.skuId));
    if (inherited.length > 0) await refuseInherited(graph, inherited);
    if (taken.length === 0) return { unchanged: `${named(found)} does not hold ${namesOf(others)}` };
    const kept = states.filter(
      (state) => !isDirect(state) && taken.some(({ skuId }) => skuId === state.skuId) && isInForce(state),
    );
    const before = states.filter(isInForce);
    const after = before.filter((state) => !isDirect(state) || !taken.some(({ skuId }) => skuId === state.skuId));
    const mailbox = mailboxWarning(plansOn(skus, before), plansOn(skus, after), clock.now());
    return {
      summary: `Take ${namesOf(taken)} from ${named(found)}`,
      effects: [
        'What only these licenses give stops working: apps, services and their data',
        `Seats become free: ${namesOf(taken.filter(({ skuId }) => !kept.some((state) => state.skuId === skuId))) || 'none'}`,
      ],
      warnings: [
        ...mailbox,
        ...(others.length === 0 ? [] : [`Not held, left out: ${namesOf(others)}`]),
        ...(await stillGiven(graph, kept, taken)),
      ],
      undo: 'assign_licenses, while seats are free',
      targets: [{ kind: 'user', id: found.id, touch: 'takeaway' }],
      facts: {
        id: found.id,
        userPrincipalName: found.userPrincipalName,
        losesMailbox: mailbox.length > 0,
        licenses: taken,
      },
    };
  },

  async run({ id, userPrincipalName, licenses }, { graph }) {
    await take(
      graph,
      id,
      licenses.map(({ skuId }) => skuId),
    );
    return { id, userPrincipalName, removed: licenses.map(({ skuPartNumber }) => skuPartNumber) };
  },
});

interface License {
  readonly skuId: string;
  readonly skuPartNumber: string;
}

function namesOf(licenses: readonly License[]): string {
  return licenses.map(({ skuPartNumber }) => skuPartNumber).join(', ');
}

/** Each license once. One that the tenant no longer has can be named by its id while the user holds it. */
function askedFor(
  refs: readonly string[],
  skus: readonly SubscribedSku[],
  states: readonly LicenseState[],
): { skuId: string; skuPartNumber: string }[] {
  const known = [...skus, ...states.map(({ skuId }) => ({ skuId, skuPartNumber: skuId }))];
  const found = refs.map((ref) => {
    const license = skuNamed(known, ref);
    if (license !== undefined) return { skuId: license.skuId, skuPartNumber: license.skuPartNumber };
    throw new ToolError('NOT_FOUND', {
      message: 'The tenant has no subscription for this license, and the user does not hold it.',
      fix: 'Use what get_user_licenses answers.',
      detail: { license: ref, partNumbers: skus.map(({ skuPartNumber }) => skuPartNumber) },
    });
  });
  return [...new Map(found.map((license) => [license.skuId, license])).values()];
}

/** What a group gives cannot be taken directly. [learn.microsoft.com/graph/api/user-assignlicense] */
async function refuseInherited(graph: GraphReader, states: readonly LicenseState[]): Promise<never> {
  throw new ToolError('CONFLICT', {
    message: 'The user holds a license through a group, and it cannot be taken from them directly.',
    fix: 'Use remove_group_members with the group in detail.groups, and leave the licenses in detail.inherited out here.',
    detail: { groups: await groupsGiving(graph, states), inherited: [...new Set(states.map(({ skuId }) => skuId))] },
  });
}

async function stillGiven(
  graph: GraphReader,
  kept: readonly LicenseState[],
  taken: readonly License[],
): Promise<string[]> {
  const groups = await groupsGiving(graph, kept);
  return kept.map(({ skuId, assignedByGroup }) => {
    const group = groups.find(({ id }) => id === assignedByGroup);
    const name = taken.find((license) => license.skuId === skuId)?.skuPartNumber ?? skuId;
    return `${name} stays theirs by the group ${group?.displayName ?? assignedByGroup}`;
  });
}

/** Takes all in one request. Where one is no longer theirs directly Graph takes none: then those that still are. */
async function take(graph: GraphWriter, id: string, skuIds: readonly string[]): Promise<void> {
  const remove = (removeLicenses: readonly string[]) =>
    graph.act(path`/users/${id}/assignLicense`, { addLicenses: [], removeLicenses }, 'repeatable').catch(refusal);
  try {
    await remove(skuIds);
  } catch (error) {
    const problem = licenseProblemIn(error);
    if (problem !== 'notHeld' && problem !== 'inherited') throw error;
    const states = statesOf(await findHolder(graph, id)).filter(isDirect);
    const left = skuIds.filter((skuId) => states.some((state) => state.skuId === skuId));
    if (left.length === skuIds.length) throw error;
    if (left.length > 0) await remove(left);
  }
}

const refusal = explainRefusal({ permissions: ['LicenseAssignment.ReadWrite.All'] });
