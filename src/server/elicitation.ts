import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Caller } from '../approval/gate.ts';
import { type Clock, type PlanView, ToolError, visible } from '../contract/index.ts';
import type { Question } from './elicitation-form.ts';
import { planLines, tenantText } from './plan-rendering.ts';
import type { Seal } from './sealing.ts';

/** What a question is bound to: no other call can use its state. */
export interface QuestionCall {
  readonly caller: Caller;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** How a client can put a question to its user: a form in the chat, or the approval page, opened at the plan. */
export type QuestionKind = 'form' | 'page';

const payload = z.strictObject({
  plan: z.string(),
  kind: z.enum(['form', 'page']),
  id: z.string(),
  until: z.number(),
});
const lifetimeMs = 15 * 60_000;

/** The questions of this process. A state opens once, until it expires, and for the call it was made for. */
export class Questions {
  readonly #seal: Seal;
  readonly #clock: Clock;
  readonly #open = new Map<string, number>();
  /** Plans whose page the client has opened. */
  readonly #opened = new Set<string>();

  constructor(seal: Seal, clock: Clock) {
    this.#seal = seal;
    this.#clock = clock;
  }

  /** Asks in a form, in full; or for the page, which tells it all to an approver. */
  about(plan: PlanView, kind: QuestionKind, call: QuestionCall): Question {
    const now = this.#clock.now();
    for (const [id, until] of this.#open) if (until <= now) this.#open.delete(id);
    const id = randomBytes(16).toString('base64url');
    const until = Math.min(now + lifetimeMs, Date.parse(plan.expiresAt) || now);
    this.#open.set(id, until);
    const state = this.#seal.close({ plan: plan.id, kind, id, until }, bindingOf(call));
    const url = plan.approve.page;
    if (kind === 'page' && url !== undefined) return { message: pageLines(plan).join('\n'), state, url };
    return { message: ['Approve this change?', ...planLines(plan), ...elsewhereLines(plan)].join('\n'), state };
  }

  /** The client opened the page at this plan. */
  keepOpened(planId: string): void {
    this.#opened.add(planId);
  }

  wasOpened(planId: string): boolean {
    return this.#opened.has(planId);
  }

  /**
   * What was asked about, and how; the state is used up.
   * @throws ToolError INPUT_INVALID for a state that is tampered with, expired, used before, or of another call.
   */
  settle(state: string, call: QuestionCall): { plan: string; kind: QuestionKind } {
    const parsed = payload.safeParse(this.#seal.open(state, bindingOf(call)));
    if (!parsed.success || parsed.data.until <= this.#clock.now() || !this.#open.delete(parsed.data.id)) {
      throw new ToolError('INPUT_INVALID', {
        message: 'The requestState is not that of an open question of this call. Nothing was decided or changed.',
        fix: 'Call the tool again without requestState.',
        detail: { fields: [{ field: 'requestState', problem: 'does not belong to an open question of this call' }] },
      });
    }
    return parsed.data;
  }
}

/** What the person has to know before the page opens. It asks who they are, so this says whose page it is. */
function pageLines({ summary, tenant, approve }: PlanView): string[] {
  return [
    'Open the approval page? This change waits for an approver there; opening it decides nothing.',
    `Plan: ${visible(summary)}`,
    `Tenant: ${visible(tenantText(tenant))}`,
    `The page is served by entra-mcp on this machine. Or decide in a terminal: ${visible(approve.command)}`,
  ];
}

/** The other ways to decide, for whom the client's own form is not enough. */
function elsewhereLines({ approve }: PlanView): string[] {
  const page = approve.page === undefined ? '' : `, or at ${visible(approve.page)} in a browser`;
  return [`Or decide in a terminal: ${visible(approve.command)}${page}`];
}

function bindingOf({ caller, tool, input }: QuestionCall): unknown {
  return [caller.requester, caller.clientId, caller.transport, tool, input];
}
