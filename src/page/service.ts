import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type Approver,
  type ApproverKeys,
  decideIn,
  decideSignedIn,
  noPin,
  type OpenTenant,
  revealIn,
  sealedToAnother,
  signInFor,
  unlockCounted,
} from '../approval/index.ts';
import { type Clock, type Random, ToolError } from '../contract/index.ts';
import { boardOf } from './board.ts';
import { isTyped } from './phrase.ts';
import { planSheetOf, wayOf } from './plan-sheet.ts';
import { type Session, Sessions } from './sessions.ts';
import { SignIns } from './sign-ins.ts';
import type { Board, OpenedSecret, PlanSheet, Proof, SignInBegun, SignInEnded, WayIn } from './wire.ts';

/** What the page is made of: one tenant's. */
export interface PageParts {
  readonly open: OpenTenant;
  readonly approver: Approver;
  readonly clock: Clock;
  readonly random: Random;
}

const pin = z.string().min(1).max(1024);
const proof = z.strictObject({ pin });
const decided = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  ticket: z.string().max(64),
  pin,
  typed: z.string().max(512).optional(),
});

const begun = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  ticket: z.string().max(64),
  typed: z.string().max(512).optional(),
});
const ended = z.strictObject({ handle: z.string().max(64), code: z.string().max(64) });

/** What the page can do, free of HTTP. Everything but beginning needs a session. */
export class PageService {
  readonly #parts: PageParts;
  readonly #sessions: Sessions;
  readonly #signIns: SignIns | undefined;

  constructor(parts: PageParts) {
    const { approver, clock, random } = parts;
    this.#parts = parts;
    this.#sessions = new Sessions(clock, random);
    this.#signIns = approver.signIn === undefined ? undefined : new SignIns(approver.signIn, clock, random);
  }

