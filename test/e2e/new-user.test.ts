import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApprovalTown, at, type Office } from './approval-office.ts';

let town: ApprovalTown;
let office: Office;
beforeAll(async () => {
  town = await ApprovalTown.open(60);
  office = await town.serve();
});
afterAll(() => town.close());

interface Run {
  readonly runId: string;
  readonly steps: readonly { readonly name: string; readonly status: string }[];
  readonly followUps: readonly { readonly what: string }[];
}

/** What the tool, the resource and the terminal say of a run: all the same. */
async function runOf(runId: unknown): Promise<Run & Record<string, unknown>> {
  const { data } = await office.client.call('get_run', { runId });
  expect(await office.client.read(`entra://runs/${runId}`)).toEqual(data);
  const json = await town.place.run(['runs', String(runId), '--json']);
  expect(json, json.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(json.stdout)).toMatchObject(data);
  const run: Run & Record<string, unknown> = Object(data);
  const shown = await town.place.run(['runs', String(runId)]);
  const flat = shown.stdout.replace(/\s+/g, ' ');
  for (const { name, status } of run.steps) expect(flat).toContain(`${name} ${status.replace('_', ' ')}`);
  for (const { what } of run.followUps) expect(flat).toContain(what.slice(0, 30));
  return run;
}

test('a new user offboards someone, follows the run, and takes it back', async () => {
  const { leaver, ordinary } = town.demo.landmarks;
  const asked = { user: leaver.userPrincipalName, preset: 'full', successor: ordinary.id, reason: 'left the company' };
  const planned = await office.client.call('offboard_user', asked);
  const planId = String(at(planned.data, 'plan', 'id'));
  expect(planned.text).toContain(`Offboard ${leaver.displayName} (${leaver.userPrincipalName})`);
  expect(planned.text).toContain(`approve ${planId}`);

  const approved = await town.decide(planId);
  expect(approved, approved.stderr).toMatchObject({ code: 0 });
  const heard: (string | undefined)[] = [];
  const onprogress = ({ message }: { message?: string | undefined }) => void heard.push(message);
  const applied = await office.client.call('apply_plan', { planId, waitSeconds: 60 }, { onprogress });
  expect(applied.data, applied.text).toMatchObject({ status: 'completed', result: { status: 'completed' } });
  expect(heard).toContain('step 1 of 12, block-sign-in');

  const run = await runOf(applied.data['runId']);
  expect(run).toMatchObject({ status: 'completed', blocked: true });
  expect(run.followUps.length).toBeGreaterThan(0);

  const undoing = await office.client.call('undo_offboarding', { runId: run.runId, reason: 'they stay' });
  const undoId = String(at(undoing.data, 'plan', 'id'));
  expect((await town.decide(undoId)).code).toBe(0);
  const undone = await office.client.call('apply_plan', { planId: undoId, waitSeconds: 60 });
  expect(undone.data, undone.text).toMatchObject({ result: { status: 'completed', blocked: false } });
  const back = await runOf(undone.data['runId']);
  expect(back).toMatchObject({ kind: 'undo', status: 'completed' });
  expect(town.demo.snapshot().users[leaver.id]).toMatchObject({ accountEnabled: true });
}, 60_000);
