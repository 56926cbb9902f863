import type { Json, Workflow, WorkflowRunContext } from '../../../src/contract/index.ts';
import { noWorkflows } from '../../fixtures/no-workflows.ts';

const report = {
  runId: 'run-1',
  kind: 'offboarding' as const,
  status: 'completed' as const,
  steps: [],
  followUps: [],
  planId: 'plan-1',
  requester: 'os:tester',
  createdAt: '2026-03-01T12:00:00.000Z',
};

/** Workflows that remember what they were asked. */
export function rememberingWorkflows() {
  const asked: unknown[] = [];
  const remembering = <R>(): Workflow<R> => ({
    plan: async (request) => {
      asked.push(request);
      return { summary: 'Offboard', effects: [], targets: [], facts: { who: 'ann' } };
    },
    run: async (facts: Json, { plan }: WorkflowRunContext) => {
      asked.push({ facts, planId: plan.id });
      return report;
    },
  });
  return { asked, report, lifecycle: { ...noWorkflows, offboardUser: remembering(), offboardUsers: remembering() } };
}
