import { expect } from 'vitest';
import type { DemoSnapshot } from '../../src/demo/index.ts';
import { type ApprovalWorld, type Called, planIdOf } from './approval-world.ts';

const reason = 'left the company';

/** An agent and an approver at work on runs. */
export class LifecycleOffice {
  readonly world: ApprovalWorld;

  constructor(world: ApprovalWorld) {
    this.world = world;
  }

  /** Plans; the plan's view. */
  async plan(tool: string, args: object): Promise<{ id: string; plan: Record<string, unknown> }> {
    const called = await this.world.call(tool, { reason, ...args });
    const id = planIdOf(called.data);
    expect(called.data, JSON.stringify(called.data)).toMatchObject({ status: 'approval_required' });
    return { id: id ?? '', plan: Object(called.data['plan']) };
  }

  /** Approves and applies; how the run stands then. */
  async applied(id: string): Promise<Called> {
    await this.world.decide(id, 'approve');
    return this.world.call('apply_plan', { planId: id, waitSeconds: 120 });
  }

  /** Plans, approves, applies. */
  async done(tool: string, args: object): Promise<Called> {
    return this.applied((await this.plan(tool, args)).id);
  }

  /** The run of an answer. */
  async runOf({ data }: Called): Promise<Record<string, unknown>> {
    const { data: run } = await this.world.call('get_run', { runId: data['runId'] });
    return { ...run };
  }

  snapshot(): DemoSnapshot {
    return this.world.demo.snapshot();
  }

  user(id: string): Readonly<Record<string, unknown>> | undefined {
    return this.snapshot().users[id];
  }
}

/** The steps of a run with how they stand. */
export function statuses(run: Readonly<Record<string, unknown>>): Record<string, string> {
  const { steps } = run;
  return Object.fromEntries((Array.isArray(steps) ? steps : []).map(({ name, status }) => [name, status]));
}

/** What an undo is to bring back: everything but what cannot be given back, and when things happened. */
export function undoable(snapshot: DemoSnapshot): unknown {
  const { directoryAudits: _, changedDevices: __, ...kept } = snapshot;
  const { accessPackageAssignments: ___, roleAssignments: ____, roleEligibilitySchedules: _____, ...rest } = kept;
  // What an access package gives comes back with the package, which is asked for anew.
  const given = Object.keys(rest.groups).filter((id) => rest.groups[id]?.['displayName'] === 'Partner Portal');
  return JSON.parse(
    JSON.stringify(rest, (key, value) =>
      given.includes(key) ||
      /^(?:lastPasswordChangeDateTime|signInSessionsValidFromDateTime|passwordProfile|authenticationMethods|consents|roles|eligibleRoles|accessPackages|administrativeUnits)$/.test(
        key,
      )
        ? undefined
        : key === 'memberOf' && Array.isArray(value)
          ? value.filter((id) => !given.includes(String(id)))
          : value,
    ),
  );
}
