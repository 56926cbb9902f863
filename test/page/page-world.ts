import { type RunningPage, servePage } from '../../src/page/index.ts';
import { ApprovalWorld, planIdOf, type WorldOptions } from '../e2e/approval-world.ts';
import { GateWorld } from '../fixtures/gate-world.ts';

/** A tenant with its two servers, and the approval page of the first. */
export interface PageWorld {
  readonly world: ApprovalWorld;
  readonly page: RunningPage;
  /** Asks for a change; answers the id of its plan. */
  planned(tool: string, args: object): Promise<string>;
  close(): Promise<void>;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

/** On the demo tenant, whose PIN is `demo`. */
export async function openPageWorld(options: WorldOptions = {}): Promise<PageWorld> {
  const world = await ApprovalWorld.open(options);
  const page = await servePage({
    open: { tenant: world.folder, store: world.store },
    approver: GateWorld.demoApprover,
    ...{ clock: world.clock, random, log: silent },
  });
  return {
    world,
    page,
    planned: async (tool, args) => {
      const { data, text } = await world.call(tool, { reason: 'Asked by the helpdesk', ...args });
      const id = planIdOf(data);
      if (id === undefined) throw new Error(text);
      return id;
    },
    close: async () => {
      await page.close();
      await world.close();
    },
  };
}
