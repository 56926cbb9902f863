import { writeApproverKeys } from '../../src/approval/approver.ts';
import { type ApproverKeys, approverOf, type Gate } from '../../src/approval/index.ts';
import { createKeys } from '../../src/approval/keys.ts';
import { type RunningPage, servePage } from '../../src/page/index.ts';
import { openState } from '../../src/store/index.ts';
import { ann, blockUser, callOf, GateWorld } from '../fixtures/gate-world.ts';
import { PretendedSignIn } from '../fixtures/pretended-sign-in.ts';

export const pin = 'four words as a PIN';
const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

/** A tenant of two people with a real approver, whose keys open fast, and the page of a server. */
export class GatePage {
  readonly world: GateWorld;
  readonly gate: Gate;
  readonly page: RunningPage;
  readonly #closers: (() => Promise<void>)[];

  private constructor(world: GateWorld, page: RunningPage, closers: (() => Promise<void>)[], signIn?: PretendedSignIn) {
    this.world = world;
    this.page = page;
    this.gate = world.gate({ approver: approverOf(world.stateDir, world.folder, { signIn }) });
    this.#closers = closers;
  }

  static async open(): Promise<GatePage> {
    const world = await GateWorld.open({ real: true });
    writeApproverKeys(world.stateDir, await quickKeys(pin));
    const closers: (() => Promise<void>)[] = [];
    return new GatePage(world, await served(world, closers), closers);
  }

  /** Where approvers sign in: with a PIN too, which then approves nothing. */
  static async signingIn(): Promise<GatePage & { readonly signIn: PretendedSignIn }> {
    const world = await GateWorld.open({ real: true });
    writeApproverKeys(world.stateDir, await quickKeys(pin));
    const signIn = new PretendedSignIn(world.clock);
    const closers: (() => Promise<void>)[] = [];
    return Object.assign(new GatePage(world, await served(world, closers, signIn), closers, signIn), { signIn });
  }

  get origin(): string {
    return this.page.origin;
  }

  /** The page of another process, or of this one after a restart: nothing but the folder is shared. */
  another(): Promise<RunningPage> {
    return served(this.world, this.#closers);
  }

  /** A plan to block somebody. */
  async planned(args: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { answer } = await this.gate.propose(blockUser, { user: ann.id, reason: 'left', ...args }, callOf());
    return answer.plan?.id ?? '';
  }

  async stateOf(planId: string): Promise<string | undefined> {
    const row = await this.world.store.selectFrom('plans').select('state').where('id', '=', planId).executeTakeFirst();
    return row?.state;
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
    await this.world.close();
  }
}

async function served(
  world: GateWorld,
  closers: (() => Promise<void>)[],
  signIn?: PretendedSignIn,
): Promise<RunningPage> {
  const store = await openState(world.folder);
  const page = await servePage({
    open: { tenant: world.folder, store },
    approver: approverOf(world.stateDir, world.folder, { signIn }),
    ...{ clock: world.clock, random },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: (fields) => world.logs.push(fields) },
  });
  closers.push(async () => {
    await page.close();
    await store.destroy();
  });
  return page;
}

/** Keys that open fast: for tests that try many PINs. */
export function quickKeys(of: string): Promise<ApproverKeys> {
  return createKeys(of, { n: 2 ** 10, r: 8, p: 1 });
}
