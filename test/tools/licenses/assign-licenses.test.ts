import { afterEach, describe, expect, test, vi } from 'vitest';
import { type GraphPath, type Repeat, ToolError } from '../../../src/contract/index.ts';
import assignLicenses from '../../../tools/licenses/assign-licenses.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, finance } from '../../fixtures/people.ts';
import { apply, plan, run, still } from '../../fixtures/tool-trial.ts';
import { e3, exchange, full, held, sites1, sites2, smallSite, teams, tenant, visio } from './products.ts';

afterEach(() => vi.restoreAllMocks());

const at = `/users/${ann.id}/assignLicense`;
const ask = (...licenses: string[]) => ({ user: ann.userPrincipalName, licenses });
const noExchange = held(e3, { disabledPlans: [exchange.servicePlanId] });
const problem = (licenseProblem: string) =>
  new ToolError('CONFLICT', { message: 'No.', fix: 'Look.', requestId: 'r-1', detail: { licenseProblem } });

describe('the plan says what an approver needs', () => {
  test('new licenses, one of them by its last seat', async () => {
    const graph = tenant([], { usageLocation: null, userType: 'Guest', accountEnabled: false });
    const input = { ...ask('spe_e3', visio.skuId, 'SPE_E3'), disabledPlans: ['teams1'], usageLocation: 'de' };
    expect(await plan(assignLicenses, input, graph)).toMatchInlineSnapshot(`
      {
        "changes": [
          {
            "after": "DE",
            "before": null,
            "property": "usageLocation",
          },
        ],
        "effects": [
          "They get SPE_E3, without TEAMS1",
          "They get VISIOCLIENT",
        ],
        "facts": {
          "id": "11111111-1111-4111-8111-111111111111",
          "licenses": [
            {
              "before": null,
              "disabledPlans": [
                "57ff2da0-773e-42df-b2af-ffb7a2317929",
              ],
              "skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965",
              "skuPartNumber": "SPE_E3",
            },
            {
              "before": null,
              "disabledPlans": [],
              "skuId": "c5928f49-12ba-48f7-ada3-0d743a3601d5",
              "skuPartNumber": "VISIOCLIENT",
            },
          ],
          "losesMailbox": false,
          "usageLocation": "DE",
          "userPrincipalName": "ann@contoso.com",
        },
        "raise": [
          "grant",
        ],
        "summary": "Assign SPE_E3, VISIOCLIENT to Ann Berg (ann@contoso.com)",
        "targets": [
          {
            "id": "11111111-1111-4111-8111-111111111111",
            "kind": "user",
            "touch": "change",
          },
        ],
        "undo": "remove_licenses",
        "warnings": [
          "They are a guest: their own organization usually licenses them",
          "The account is disabled: the seat is taken all the same",
          "Takes the last free seat of VISIOCLIENT",
        ],
      }
    `);
  });

  test('plans turned on and off, and the mailbox with them', async () => {
    const graph = tenant([held(e3, { disabledPlans: [teams.servicePlanId] })]);
    const input = { ...ask('SPE_E3'), disabledPlans: [exchange.servicePlanId] };
    expect(await plan(assignLicenses, input, graph)).toMatchInlineSnapshot(`
      {
        "effects": [
          "Plans of SPE_E3 that are turned on: TEAMS1; off: EXCHANGE_S_ENTERPRISE",
        ],
        "facts": {
          "id": "11111111-1111-4111-8111-111111111111",
          "licenses": [
            {
              "before": [
                "57ff2da0-773e-42df-b2af-ffb7a2317929",
              ],
              "disabledPlans": [
                "efb87545-963c-4e0d-99df-69c6916d9eb0",
              ],
              "skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965",
              "skuPartNumber": "SPE_E3",
            },
          ],
          "losesMailbox": true,
          "usageLocation": null,
          "userPrincipalName": "ann@contoso.com",
        },
        "raise": [
          "destructive",
        ],
        "summary": "Change the plans of SPE_E3 of Ann Berg (ann@contoso.com)",
        "targets": [
          {
            "id": "11111111-1111-4111-8111-111111111111",
            "kind": "user",
            "touch": "takeaway",
          },
        ],
        "undo": "assign_licenses, with the plans before",
        "warnings": [
          "The last license with Exchange goes: the mailbox is deleted for good on 2026-03-31, unless it is licensed again by then. One to keep has to be made a shared mailbox first",
        ],
      }
    `);
  });

  test('no seat is taken where a group gives the license, without a plan that is to be on', async () => {
    const off = visio.servicePlans.map((plan) => plan.servicePlanId);
    const graph = tenant([held(visio, { assignedByGroup: finance.id, disabledPlans: off })]);
    expect(await plan(assignLicenses, ask('VISIOCLIENT'), graph)).toMatchObject({ raise: [], warnings: [] });
  });

  test('a license that failed is assigned anew', async () => {
    const graph = tenant([held(e3, { state: 'Error', error: 'CountViolation' })]);
    expect(await plan(assignLicenses, ask('SPE_E3'), graph)).toMatchObject({ effects: ['They get SPE_E3'], raise: [] });
  });
});

