import type { Decision } from '../approval/index.ts';
import { type ApproverSignIn, type BegunSignIn, type Clock, type Random, ToolError } from '../contract/index.ts';
import { hashOf, isSame } from './hashed.ts';
import type { Session } from './sessions.ts';

/** A sign-in that takes longer has to be begun again. */
const lifetimeMs = 5 * 60_000;
/** The oldest of more is given up. */
const most = 16;

/** What a sign-in is for: to read, or to decide one plan as this session was shown it. */
export type SignInPurpose =
  | { readonly kind: 'read' }
  | {
      readonly kind: 'decision';
      readonly session: Session;
      readonly planId: string;
      readonly decision: Decision;
      readonly bound: string;
    };

/** A sign-in that came to its end at Entra. */
export interface Arrival {
  readonly purpose: SignInPurpose;
  readonly nonce: string;
  readonly idToken: string;
}

interface Begun {
  readonly purpose: SignInPurpose;
  readonly nonce: string;
  readonly verifier: string;
  /** Hash of what only the tab that began it knows. */
  readonly handle: string;
  readonly until: number;
}

interface Arrived extends Begun {
  readonly came: { readonly idToken: string } | { readonly failure: ToolError };
}

/**
 * Sign-ins under way: begun on the page, carried out at Entra, and finished on the page. The tab that began one has its handle, the browser
 * in which the person signed in has the code of its arrival, and only both together finish it: a person who was lured into the
 * sign-in of somebody else gives them nothing.
 */
export class SignIns {
  readonly #signIn: ApproverSignIn;
  readonly #clock: Clock;
  readonly #random: Random;
  /** By the hash of their state. */
  readonly #begun = new Map<string, Begun>();
  /** By the hash of their code. */
  readonly #arrived = new Map<string, Arrived>();

  constructor(signIn: ApproverSignIn, clock: Clock, random: Random) {
    this.#signIn = signIn;
    this.#clock = clock;
    this.#random = random;
  }

  /** Where the person goes, and the handle of the tab that sends them there. @throws ToolError */
  async begin(
    purpose: SignInPurpose,
    { nonce = this.#secret(), isFresh, redirectUri }: { nonce?: string; isFresh: boolean; redirectUri: string },
  ): Promise<{ readonly url: string; readonly handle: string }> {
    this.#forgetOld();
    const [state, handle] = [this.#secret(), this.#secret()];
    const { url, verifier } = await this.#signIn.begin({ redirectUri, state, nonce, isFresh });
    const until = this.#clock.now() + lifetimeMs;
    this.#begun.set(hashOf(state), { purpose, nonce, verifier, handle: hashOf(handle), until });
    return { url, handle };
  }

  /** Takes what a browser brings back from Entra. Answers the code of its arrival; `undefined` for a state that nobody is waiting for. */
  async arrive(query: URLSearchParams, redirectUri: string): Promise<string | undefined> {
    this.#forgetOld();
    const state = hashOf(query.get('state') ?? '');
    const begun = this.#begun.get(state);
    if (begun === undefined) return undefined;
    this.#begun.delete(state);
    const code = this.#secret();
    this.#arrived.set(hashOf(code), { ...begun, came: await this.#redeemed(query, { ...begun, redirectUri }) });
    return code;
  }

  /** True for the code of an arrival that is still to be finished. */
  hasArrived(code: string): boolean {
    this.#forgetOld();
    return this.#arrived.has(hashOf(code));
  }

  /** Ends a sign-in; both the handle and the code are used up. @throws ToolError AUTH_REQUIRED, and whatever went wrong at Entra */
  finish(handle: string, code: string): Arrival {
    this.#forgetOld();
    const arrived = this.#arrived.get(hashOf(code));
    this.#arrived.delete(hashOf(code));
    if (arrived === undefined || !isSame(arrived.handle, hashOf(handle))) throw notBegunHere();
    if ('failure' in arrived.came) throw arrived.came.failure;
    return { purpose: arrived.purpose, nonce: arrived.nonce, idToken: arrived.came.idToken };
  }

  async #redeemed(query: URLSearchParams, begun: BegunSignIn): Promise<Arrived['came']> {
    const code = query.get('code');
    if (code === null) return { failure: refusedByEntra(query.get('error')) };
    try {
      return { idToken: await this.#signIn.redeem(code, begun) };
    } catch (error) {
      if (error instanceof ToolError) return { failure: error };
      throw error;
    }
  }

  #secret(): string {
    return Buffer.from(this.#random.bytes(32)).toString('base64url');
  }

  #forgetOld(): void {
    for (const map of [this.#begun, this.#arrived]) {
      for (const [name, { until }] of map) if (until <= this.#clock.now()) map.delete(name);
      for (const oldest of [...map.keys()].slice(0, -most)) map.delete(oldest);
    }
  }
}

function refusedByEntra(error: string | null): ToolError {
  const word = error !== null && /^[a-z_]{1,60}$/.test(error) ? ` (${error})` : '';
  return new ToolError('AUTH_REQUIRED', {
    message: `Entra did not sign you in${word}. Nothing was decided.`,
    fix: 'Try again.',
  });
}

function notBegunHere(): ToolError {
  return new ToolError('AUTH_REQUIRED', {
    message: 'This sign-in was begun elsewhere, or is over. Nothing was decided.',
    fix: 'Begin it on this page. If somebody sent you to it, tell whoever runs this server.',
  });
}
