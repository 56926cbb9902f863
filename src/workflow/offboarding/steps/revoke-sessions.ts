import { z } from 'zod';
import { named, path } from '../../../contract/index.ts';
import type { Past, Todo } from '../../step.ts';
import type { OffboardingFacts } from '../facts.ts';
import type { Leaver } from '../leaver.ts';
import { attempted, type OffboardingStep, untilUnprivileged } from './acting.ts';

const needs = { permissions: ['User.RevokeSessions.All'], guardsAdmins: true };
const data = z.object({ before: z.string().nullable() });

/** Ends the sessions there are. */
export const revokeSessions: OffboardingStep = {
  name: 'revoke-sessions',
  title: 'Sessions are revoked',
  lists: false,
  needs: () => needs.permissions,
  againAfter: untilUnprivileged,
  todo: (leaver, facts, past) => revocation(leaver, facts, isAnswered(leaver, past) || isRevoked(leaver, past)),
  act: async (work, { graph }) =>
    Promise.all(
      work.map(({ id }) =>
        attempted(graph.act(path`/users/${id}/revokeSignInSessions`, undefined, 'repeatable'), needs),
      ),
    ),
};

/**
 * Ends the sessions that were begun while access was being taken away. What the tenant shows then tells nothing of whether
 * this second time happened, since the first one shows alike: where its end is not on record, it is done again.
 */
export const revokeAgain: OffboardingStep = {
  ...revokeSessions,
  name: 'revoke-again',
  title: 'Sessions are revoked once more',
  todo: (leaver, facts, past) => revocation(leaver, facts, isAnswered(leaver, past)),
};

function revocation({ user }: Leaver, { user: { isGuest } }: OffboardingFacts, isDone: boolean): Todo {
  if (isGuest)
    return { work: [], skip: 'The home organization of a guest issues the sessions: revoking here has no effect' };
  if (isDone) return { work: [] };
  const before = user.signInSessionsValidFromDateTime ?? null;
  return { work: [{ id: user.id, name: named(user), data: { before } }] };
}

/** Graph tells the time of a revocation to the second: its own answer is the surer word. */
function isAnswered({ user }: Leaver, past: Past | undefined): boolean {
  return past?.done.includes(user.id) === true;
}

function isRevoked({ user }: Leaver, past: Past | undefined): boolean {
  const begun = past?.begun.find(({ id }) => id === user.id);
  return begun !== undefined && data.parse(begun.data).before !== (user.signInSessionsValidFromDateTime ?? null);
}