describe('dynamic groups', () => {
  test.each([
    [`user.assignedPlans -any (assignedPlan.servicePlanId -eq "${exchange.servicePlanId}")`, {}, ['grant']],
    ['user.assignedPlans -any (assignedPlan.service -eq "exchange")', {}, ['grant']],
    ['user.assignedPlans -any (assignedPlan.servicePlanId -eq "another")', {}, []],
    ['user.usageLocation -eq "SE"', {}, []],
    ['user.usageLocation -eq "SE"', { usageLocation: 'SE' }, ['grant']],
    [null, {}, ['grant']],
  ])('%s %o: %o', async (membershipRule, more, raise) => {
    const graph = tenant().collection('/groups', [{ id: 'g', displayName: 'By rule', membershipRule }]);
    expect(await plan(assignLicenses, { ...ask('SPE_E3'), ...more }, graph)).toMatchObject({ raise });
  });
});

describe('nothing to do', () => {
  test.each([
    ['the same plans', { disabledPlans: ['EXCHANGE_S_ENTERPRISE'] }],
    ['no word of plans', {}],
    ['another usage location', { usageLocation: 'SE' }],
  ])('%s', async (_, more) => {
    expect(await plan(assignLicenses, { ...ask('SPE_E3'), ...more }, tenant([noExchange]))).toEqual({
      unchanged: 'Ann Berg (ann@contoso.com) already holds SPE_E3 with these plans',
    });
  });

  test.each([
    ['as the group gives them', {}],
    ['fewer: the group keeps them on', { disabledPlans: ['TEAMS1'] }],
  ])('a group gives it: plans %s', async (_, more) => {
    const graph = tenant([held(e3, { assignedByGroup: finance.id })]);
    expect(await plan(assignLicenses, { ...ask('SPE_E3'), ...more }, graph)).toEqual({
      unchanged: 'Ann Berg (ann@contoso.com) already holds SPE_E3 through a group',
    });
    expect(await plan(assignLicenses, { ...ask('SPE_E3', 'STANDARDPACK') }, graph)).toMatchObject({
      summary: 'Assign STANDARDPACK to Ann Berg (ann@contoso.com)',
      warnings: ['Left as they are: SPE_E3 through a group'],
    });
  });

  test('all plans on is something to do', async () => {
    const draft = await plan(assignLicenses, { ...ask('SPE_E3'), disabledPlans: [] }, tenant([noExchange]));
    expect(draft).toMatchObject({ effects: ['Plans of SPE_E3 that are turned on: EXCHANGE_S_ENTERPRISE'], raise: [] });
  });
});

