import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type Approver,
  type ApproverKeys,
  decideIn,
  noPin,
  type OpenTenant,
  revealIn,
  unlockCounted,
} from '../approval/index.ts';
import { type Clock, type Random, ToolError } from '../contract/index.ts';
import { boardOf } from './board.ts';
import { isTyped } from './phrase.ts';
import { planSheetOf } from './plan-sheet.ts';
import { type Session, Sessions } from './sessions.ts';
import type { Board, OpenedSecret, PlanSheet, Proof } from './wire.ts';

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

/** What the page can do, free of HTTP. Everything but `begin` needs a session. */
export class PageService {
  readonly #parts: PageParts;
  readonly #sessions: Sessions;

  constructor(parts: PageParts) {
    this.#parts = parts;
    this.#sessions = new Sessions(parts.clock, parts.random);
  }

  /** Proves the PIN. The keys it opens are let go at once: the session is worth reading alone. */
  async begin(body: unknown): Promise<Proof> {
    const { pin } = parsed(proof, body);
    const keys = this.#keys();
    await this.#unlock(keys, pin);
    return { token: this.#sessions.begin(nameOf(keys)) };
  }

  /** @throws ToolError AUTH_REQUIRED */
  session(token: string | undefined): Session {
    const session = token === undefined ? undefined : this.#sessions.find(token, nameOf(this.#keys()));
    if (session !== undefined) return session;
    throw new ToolError('AUTH_REQUIRED', { message: 'The PIN is needed.', fix: 'Type the approver PIN.' });
  }

  touch(session: Session): void {
    this.#sessions.touch(session);
  }

  end(token: string): void {
    this.#sessions.end(token);
  }

  board(): Promise<Board> {
    const { open, clock } = this.#parts;
    return boardOf(open, this.#keys(), clock);
  }

  plan(planId: string, session: Session): Promise<PlanSheet> {
    const { open, clock } = this.#parts;
    return planSheetOf(open, planId, { session, keys: this.#keys(), clock });
  }

  /** Signs what the person at this session read, with the key that the PIN opens for this moment. */
  async decide(planId: string, body: unknown, session: Session): Promise<PlanSheet> {
    const { open, clock } = this.#parts;
    const { decision, ticket, pin, typed } = parsed(decided, body);
    const bound = session.use(planId, ticket);
    if (bound === undefined) throw notRead();
    const { phrase } = await this.plan(planId, session);
    if (decision === 'approve' && phrase !== undefined && !isTyped(phrase, typed ?? '')) throw notTyped(phrase);
    const unlocked = () => this.#unlock(this.#keys(), pin);
    await decideIn(open, { planId, decision, through: 'page', bound, unlocked }, clock);
    return this.plan(planId, session);
  }

  /** Opens a sealed secret, once. */
  async reveal(handoffId: string, body: unknown): Promise<OpenedSecret> {
    const { open, clock } = this.#parts;
    const { pin } = parsed(proof, body);
    return revealIn(open, handoffId, () => this.#unlock(this.#keys(), pin), clock);
  }

  #keys(): ApproverKeys {
    const keys = this.#parts.approver.keys();
    if (keys === undefined) throw noPin();
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
