import type { RunReport, Workflow } from '../../../src/contract/index.ts';

/** A run that waits for what became of a mailbox. */
export const waitingRun: RunReport = {
  runId: 'r1',
  kind: 'offboarding',
  status: 'waiting',
  user: { id: 'u1', userPrincipalName: 'ann@contoso.example', displayName: 'Ann Berg' },
  steps: [
    { name: 'block-sign-in', status: 'done', done: 1 },
    { name: 'licenses', status: 'waiting' },
  ],
  followUps: [{ what: 'Make the mailbox shared', commands: ['Set-Mailbox ann@contoso.example -Type Shared'] }],
  waitingFor: 'resume_run with mailbox',
  planId: 'p1',
  requester: 'os:alice',
  createdAt: '2026-03-01T12:00:00.000Z',
};

/** A workflow that writes down what it is asked. */
export function asking<Request>(report: RunReport) {
  const asked: { request: Request; context: readonly string[] }[] = [];
  const ran: unknown[] = [];
  const workflow: Workflow<Request> = {
    plan: async (request, context) => {
      asked.push({ request, context: Object.keys(context).sort() });
      return { summary: 'Go on', effects: [], targets: [], raise: ['destructive'], facts: { runId: 'r1' } };
    },
    run: async (facts) => {
      ran.push(facts);
      return report;
    },
  };
  return { asked, ran, workflow };
}
