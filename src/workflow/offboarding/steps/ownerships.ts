import { z } from 'zod';
import { type GraphPath, path } from '../../../contract/index.ts';
import type { ActContext, Kept, Todo, Work, WorkOutcome } from '../../step.ts';
import type { OffboardingFacts } from '../facts.ts';
import type { Application } from '../graph-objects.ts';
import type { Leaver, OwnedApp, OwnedGroup } from '../leaver.ts';
import { isOfExchange, nameOf } from '../memberships.ts';
import { itemsOf, type Section } from '../section.ts';
import { type OffboardingStep, outcomeAt, sent } from './acting.ts';

const needs = {
  permissions: ['Group.ReadWrite.All', 'Application.ReadWrite.All'],
  sometimes: { 'RoleManagement.ReadWrite.Directory': 'for role-assignable groups' },
};

/** What giving it back takes, and what the leaver may have kept of it. */
export const ownershipData = z.object({
  kind: z.enum(['group', 'application', 'servicePrincipal']),
  leaverId: z.string(),
  /** Who becomes an owner; null where enough others are. */
  heirId: z.string().nullable(),
  /** Names of the secrets that the leaver could have read. */
  secrets: z.array(z.string()),
});
type OwnershipData = z.output<typeof ownershipData>;
export type OwnedKind = OwnershipData['kind'];

/** Hands over what the leaver owns, then takes it: nothing is without owner in between. */
export const ownerships: OffboardingStep = {
  name: 'ownerships',
  title: 'Ownership of these is handed over and taken',
  lists: true,
  needs: ({ kind }) =>
    kind === 'group' ? ['Group.ReadWrite.All'] : ['Application.ReadWrite.All', 'Application.ReadWrite.OwnedBy'],
  todo: (leaver, facts) => {
    const parts = [leaver.ownedGroups, leaver.applications, leaver.servicePrincipals];
    const unread = parts.flatMap((section) => ('unread' in section ? [section.unread] : []));
    if (unread.length === parts.length) return { work: [], skip: unread.join('. ') };
    const todos = [
      ...itemsOf(leaver.ownedGroups).map((group) => groupTodo(leaver, facts, group)),
      ...itemsOf(leaver.applications).map((app) => appTodo(leaver, facts, 'application', app)),
      ...itemsOf(leaver.servicePrincipals).map((app) => appTodo(leaver, facts, 'servicePrincipal', app)),
    ];
    return {
      work: todos.flatMap(({ work }) => work),
      kept: [...todos.flatMap(({ kept = [] }) => kept), ...unreadParts(leaver)],
      partial: unreadParts(leaver).length > 0,
    };
  },
  act: async (work, { graph }: ActContext<Leaver, OffboardingFacts>) => {
    const asked = work.map(({ id, data }) => ({ id, ...ownershipData.parse(data) }));
    const additions = asked.filter(({ heirId }) => heirId !== null);
    const added = await sent(
      graph,
      additions.map(({ id, kind, heirId }) => ({ kind: 'addRef', at: ownersOf(kind, id), targetId: heirId ?? '' })),
      needs,
    );
    const failures = new Map<string, WorkOutcome>();
    for (const [index, { id }] of additions.entries()) {
      const outcome = outcomeAt(added, index);
      if (!outcome.ok) failures.set(id, outcome);
    }
    const removals = asked.filter(({ id }) => !failures.has(id));
    const removed = await sent(
      graph,
      removals.map(({ id, kind, leaverId }) => ({ kind: 'removeRef', at: ownerOf(kind, id, leaverId) })),
      needs,
    );
    return asked.map((one) => failures.get(one.id) ?? outcomeAt(removed, removals.indexOf(one)));
  },
};

function groupTodo({ user }: Leaver, { successor, manager }: OffboardingFacts, group: OwnedGroup): Todo {
  const keep = (reason: string): Todo => ({ work: [], kept: [{ id: group.id, name: nameOf(group), reason }] });
  if (group.onPremisesSyncEnabled === true) return keep('It is synced from AD, where its owners are kept');
  if (isOfExchange(group)) return keep('Exchange keeps its owners: see the follow-ups');
  if (group.owners === undefined) return keep('Who else owns it cannot be read');
  // A service principal does not keep a group from being without owner.
  const isLast = group.owners.every(({ id, isUser }) => id === user.id || !isUser);
  const heir = successor ?? (isLast ? manager : undefined);
  if (isLast && heir === undefined) {
    return keep('The leaver is its last owner, and there is neither a successor nor a manager to take it over');
  }
  const isOwner = group.owners.some(({ id }) => id === heir?.id);
  const data: OwnershipData = {
    kind: 'group',
    leaverId: user.id,
    heirId: isOwner ? null : (heir?.id ?? null),
    secrets: [],
  };
  const privileged = group.isAssignableToRole === true ? { privileged: true } : {};
  const name = heir === undefined || isOwner ? nameOf(group) : `${nameOf(group)}, to ${heir.userPrincipalName}`;
  return { work: [{ id: group.id, name, kind: 'group', ...privileged, data }] };
}

/** Whoever owns an app can become it, so it only goes to a person who was named for it. */
function appTodo(
  { user }: Leaver,
  { successor }: OffboardingFacts,
  kind: 'application' | 'servicePrincipal',
  app: OwnedApp,
): Todo {
  const name = `${app.displayName ?? app.id} (${kind === 'application' ? 'application' : 'service principal'})`;
  if (successor === undefined) {
    return { work: [], kept: [{ id: app.id, name, reason: 'An app only goes to a successor who is named' }] };
  }
  const heirId = app.ownerIds.includes(successor.id) ? null : successor.id;
  const data: OwnershipData = { kind, leaverId: user.id, heirId, secrets: secretsOf(app) };
  const work: Work = { id: app.id, name: `${name}, to ${successor.userPrincipalName}`, privileged: true, data };
  return { work: [work] };
}

/** Names of the credentials of an app. */
export function secretsOf({ passwordCredentials, keyCredentials }: Application): string[] {
  return [
    ...(passwordCredentials ?? []).map(({ displayName, keyId }) => `secret ${displayName ?? keyId ?? ''}`),
    ...(keyCredentials ?? []).map(({ displayName, keyId }) => `certificate ${displayName ?? keyId ?? ''}`),
  ];
}

function unreadParts({ ownedGroups, applications, servicePrincipals }: Leaver): Kept[] {
  const parts: [string, Section<unknown>][] = [
    ['owned groups', ownedGroups],
    ['owned applications', applications],
    ['owned service principals', servicePrincipals],
  ];
  return parts.flatMap(([name, section]) => ('unread' in section ? [{ id: name, name, reason: section.unread }] : []));
}

/** The owners of a thing. */
export function ownersOf(kind: OwnedKind, id: string): GraphPath {
  if (kind === 'group') return path`/groups/${id}/owners`;
  return kind === 'application' ? path`/applications/${id}/owners` : path`/servicePrincipals/${id}/owners`;
}

/** One of its owners. */
export function ownerOf(kind: OwnedKind, id: string, owner: string): GraphPath {
  if (kind === 'group') return path`/groups/${id}/owners/${owner}`;
  return kind === 'application'
    ? path`/applications/${id}/owners/${owner}`
    : path`/servicePrincipals/${id}/owners/${owner}`;
}