  way(): WayIn {
    return { way: wayOf(this.#parts.approver) };
  }

  /** Proves the PIN. The keys it opens are let go at once: the session is worth reading alone. */
  async begin(body: unknown): Promise<Proof> {
    const { pin } = parsed(proof, body);
    if (this.#signIns !== undefined) throw signInNeeded();
    const keys = this.#keys();
    await this.#unlock(keys, pin);
    return { token: this.#sessions.begin(nameOf(keys)) };
  }

  /** @throws ToolError AUTH_REQUIRED */
  session(token: string | undefined): Session {
    const session = token === undefined ? undefined : this.#sessions.find(token, this.#proofName());
    if (session !== undefined) return session;
    if (this.#signIns !== undefined) throw signInNeeded();
    throw new ToolError('AUTH_REQUIRED', { message: 'The PIN is needed.', fix: 'Type the approver PIN.' });
  }

  touch(session: Session): void {
    this.#sessions.touch(session);
  }

  end(token: string): void {
    this.#sessions.end(token);
  }

  board(): Promise<Board> {
    const { open, approver, clock } = this.#parts;
    return boardOf(open, approver, clock);
  }

  plan(planId: string, session: Session): Promise<PlanSheet> {
    const { open, approver, clock } = this.#parts;
    return planSheetOf(open, planId, { session, approver, clock });
  }

  /** Signs what the person at this session read, with the key that the PIN opens for this moment. */
  async decide(planId: string, body: unknown, session: Session): Promise<PlanSheet> {
    const { open, clock } = this.#parts;
    const { pin, ...said } = parsed(decided, body);
    if (this.#signIns !== undefined) throw signInNeeded();
    const bound = await this.#read(planId, said, session);
    const unlocked = () => this.#unlock(this.#keys(), pin);
    await decideIn(open, { planId, decision: said.decision, through: 'page', bound }, unlocked, clock);
    return this.plan(planId, session);
  }

  /** Begins a sign-in that opens a session. */
  async beginSignIn(redirectUri: string): Promise<SignInBegun> {
    return this.#entra().begin({ kind: 'read' }, { isFresh: false, redirectUri });
  }

  /** Begins a sign-in that decides what the person at this session read: its nonce is of this plan and this decision alone. */
  async beginDecision(planId: string, body: unknown, session: Session, redirectUri: string): Promise<SignInBegun> {
    const { open, clock } = this.#parts;
    const said = parsed(begun, body);
    const signIns = this.#entra();
    const bound = await this.#read(planId, said, session);
    const { decision } = said;
    const asked = await signInFor(open, { planId, decision, through: 'page', bound }, clock);
    return signIns.begin({ kind: 'decision', session, planId, decision, bound }, { ...asked, redirectUri });
  }

  /** Takes what a browser brings back from Entra; `undefined` where nobody waits for it. */
  async arrive(query: URLSearchParams, redirectUri: string): Promise<string | undefined> {
    return this.#signIns?.arrive(query, redirectUri);
  }

  hasArrived(code: string): boolean {
    return this.#signIns?.hasArrived(code) === true;
  }

  /** Ends a sign-in: with a session, or with the decision that it was for, which the session that began it makes. */
  async endSignIn(body: unknown, token: string | undefined): Promise<SignInEnded> {
    const { open, approver, clock } = this.#parts;
    const { handle, code } = parsed(ended, body);
    const { purpose, nonce, idToken } = this.#entra().finish(handle, code);
    const { signIn } = approver;
    if (signIn === undefined) throw signInNeeded();
    if (purpose.kind === 'read') {
      const person = await signIn.verify(idToken);
      if (person.nonce !== nonce) throw signInNeeded();
      return { token: this.#sessions.begin(this.#proofName()) };
    }
    const session = this.session(token);
    if (session !== purpose.session) throw notRead();
    const { planId, decision, bound } = purpose;
    await decideSignedIn(open, { planId, decision, through: 'page', bound }, { idToken, signIn }, clock);
    return { sheet: await this.plan(planId, session) };
  }

  /** Opens a sealed secret, once. */
  async reveal(handoffId: string, body: unknown): Promise<OpenedSecret> {
    const { open, clock } = this.#parts;
    const { pin } = parsed(proof, body);
    return revealIn(open, handoffId, () => this.#unlock(this.#keys(sealedToAnother), pin), clock);
  }

  /** What the session was shown of the plan it decides; uses the ticket up. */
  async #read(
    planId: string,
    { decision, ticket, typed = '' }: { decision: string; ticket: string; typed?: string | undefined },
    session: Session,
  ): Promise<string> {
    const bound = session.use(planId, ticket);
    if (bound === undefined) throw notRead();
    const { phrase } = await this.plan(planId, session);
    if (decision === 'approve' && phrase !== undefined && !isTyped(phrase, typed)) throw notTyped(phrase);
    return bound;
  }

  /** What a session was opened with: once that is another, it is over. */
  #proofName(): string {
    return this.#parts.approver.signIn?.name ?? nameOf(this.#keys());
  }

  #entra(): SignIns {
    if (this.#signIns !== undefined) return this.#signIns;
    throw new ToolError('NOT_FOUND', { message: 'Nothing is here.', fix: 'Reload the page.' });
  }

  #keys(missing = noPin): ApproverKeys {
    const keys = this.#parts.approver.keys();
    if (keys === undefined) throw missing();
    return keys;
  }

  #unlock(keys: ApproverKeys, pin: string) {
    return unlockCounted(this.#parts.open, keys, pin, this.#parts.clock);
  }
}

/** Stands for the keys as they lie on disk: another PIN gives them another salt. */
function nameOf(keys: ApproverKeys): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex');
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  if (error === undefined) return data;
  throw new ToolError('INPUT_INVALID', { message: 'This is not what the page sends.', fix: 'Reload the page.' });
}

function signInNeeded(): ToolError {
  return new ToolError('AUTH_REQUIRED', { message: 'You have to sign in.', fix: 'Sign in with Entra.' });
}

function notRead(): ToolError {
  return new ToolError('CONFLICT', {
    message: 'This is not the plan that was shown, or it was decided already.',
    fix: 'Read it again, and decide then.',
  });
}

function notTyped(phrase: string): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: 'What you typed is not what the plan is about. Nothing was decided.',
    fix: `This cannot be taken back: to approve it, type ${phrase}.`,
  });
}
