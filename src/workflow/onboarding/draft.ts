import { z } from 'zod';
import {
  checkPrincipalName,
  findUser,
  freeSeats,
  type GraphReader,
  type Json,
  lookalikesOf,
  named,
  type Observation,
  type OnboardingRequest,
  type PlanDraft,
  type SubscribedSku,
  subscribedSkus,
  type Target,
  ToolError,
  type WorkflowPlanContext,
  written,
} from '../../contract/index.ts';
import type { DefinedDraft } from '../definition.ts';
import { observed } from '../observing.ts';
import type { WorkflowParts } from '../parts.ts';
import { Account } from './account.ts';
import { type Colleague, directLicenses, proposals, readColleague } from './colleague.ts';
import type { OnboardingFacts, StepName } from './facts.ts';
import { checkGivenByGroups, chosenLicenses, seatWarningsOf } from './licensing.ts';
import { type Governed, giftsOf, givingGroup, governedGroups, joinedGroup, namedGroups } from './memberships.ts';
import { nicknameWarnings, refuseDeletedName, refuseGuestName } from './naming.ts';
import { type Newcomer, nobody } from './newcomer.ts';
import { onboardingSteps } from './steps/index.ts';
import { changesOf, effectsOf } from './words.ts';

const person = z.object({ id: z.string(), displayName: z.string().nullish(), userPrincipalName: z.string() });

/** Plans an onboarding from the tenant. @throws ToolError for what cannot be: each says what to do instead. */
export async function draftOnboarding(
  parts: WorkflowParts,
  request: OnboardingRequest,
  { graph }: WorkflowPlanContext,
): Promise<DefinedDraft<Newcomer>> {
  const { userPrincipalName, displayName, groups: refs = [] } = request;
  refuseGuestName(userPrincipalName);
  const [, nameWarnings, like, manager, groups] = await Promise.all([
    checkPrincipalName(graph, userPrincipalName, { forNew: true }),
    refuseDeletedName(parts, graph, userPrincipalName),
    request.like === undefined ? undefined : readColleague(graph, request.like),
    request.manager === undefined ? undefined : findManager(graph, request.manager),
    namedGroups(graph, refs),
  ]);
  const wanted = request.licenses ?? (like === undefined ? [] : directLicenses(like));
  const isAboutGroups = groups.length > 0 || like !== undefined;
  const subscriptions = wanted.length > 0 || isAboutGroups ? await subscribedSkus(graph) : [];
  const governed: Governed = isAboutGroups ? await governedGroups(graph) : { byGroup: new Map() };
  const body = bodyOf(request, like);
  const licenses = chosenLicenses(subscriptions, wanted);
  const giving = groups.map((one) => givingGroup(one, governed));
  checkGivenByGroups(subscriptions, licenses, giving);
  if (licenses.length > 0 && body['usageLocation'] === undefined) throw needsLocation();
  const chosen = {
    user: { userPrincipalName, displayName },
    body,
    ...(manager === undefined ? {} : { manager }),
    licenses,
    groups: groups.map((one) => joinedGroup(one, governed)),
  };
  const facts: OnboardingFacts = { ...chosen, steps: stepsFor(request, chosen), risk: ['grant'] };
  const gifts = await Promise.all(
    groups.map(async (one) => ({ of: one, gifts: await giftsOf(graph, one, subscriptions) })),
  );
  const proposed =
    like === undefined
      ? undefined
      : await proposals(graph, like, { named: groups.map(({ id }) => id), governed, subscriptions });
  const subject = nobody(facts);
  const draft: PlanDraft<Json> = {
    summary: `Onboard ${named(facts.user)}${like === undefined ? '' : `, like ${named(like)}`}`,
    effects: [
      ...effectsOf(facts),
      ...gifts.flatMap(({ of, gifts: list }) => (list.length === 0 ? [] : [`${of.displayName}: ${list.join('; ')}`])),
      ...(proposed === undefined ? [] : [proposing]),
    ],
    warnings: [
      ...(await lookalikeWarnings(graph, facts)),
      ...(await nicknameWarnings(graph, body['mailNickname'] ?? '')),
      ...nameWarnings,
      ...groupWarnings(facts, governed, like),
      ...licenseWarnings(facts, subscriptions),
      ...seatWarningsOf(subscriptions, licenses, giving),
    ],
    undo: 'offboard_user, or delete_user',
    changes: changesOf(facts),
    observations: listsOf(facts, subject, proposed),
    targets: targetsOf(facts, subject),
    references: referencesOf(facts),
    facts: { ...facts, body: { ...facts.body } },
  };
  return { draft, subject };
}

const proposing =
  'Of the groups of the colleague none is joined but those named in groups. What groups give beside licenses and apps (sites, mail, rules) cannot be read';

