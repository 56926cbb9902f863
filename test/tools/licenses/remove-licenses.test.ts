import { expect, test } from 'vitest';
import { type GraphPath, type Repeat, ToolError } from '../../../src/contract/index.ts';
import removeLicenses from '../../../tools/licenses/remove-licenses.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, finance } from '../../fixtures/people.ts';
import { apply, plan, run } from '../../fixtures/tool-trial.ts';
import { e3, exchange, held, standard, tenant, visio } from './products.ts';

const reason = 'no longer needed';
const ask = (...licenses: string[]) => ({ user: ann.userPrincipalName, licenses, reason });

test('the plan says what an approver needs', async () => {
  const graph = tenant([held(e3), held(visio), held(visio, { assignedByGroup: finance.id })]);
  expect(
    await plan(removeLicenses, ask('spe_e3', visio.skuId, 'SPE_E3', 'STANDARDPACK'), graph),
  ).toMatchInlineSnapshot(`
    {
      "effects": [
        "What only these licenses give stops working: apps, services and their data",
        "Seats become free: SPE_E3",
      ],
      "facts": {
        "id": "11111111-1111-4111-8111-111111111111",
        "licenses": [
          {
            "skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965",
            "skuPartNumber": "SPE_E3",
          },
          {
            "skuId": "c5928f49-12ba-48f7-ada3-0d743a3601d5",
            "skuPartNumber": "VISIOCLIENT",
          },
        ],
        "losesMailbox": true,
        "userPrincipalName": "ann@contoso.com",
      },
      "summary": "Take SPE_E3, VISIOCLIENT from Ann Berg (ann@contoso.com)",
      "targets": [
        {
          "id": "11111111-1111-4111-8111-111111111111",
          "kind": "user",
          "touch": "takeaway",
        },
      ],
      "undo": "assign_licenses, while seats are free",
      "warnings": [
        "The last license with Exchange goes: the mailbox is deleted for good on 2026-03-31, unless it is licensed again by then. One to keep has to be made a shared mailbox first",
        "Not held, left out: STANDARDPACK",
        "VISIOCLIENT stays theirs by the group Finance",
      ],
    }
  `);
});

test.each([
  ['another license brings one', [held(e3), held(standard, { assignedByGroup: finance.id })]],
  ['Exchange is off already', [held(e3, { disabledPlans: [exchange.servicePlanId] })]],
  ['the assignment had failed', [held(e3, { state: 'Error', error: 'CountViolation' })]],
])('no word of the mailbox where %s', async (_, states) => {
  expect(await plan(removeLicenses, ask('SPE_E3'), tenant(states))).toMatchObject({ warnings: [] });
});

test('the mailbox is not kept by a license that failed', async () => {
  const graph = tenant([held(e3), held(standard, { state: 'Error', error: 'MutuallyExclusiveViolation' })]);
  expect(await plan(removeLicenses, ask('SPE_E3'), graph)).toMatchObject({
    warnings: [expect.stringContaining('2026-03-31')],
  });
});

test('a license that the tenant no longer has is taken by its id', async () => {
  const skuId = 'a403ebcc-fae0-4ca2-8c8c-7a907fd6c235';
  expect(await plan(removeLicenses, ask(skuId), tenant([held({ skuId })]))).toMatchObject({
    facts: { licenses: [{ skuId, skuPartNumber: skuId }] },
  });
});

test('nothing to do', async () => {
  expect(await plan(removeLicenses, ask('VISIOCLIENT'), tenant([held(e3)]))).toEqual({
    unchanged: 'Ann Berg (ann@contoso.com) does not hold VISIOCLIENT',
  });
});

test('what comes through a group is refused, with the group', async () => {
  const graph = tenant([held(e3, { assignedByGroup: finance.id }), held(visio)]);
  await expect(plan(removeLicenses, ask('SPE_E3', 'VISIOCLIENT'), graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    fix: expect.stringContaining('remove_group_members'),
    detail: { groups: [{ id: finance.id, displayName: 'Finance' }], inherited: [e3.skuId] },
  });
});

