import type { Clock, Random } from '../contract/index.ts';
import { hashOf, isSame } from './hashed.ts';

/** A session in which nobody did anything for so long is over. */
const idleMs = 15 * 60 * 1000;
/** The oldest of more is over. */
const most = 8;

/** What one proof, the PIN or a sign-in, opened: the right to read. To decide, it is asked for again. */
export class Session {
  readonly #random: Random;
  readonly #tickets = new Map<string, { readonly ticket: string; readonly bound: string }>();
  activeAt: number;

  constructor(random: Random, now: number) {
    this.#random = random;
    this.activeAt = now;
  }

  /** Stands for a plan as this session was shown it. */
  ticketFor(planId: string, bound: string): string {
    const known = this.#tickets.get(planId);
    if (known?.bound === bound) return known.ticket;
    const ticket = Buffer.from(this.#random.bytes(16)).toString('base64url');
    this.#tickets.set(planId, { ticket, bound });
    return ticket;
  }

  /** What this session was shown of a plan; the ticket is used up. `undefined` for any other. */
  use(planId: string, ticket: string): string | undefined {
    const known = this.#tickets.get(planId);
    if (known?.ticket !== ticket) return undefined;
    this.#tickets.delete(planId);
    return known.bound;
  }
}

/** The open sessions of this process, and of no other. */
export class Sessions {
  readonly #clock: Clock;
  readonly #random: Random;
  /** By the hash of the token: what is looked up takes as long for a wrong one as for none. */
  readonly #open = new Map<string, { readonly session: Session; readonly proof: string }>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Opens a session; `proof` names what was proven: the approver's keys as they lie on disk, or what people sign in to. */
  begin(proof: string): string {
    const token = Buffer.from(this.#random.bytes(32)).toString('base64url');
    this.#open.set(hashOf(token), { session: new Session(this.#random, this.#clock.now()), proof });
    for (const oldest of [...this.#open.keys()].slice(0, -most)) this.#open.delete(oldest);
    return token;
  }

  /** The session of a token, unless it was idle too long, or what has to be proven is another by now. */
  find(token: string, proof: string): Session | undefined {
    const name = hashOf(token);
    const found = this.#open.get(name);
    if (found === undefined) return undefined;
    const isOver = found.session.activeAt + idleMs <= this.#clock.now() || !isSame(found.proof, proof);
    if (isOver) this.#open.delete(name);
    return isOver ? undefined : found.session;
  }

  /** A person did something: the time begins anew. What the page asks by itself is none of it. */
  touch(session: Session): void {
    session.activeAt = this.#clock.now();
  }

  end(token: string): void {
    this.#open.delete(hashOf(token));
  }
}