async function findManager(graph: GraphReader, ref: string): Promise<OnboardingFacts['manager']> {
  try {
    const { id, userPrincipalName, displayName } = await findUser(graph, ref, person);
    return { id, userPrincipalName, displayName: displayName ?? null };
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== 'NOT_FOUND') throw error;
    throw new ToolError('NOT_FOUND', {
      message: 'No user has the object id or userPrincipalName in manager.',
      fix: 'Find the manager with search_users, or leave manager out and use set_manager later.',
      detail: { field: 'manager', user: ref },
    });
  }
}

/** What the account is created with: what was asked for, and a colleague's department and country where that is silent. */
function bodyOf(
  { userPrincipalName, displayName, properties, usageLocation }: OnboardingRequest,
  like: Colleague | undefined,
): Record<string, string> {
  const { mailNickname, ...others } = properties;
  const wanted = {
    userPrincipalName,
    displayName,
    mailNickname: mailNickname ?? userPrincipalName.slice(0, userPrincipalName.indexOf('@')),
    department: like?.department,
    ...others,
    usageLocation: usageLocation ?? like?.usageLocation,
  };
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([property, value]) => {
      const text = typeof value === 'string' ? written(property, value) : undefined;
      return typeof text === 'string' ? [[property, text] as const] : [];
    }),
  );
}

function stepsFor(
  { temporaryAccessPass, onFailure }: OnboardingRequest,
  { manager, licenses, groups }: Pick<OnboardingFacts, 'manager' | 'licenses' | 'groups'>,
): StepName[] {
  return [
    'create-user',
    ...(manager === undefined ? [] : ['manager' as const]),
    ...(licenses.length === 0 ? [] : ['licenses' as const]),
    ...(temporaryAccessPass === true ? ['temporary-access-pass' as const] : []),
    ...(groups.length === 0 ? [] : ['groups' as const]),
    ...(onFailure === 'rollback' ? ['roll-back' as const] : []),
  ];
}

function needsLocation(): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: 'Licenses cannot be assigned to an account without a usageLocation.',
    fix: 'Pass usageLocation, the two letters of the country where the person works.',
    detail: { field: 'usageLocation' },
  });
}

function listsOf(facts: OnboardingFacts, subject: Newcomer, proposed: Observation | undefined): Observation[] {
  const lists = observed({ steps: onboardingSteps(new Account(), facts) }, subject, facts);
  return [...lists, ...(proposed === undefined ? [] : [proposed])];
}

async function lookalikeWarnings(graph: GraphReader, { user }: OnboardingFacts): Promise<string[]> {
  const others = await lookalikesOf({ id: '', ...user }, graph);
  return others.map((other) => `Is this a new person? ${other} has the same display name, or a name that looks alike`);
}

function groupWarnings(
  { groups, licenses, body }: OnboardingFacts,
  governed: Governed,
  like: Colleague | undefined,
): string[] {
  const powerful = groups.filter(({ roleAssignable }) => roleAssignable);
  return [
    ...powerful.map(
      ({ displayName }) =>
        `Members of ${displayName} hold its directory roles: a new account would administer the tenant`,
    ),
    ...('unread' in governed ? [governed.unread] : []),
    ...(like !== undefined && 'unread' in like.groups ? [like.groups.unread] : []),
    ...(groups.length > 0 && licenses.length === 0 && body['usageLocation'] === undefined
      ? ['Without a usageLocation a group cannot give its licenses']
      : []),
  ];
}

function licenseWarnings({ licenses }: OnboardingFacts, subscriptions: readonly SubscribedSku[]): string[] {
  const last = licenses.filter(({ skuId }) => {
    const found = subscriptions.find((one) => one.skuId === skuId);
    return found !== undefined && freeSeats(found) === 1;
  });
  return last.map(({ skuPartNumber }) => `Takes the last free seat of ${skuPartNumber}`);
}

/**
 * Groups that are joined, and the account once it is there. What still gives a way into it is a takeover: should the
 * account hold power by then, that is denied.
 */
export function targetsOf({ groups }: OnboardingFacts, { user, needsPass }: Newcomer): Target[] {
  return [
    ...(user === undefined
      ? []
      : [{ kind: 'user' as const, id: user.id, touch: needsPass ? ('takeover' as const) : ('change' as const) }]),
    ...groups
      .filter(({ accessPackage }) => accessPackage === undefined)
      .map(({ id }) => ({ kind: 'group' as const, id, touch: 'change' as const })),
  ];
}

/** The manager stands in a body. */
export function referencesOf({ manager }: OnboardingFacts): string[] {
  return manager === undefined ? [] : [manager.id];
}
