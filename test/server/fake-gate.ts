import type { Caller, Gate, GateAnswer, GateCall } from '../../src/approval/gate.ts';
import {
  type AppliedPort,
  type ChangeAnswer,
  type ChangeTool,
  type PlanState,
  type PlanView,
  ToolError,
} from '../../src/contract/index.ts';

/** What stands in the plans of a `FakeGate`. */
export interface FakePlan {
  readonly view: PlanView;
  status: PlanState;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A gate without a tenant: it keeps plans and decisions, and counts what it would have applied. */
export class FakeGate implements Gate {
  readonly plans = new Map<string, FakePlan>();
  readonly calls: GateCall[] = [];
  readonly applied: string[] = [];
  /** By what each decision of a client came. */
  readonly through: string[] = [];
  mayElicit = true;
  /** As the real one, which says so whether or not the client shows forms. */
  mayElicitAnyone = false;
  plan: Partial<PlanView> = {};
  result: Record<string, unknown> = { id: 'u1', done: true };
  /** Runs before a proposal is answered. */
  beforePropose: (call: GateCall) => Promise<void> = async () => {};

  async propose(tool: ChangeTool, args: Readonly<Record<string, unknown>>, call: GateCall): Promise<GateAnswer> {
    this.calls.push(call);
    await this.beforePropose(call);
    call.signal.throwIfAborted();
    const id = `plan${this.plans.size + 1}`;
    const view: PlanView = { ...planNamed(id, tool.name), ...this.plan };
    this.plans.set(id, { view, status: 'pending', args });
    return { answer: pending(view), mayElicit: this.#mayElicit(call) };
  }

  async explain(tool: ChangeTool): ReturnType<Gate['explain']> {
    const summary = planNamed('explained', tool.name).summary;
    return { decision: 'human', summary, risk: [], because: 'it is a fake', policies: [], objects: [] };
  }

  async apply(planId: string, call: GateCall, _waitMs: number): Promise<GateAnswer> {
    this.calls.push(call);
    const plan = this.#known(planId);
    if (plan.status === 'pending') return { answer: pending(plan.view), mayElicit: this.#mayElicit(call) };
    if (plan.status === 'denied') {
      throw new ToolError('PLAN_DENIED', { message: 'The plan was denied.', fix: 'Do not ask again.' });
    }
    if (plan.status === 'approved') this.applied.push(planId);
    plan.status = 'applied';
    const answer: ChangeAnswer = {
      status: 'completed',
      plan: plan.view,
      result: this.result,
      auditHead: 'head1',
      tenant: { id: 'tenant1' },
      message: 'Applied.',
    };
    return { answer, mayElicit: false };
  }

  appliedOf(): AppliedPort {
    return { list: async () => ({ items: [], total: 0 }) };
  }

  async report(planId: string, _caller: Caller) {
    const plan = this.#known(planId);
    return { plan: plan.view, status: plan.status };
  }

  async decideByClient(planId: string, decision: 'approve' | 'deny', _: Caller, through?: 'card'): Promise<void> {
    if (!this.mayElicit) {
      throw new ToolError('APPROVAL_UNAVAILABLE', { message: 'Not by the client.', fix: 'Use a terminal.' });
    }
    this.through.push(through ?? 'form');
    this.#known(planId).status = decision === 'approve' ? 'approved' : 'denied';
  }

  stop(): void {}

  async idle(): Promise<void> {}

  /** What a person does in a terminal. */
  approveElsewhere(planId: string): void {
    this.#known(planId).status = 'approved';
  }

  statusOf(planId: string): PlanState {
    return this.#known(planId).status;
  }

  #mayElicit(call: GateCall): boolean {
    return this.mayElicit && (call.elicits || this.mayElicitAnyone);
  }

  #known(planId: string): FakePlan {
    const plan = this.plans.get(planId);
    if (plan === undefined) throw new ToolError('NOT_FOUND', { message: 'There is no such plan.', fix: 'Plan again.' });
    return plan;
  }
}

function pending(plan: PlanView): ChangeAnswer {
  return {
    status: 'approval_required',
    plan,
    tenant: { id: 'tenant1', name: 'Contoso' },
    message: 'Nothing was changed yet.',
  };
}

/** A plan with nothing hostile in it. */
function planNamed(id: string, tool: string): PlanView {
  return {
    id,
    tool,
    risk: ['destructive'],
    summary: 'Disable Anna Ek (anna@contoso.com)',
    effects: ['New sign-ins are blocked'],
    warnings: ['Synced from AD'],
    targets: [{ kind: 'user', id: 'u1', department: 'Sales', manager: null, accountEnabled: true }],
    undo: 'enable_user',
    changes: [{ property: 'accountEnabled', before: 'true', after: 'false' }],
    tenant: { id: 'tenant1', name: 'Contoso', cloud: 'global' },
    reason: 'left the company',
    stepUp: false,
    requester: 'os:alice',
    createdAt: '2026-03-01T12:00:00.000Z',
    expiresAt: '2026-03-01T12:15:00.000Z',
    approve: { command: `entra-mcp approve ${id}` },
  };
}