test('an unknown license, and an unknown user, are NOT_FOUND', async () => {
  await expect(plan(removeLicenses, ask('NOTHING'), tenant())).rejects.toMatchObject({
    code: 'NOT_FOUND',
    detail: { license: 'NOTHING', partNumbers: expect.arrayContaining(['SPE_E3']) },
  });
  const nobody = { ...ask('SPE_E3'), user: 'x@contoso.com' };
  await expect(plan(removeLicenses, nobody, tenant())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('one request takes all', async () => {
  const graph = tenant([held(e3), held(visio)]);
  expect(await apply(removeLicenses, ask('SPE_E3', 'VISIOCLIENT'), graph)).toEqual({
    id: ann.id,
    userPrincipalName: ann.userPrincipalName,
    removed: ['SPE_E3', 'VISIOCLIENT'],
  });
  expect(graph.writes).toEqual([
    {
      method: 'POST',
      at: `/users/${ann.id}/assignLicense`,
      body: { addLicenses: [], removeLicenses: [e3.skuId, visio.skuId] },
      repeat: 'repeatable',
    },
  ]);
});

/** Refuses to take what the user does not hold, as Graph does. */
class Holding extends FakeGraph {
  held: readonly string[] = [];
  problem = 'notHeld';
  override async act(at: GraphPath, body: Readonly<Record<string, unknown>>, repeat: Repeat): Promise<void> {
    await super.act(at, body, repeat);
    const taken = [body['removeLicenses']].flat();
    if (taken.every((skuId) => this.held.some((one) => one === skuId))) return;
    throw new ToolError('CONFLICT', { message: 'No.', fix: 'Look.', detail: { licenseProblem: this.problem } });
  }
}

test.each([
  ['one that is gone meanwhile does not hold the other', [visio.skuId], 2],
  ['applying twice is harmless', [], 1],
])('%s', async (_, left, requests) => {
  const graph = new Holding();
  tenant([held(e3), held(visio)], {}, graph);
  const draft = await plan(removeLicenses, ask('SPE_E3', 'VISIOCLIENT'), graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.held = left;
  tenant(
    left.map((skuId) => held({ skuId })),
    {},
    graph,
  );
  expect(await run(removeLicenses, draft, graph)).toMatchObject({ removed: ['SPE_E3', 'VISIOCLIENT'] });
  expect(graph.writes).toHaveLength(requests);
  expect(graph.writes.slice(1).map(({ body }) => body)).toEqual(
    left.map((skuId) => ({ addLicenses: [], removeLicenses: [skuId] })),
  );
});

test('one that a group gives too is gone when a second request says that it is inherited', async () => {
  const graph = new Holding();
  tenant([held(e3), held(e3, { assignedByGroup: finance.id })], {}, graph);
  const draft = await plan(removeLicenses, ask('SPE_E3'), graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  graph.problem = 'inherited';
  // Refused though nothing is gone: a license of the group needs it.
  await expect(run(removeLicenses, draft, graph)).rejects.toMatchObject({ detail: { licenseProblem: 'inherited' } });
  tenant([held(e3, { assignedByGroup: finance.id })], {}, graph);
  expect(await run(removeLicenses, draft, graph)).toMatchObject({ removed: ['SPE_E3'] });
  expect(graph.writes).toHaveLength(2);
});

test('a 403 names the permission; any other refusal passes', async () => {
  const at = `/users/${ann.id}/assignLicense`;
  const graph = tenant([held(e3)]).fail(at, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
  await expect(apply(removeLicenses, ask('SPE_E3'), graph)).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
    fix: expect.stringContaining('LicenseAssignment.ReadWrite.All'),
  });
  const other = tenant([held(e3)]).fail(at, new ToolError('CONFLICT', { message: 'No.', fix: 'Look.' }));
  await expect(apply(removeLicenses, ask('SPE_E3'), other)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('a reason is required', () => {
  expect(removeLicenses.input.safeParse({ user: ann.id, licenses: ['SPE_E3'] }).success).toBe(false);
});
