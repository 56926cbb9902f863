import { z } from 'zod';
import { canonicalJson } from '../contract/canonical.ts';
import { type ApproverSignIn, type SignedInPerson, ToolError } from '../contract/index.ts';
import type { StateStore } from '../store/index.ts';
import { sha256 } from './canonical.ts';
import type { BoundPlan, Decision } from './decisions.ts';

/** A sign-in is good for a decision this long after Entra issued it, and for a step-up after the person proved who they are. */
const freshMs = 5 * 60_000;
/** Entra's clock and ours may differ by so much. */
const skewMs = 2 * 60_000;

/** Who has to agree to a plan, where approvers sign in with Entra. */
export interface Quorum {
  readonly approvers: 1 | 2;
  readonly isStepUp: boolean;
  /** Object ids of people whose own word does not count. */
  readonly notBy: readonly string[];
}

/** What approvers who signed in have decided about a plan so far. */
export interface SignedInDecisions {
  /** `undefined` while not enough people have agreed. */
  readonly decision: Decision | undefined;
  /** When the last of them decided, in milliseconds since the epoch. */
  readonly at: number;
  /** Those who agreed, in the order in which they did. */
  readonly approvedBy: readonly SignedInPerson[];
}

const bound = z.object({ stepUp: z.number(), requester: z.string(), identity: z.string() });

/**
 * One approver; two for a step-up. Nobody who asks for a plan themselves is one of them where it is a step-up, or was asked for
 * over HTTP: `user:<oid>` names a person, as requester or as whom this server is signed in as.
 */
export function quorumOf(binding: string): Quorum {
  const { stepUp, requester, identity } = bound.parse(JSON.parse(binding));
  const isStepUp = stepUp === 1;
  const asking = isStepUp ? [requester, identity] : [requester];
  const notBy = asking.filter((who) => who.startsWith('user:')).map((who) => who.slice('user:'.length).toLowerCase());
  return { approvers: isStepUp ? 2 : 1, isStepUp, notBy };
}

/** The OIDC nonce of a decision: the hash of all that the plan binds, and of what is decided. An ID token that carries it is about this alone. */
export function nonceOf({ tenantId, planId, binding }: BoundPlan, decision: Decision): string {
  const said = { purpose: 'entra-mcp plan decision', version: 1, tenantId, planId, decision, binding: sha256(binding) };
  return Buffer.from(sha256(canonicalJson(said)), 'hex').toString('base64url');
}

/** The decisions on record whose ID tokens Entra signed, and that are about exactly this plan. @throws ToolError UPSTREAM, THROTTLED */
export async function signedInDecisionsOf(
  db: StateStore,
  plan: BoundPlan,
  signIn: ApproverSignIn,
): Promise<SignedInDecisions> {
  const quorum = quorumOf(plan.binding);
  const rows = await db
    .selectFrom('signed_in_decisions')
    .selectAll()
    .where('tenant_id', '=', plan.tenantId)
    .where('plan_id', '=', plan.planId)
    .execute();
  const said: { readonly decision: Decision; readonly person: SignedInPerson }[] = [];
  for (const { decision, id_token: idToken } of rows) {
    const person = await personOf(idToken, signIn);
    if (person !== undefined && whyNot(person, plan, decision, quorum) === undefined) said.push({ decision, person });
  }
  said.sort((one, other) => one.person.issuedAt - other.person.issuedAt);
  const at = said.at(-1)?.person.issuedAt ?? 0;
  const approvedBy = people(said.filter(({ decision }) => decision === 'approve').map(({ person }) => person));
  const isDenied = said.some(({ decision }) => decision === 'deny');
  const isApproved = approvedBy.length >= quorum.approvers;
  return { decision: isDenied ? 'deny' : isApproved ? 'approve' : undefined, at, approvedBy };
}

/** A sign-in that is about to become a decision: what stands against it, now that it is made. @throws ToolError */
export function checkSignedIn(person: SignedInPerson, plan: BoundPlan, decision: Decision, now: number): void {
  const refusal = whyNot(person, plan, decision, quorumOf(plan.binding));
  if (refusal !== undefined) throw refusal;
  if (person.issuedAt < now - freshMs || person.issuedAt > now + skewMs) throw tooOld();
}

/** What stands against a sign-in as a decision, whenever it was made. */
function whyNot(
  person: SignedInPerson,
  plan: BoundPlan,
  decision: Decision,
  { isStepUp, notBy }: Quorum,
): ToolError | undefined {
  if (person.nonce !== nonceOf(plan, decision)) return notAboutThis();
  if (decision === 'deny') return undefined;
  if (notBy.includes(person.oid)) return ownPlan();
  if (isStepUp && !isProvenLately(person)) return notProven();
  return undefined;
}

/** Both moments are of Entra's own clock. */
function isProvenLately({ authenticatedAt, issuedAt }: SignedInPerson): boolean {
  if (authenticatedAt === undefined) return false;
  return authenticatedAt <= issuedAt && issuedAt - authenticatedAt <= freshMs;
}

/** `undefined` where the token proves nothing. That Entra's keys cannot be read is no such case. */
async function personOf(idToken: string, signIn: ApproverSignIn): Promise<SignedInPerson | undefined> {
  try {
    return await signIn.verify(idToken);
  } catch (error) {
    if (error instanceof ToolError && (error.code === 'AUTH_REQUIRED' || error.code === 'NOT_PERMITTED'))
      return undefined;
    throw error;
  }
}

function people(all: readonly SignedInPerson[]): readonly SignedInPerson[] {
  return [...new Map(all.map((person) => [person.oid, person])).values()];
}

function notAboutThis(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This sign-in is about another plan, or another decision. Nothing was decided.',
    fix: 'Read the plan again, and decide then.',
  });
}

function ownPlan(): ToolError {
  return new ToolError('NOT_PERMITTED', {
    message: 'Nobody approves what they ask for themselves. Nothing was decided.',
    fix: 'Another approver has to sign in.',
  });
}

function notProven(): ToolError {
  return new ToolError('AUTH_REQUIRED', {
    message: 'This plan needs step-up, and Entra does not say that you proved who you are within the last 5 minutes.',
    fix: 'Decide again, and enter your credentials when asked. If it stays: in the app registration of the approvers, under Token configuration, add the optional claim auth_time to the ID token.',
  });
}

function tooOld(): ToolError {
  return new ToolError('AUTH_REQUIRED', {
    message: 'This sign-in is not from now. Nothing was decided.',
    fix: 'Decide again; if it stays, check the clock of this machine.',
  });
}