describe('it is refused', () => {
  test('without a free seat', async () => {
    await expect(plan(assignLicenses, ask('SPE_E3', full.skuId), tenant())).rejects.toMatchObject({
      code: 'CONFLICT',
      detail: { noFreeSeat: ['PROJECTPROFESSIONAL'] },
    });
  });

  test('without a usage location', async () => {
    await expect(plan(assignLicenses, ask('SPE_E3'), tenant([], { usageLocation: null }))).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      detail: { field: 'usageLocation' },
    });
  });

  test('where plans would exclude those that the user has, or each other', async () => {
    const both = ['SHAREPOINTSTANDARD', 'SHAREPOINTENTERPRISE'];
    const conflict = { code: 'CONFLICT', detail: { excluding: [both], licenses: both } };
    const inherited = tenant([held(sites2, { assignedByGroup: finance.id })]);
    await expect(plan(assignLicenses, ask('SHAREPOINTSTANDARD'), inherited)).rejects.toMatchObject(conflict);
    await expect(plan(assignLicenses, ask(...both), tenant())).rejects.toMatchObject(conflict);
  });

  test('but not where one of them is left off, or both are there already', async () => {
    const left = { ...ask('SHAREPOINTSTANDARD'), disabledPlans: ['SHAREPOINTSTANDARD'] };
    expect(await plan(assignLicenses, left, tenant([held(sites2)]))).toHaveProperty('facts');
    const without = held(sites1, { disabledPlans: [smallSite.servicePlanId] });
    expect(await plan(assignLicenses, ask('SHAREPOINTENTERPRISE'), tenant([without]))).toHaveProperty('facts');
    const both = tenant([held(sites1), held(sites2)]);
    expect(await plan(assignLicenses, ask('VISIOCLIENT'), both)).toHaveProperty('facts');
  });

  test('nor for editions of Exchange, which can be together', async () => {
    expect(await plan(assignLicenses, ask('STANDARDPACK'), tenant([held(e3)]))).toMatchObject({ warnings: [] });
  });

  test.each(['NOTHING', 'EXCHANGE_S_FOUNDATION'])('for the plan %s, which cannot be left off', async (name) => {
    const input = { ...ask('SPE_E3'), disabledPlans: ['TEAMS1', name] };
    await expect(plan(assignLicenses, input, tenant())).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      detail: { field: 'disabledPlans', unknown: [name], servicePlans: ['EXCHANGE_S_ENTERPRISE', 'TEAMS1'] },
    });
  });

  test.each([{ appliesTo: 'Company' }, { capabilityStatus: 'Suspended' }])('for a product with %o', async (changed) => {
    const graph = tenant().collection('/subscribedSkus', [{ ...e3, ...changed }]);
    await expect(plan(assignLicenses, ask('SPE_E3'), graph)).rejects.toMatchObject({
      code: 'CONFLICT',
      detail: { licenses: ['SPE_E3'] },
    });
  });

  test('for an unknown license or user', async () => {
    await expect(plan(assignLicenses, ask('NOTHING'), tenant())).rejects.toMatchObject({
      code: 'NOT_FOUND',
      detail: { license: 'NOTHING', partNumbers: expect.arrayContaining(['SPE_E3']) },
    });
    const nobody = { user: 'x@contoso.com', licenses: ['SPE_E3'] };
    await expect(plan(assignLicenses, nobody, tenant())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('writes', () => {
  const body = { addLicenses: [{ skuId: e3.skuId, disabledPlans: [] }], removeLicenses: [] };
  const given = { method: 'POST', at, body, repeat: 'repeatable' };
  const located = { method: 'PATCH', at: `/users/${ann.id}`, body: { usageLocation: 'SE' } };

  test('one request for all licenses; applying twice is harmless', async () => {
    const graph = tenant();
    const draft = await plan(assignLicenses, ask('SPE_E3'), graph);
    if (!('facts' in draft)) throw new Error('a plan was expected');
    const first = await run(assignLicenses, draft, graph);
    expect(first).toEqual({ id: ann.id, userPrincipalName: ann.userPrincipalName, assigned: ['SPE_E3'] });
    expect(await run(assignLicenses, draft, graph)).toEqual(first);
    expect(graph.writes).toEqual([given, given]);
  });

  test('the usage location goes first, and is not sent where it is there already', async () => {
    const graph = tenant();
    expect(await apply(assignLicenses, { ...ask('SPE_E3'), usageLocation: 'se' }, graph)).toMatchObject({
      usageLocation: 'SE',
    });
    expect(graph.writes).toEqual([located, given]);
    const same = tenant();
    await apply(assignLicenses, { ...ask('SPE_E3'), usageLocation: 'de' }, same);
    expect(same.writes).toEqual([given]);
  });

  /** Licensing learns of the usage location late. */
  class Late extends FakeGraph {
    refusals = 3;
    override async act(path: GraphPath, sent: Readonly<Record<string, unknown>>, repeat: Repeat): Promise<void> {
      await super.act(path, sent, repeat);
      if (this.refusals-- > 0) throw problem('usageLocation');
    }
  }

  test('a usage location that licensing does not know yet is waited for', async () => {
    const graph = new Late();
    tenant([], {}, graph);
    expect(await apply(assignLicenses, { ...ask('SPE_E3'), usageLocation: 'SE' }, graph)).toMatchObject({
      assigned: ['SPE_E3'],
    });
    expect(graph.writes).toEqual([located, given, given, given, given]);
  });

  test('but not forever; the error says that the location is set', async () => {
    const graph = tenant().fail(at, problem('usageLocation'));
    await expect(apply(assignLicenses, { ...ask('SPE_E3'), usageLocation: 'SE' }, graph)).rejects.toMatchObject({
      code: 'CONFLICT',
      requestId: 'r-1',
      detail: { licenseProblem: 'usageLocation', changed: ['usageLocation'] },
    });
    expect(graph.writes).toHaveLength(6);
  });

  test('nor when it is cancelled: the refusal is told', async () => {
    vi.spyOn(still, 'sleep').mockRejectedValueOnce(new Error('cancelled'));
    const graph = tenant().fail(at, problem('usageLocation'));
    await expect(apply(assignLicenses, ask('SPE_E3'), graph)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(graph.writes).toHaveLength(1);
  });

  test('any other refusal is final', async () => {
    const graph = tenant().fail(at, problem('seats'));
    const error: unknown = await apply(assignLicenses, ask('SPE_E3'), graph).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFLICT', detail: { licenseProblem: 'seats' } });
    expect(graph.writes).toEqual([given]);
  });

  test.each([
    [at, 'LicenseAssignment.ReadWrite.All'],
    [`/users/${ann.id}`, 'User.ReadUpdate.All'],
  ])('a 403 at %s names the permission', async (address, permission) => {
    const graph = tenant();
    const draft = await plan(assignLicenses, { ...ask('SPE_E3'), usageLocation: 'SE' }, graph);
    if (!('facts' in draft)) throw new Error('a plan was expected');
    graph.fail(address, new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }));
    await expect(run(assignLicenses, draft, graph)).rejects.toMatchObject({
      code: 'NOT_PERMITTED',
      fix: expect.stringContaining(permission),
    });
  });
});
