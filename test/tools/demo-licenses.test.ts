import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import addGroupMembers from '../../tools/groups/add-group-members.ts';
import removeGroupMembers from '../../tools/groups/remove-group-members.ts';
import assignLicenses from '../../tools/licenses/assign-licenses.ts';
import getUserLicenses from '../../tools/licenses/get-user-licenses.ts';
import listLicenses from '../../tools/licenses/list-licenses.ts';
import removeLicenses from '../../tools/licenses/remove-licenses.ts';
import createUser from '../../tools/users/create-user.ts';
import { DemoTrial, refusal } from '../fixtures/demo-trial.ts';
import { read } from '../fixtures/tool-trial.ts';

// Licenses given and taken, against the simulated tenant.

const reason = 'a test';
let demo: DemoTrial;
beforeAll(async () => {
  demo = await DemoTrial.open(120);
});
afterAll(() => demo.close());

const freeOf = async (partNumber: string) =>
  (await read(listLicenses, {}, demo.graph)).items.find(({ skuPartNumber }) => skuPartNumber === partNumber)?.free;
const heldBy = async ({ id }: { id: string }) =>
  (await read(getUserLicenses, { user: id }, demo.graph)).items.map(
    ({ skuPartNumber, assignedByGroup }) => `${skuPartNumber}${assignedByGroup === null ? '' : ' by group'}`,
  );

describe('reading', () => {
  test('what someone holds directly and by a group', async () => {
    const { ordinary, groups } = demo.tenant.landmarks;
    const { items } = await read(getUserLicenses, { user: ordinary.userPrincipalName }, demo.graph);
    expect(items.map(({ skuPartNumber, assignedByGroup }) => [skuPartNumber, assignedByGroup])).toEqual(
      expect.arrayContaining([
        ['SPE_E5', { id: groups.licensed.id, displayName: groups.licensed.displayName }],
        ['VISIOCLIENT', null],
      ]),
    );
  });

  test('the plans of a product', async () => {
    const { items } = await read(listLicenses, { servicePlans: true }, demo.graph);
    expect(items.find(({ skuPartNumber }) => skuPartNumber === 'STANDARDPACK')?.servicePlans).toEqual([
      'EXCHANGE_S_STANDARD',
      'SHAREPOINTSTANDARD',
      'TEAMS1',
    ]);
  });
});

describe('giving and taking', () => {
  test('the last seat is a grant; then none is free, until it is given back', async () => {
    const { newcomer, executive, disabled } = demo.tenant.landmarks;
    const input = { licenses: ['VISIOCLIENT'], usageLocation: 'SE' };
    const taker = (await heldBy(executive)).includes('VISIOCLIENT') ? newcomer : executive;
    expect(await freeOf('VISIOCLIENT')).toBe(1);
    expect(await demo.plan(assignLicenses, { user: taker.id, ...input })).toMatchObject({ raise: ['grant'] });
    expect(await demo.change(assignLicenses, { user: taker.id, ...input })).toMatchObject({
      assigned: ['VISIOCLIENT'],
    });
    expect(demo.stateOf(taker.id)).toMatchObject({ usageLocation: 'SE' });
    expect(await heldBy(taker)).toContain('VISIOCLIENT');
    expect(await freeOf('VISIOCLIENT')).toBe(0);
    expect(await refusal(demo.change(assignLicenses, { user: disabled.id, ...input }))).toBe('CONFLICT');
    await demo.change(removeLicenses, { user: taker.id, licenses: ['VISIOCLIENT'], reason });
    expect(await heldBy(taker)).not.toContain('VISIOCLIENT');
    expect(await freeOf('VISIOCLIENT')).toBe(1);
  });

  test('nobody without a usage location is given one', async () => {
    const user = await demo.change(createUser, {
      displayName: 'Nell Orr',
      userPrincipalName: `nell.orr@${demo.tenant.domain}`,
    });
    const input = { user: user.id, licenses: ['FLOW_FREE'] };
    expect(await refusal(demo.change(assignLicenses, input))).toBe('INPUT_INVALID');
    await demo.change(assignLicenses, { ...input, usageLocation: 'de' });
    expect(demo.stateOf(user.id)).toMatchObject({ usageLocation: 'DE' });
    await demo.change(removeLicenses, { ...input, reason });
  });

  test('plans are left off, turned on, and what excludes others is refused until it is left off', async () => {
    const { ordinary } = demo.tenant.landmarks;
    const input = { user: ordinary.id, licenses: ['STANDARDPACK'] };
    await expect(demo.change(assignLicenses, input)).rejects.toMatchObject({
      code: 'CONFLICT',
      detail: {
        excluding: [['SHAREPOINTSTANDARD', 'SHAREPOINTENTERPRISE']],
        licenses: expect.arrayContaining(['STANDARDPACK', 'SPE_E5']),
      },
    });
    // Editions of Exchange can be together in most tenants: this one refuses them itself.
    await expect(
      demo.change(assignLicenses, { ...input, disabledPlans: ['SHAREPOINTSTANDARD'] }),
    ).rejects.toMatchObject({ code: 'CONFLICT', detail: { licenseProblem: 'plans' } });
    const disabledPlans = ['EXCHANGE_S_STANDARD', 'SHAREPOINTSTANDARD'];
    await demo.change(assignLicenses, { ...input, disabledPlans });
    const { items } = await read(getUserLicenses, { user: ordinary.id }, demo.graph);
    const standard = items.find(({ skuPartNumber }) => skuPartNumber === 'STANDARDPACK');
    expect(standard?.disabledPlans.toSorted()).toEqual(disabledPlans);
    expect(await refusal(demo.change(assignLicenses, { ...input, disabledPlans: [] }))).toBe('CONFLICT');
    await demo.change(removeLicenses, { ...input, reason });
  });

  test('what needs another plan is refused at planning', async () => {
    const { newcomer } = demo.tenant.landmarks;
    const input = { user: newcomer.id, licenses: ['EXCHANGEARCHIVE_ADDON'], usageLocation: 'SE' };
    await expect(demo.change(assignLicenses, input)).rejects.toMatchObject({
      code: 'CONFLICT',
      detail: { lacking: [{ plan: 'EXCHANGE_S_ARCHIVE_ADDON' }] },
    });
  });

  test('what a group gives goes with the group, not directly', async () => {
    const { newcomer: user, groups } = demo.tenant.landmarks;
    const membership = { group: groups.licensed.id, users: [user.id] };
    await demo.change(addGroupMembers, membership);
    expect(await heldBy(user)).toEqual(['SPE_E5 by group']);
    await expect(demo.change(removeLicenses, { user: user.id, licenses: ['SPE_E5'], reason })).rejects.toMatchObject({
      code: 'CONFLICT',
      detail: { groups: [{ id: groups.licensed.id }] },
    });
    await demo.change(removeGroupMembers, { ...membership, reason });
    expect(await heldBy(user)).toEqual([]);
  });

  test('the mailbox goes with the last license that brings one', async () => {
    const { manager } = demo.tenant.landmarks;
    const licenses = (await heldBy(manager)).filter((name) => /^SPE_E[35]$/.test(name));
    expect(licenses.length).toBeGreaterThan(0);
    const input = { user: manager.id, licenses, reason };
    expect(await demo.plan(removeLicenses, input)).toMatchObject({
      facts: { losesMailbox: true },
      warnings: [expect.stringContaining('2026-03-31')],
    });
    await demo.change(removeLicenses, input);
    expect(await heldBy(manager)).not.toContain(licenses[0]);
  });
});
