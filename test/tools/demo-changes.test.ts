import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import changeGroupOwners from '../../tools/groups/change-group-owners.ts';
import createGroup from '../../tools/groups/create-group.ts';
import deleteGroup from '../../tools/groups/delete-group.ts';
import getGroup from '../../tools/groups/get-group.ts';
import listGroupMembers from '../../tools/groups/list-group-members.ts';
import searchGroups from '../../tools/groups/search-groups.ts';
import updateGroup from '../../tools/groups/update-group.ts';
import deleteUser from '../../tools/users/delete-user.ts';
import getUser from '../../tools/users/get-user.ts';
import inviteGuest from '../../tools/users/invite-guest.ts';
import listDeletedUsers from '../../tools/users/list-deleted-users.ts';
import purgeUser from '../../tools/users/purge-user.ts';
import resendInvitation from '../../tools/users/resend-invitation.ts';
import resetPassword from '../../tools/users/reset-password.ts';
import restoreUser from '../../tools/users/restore-user.ts';
import searchUsers from '../../tools/users/search-users.ts';
import setManager from '../../tools/users/set-manager.ts';
import updateUser from '../../tools/users/update-user.ts';
import { DemoTrial, idsOf, refusal } from '../fixtures/demo-trial.ts';
import { read } from '../fixtures/tool-trial.ts';

// Accounts and groups that come and go, against the simulated tenant.

const reason = 'a test';
let demo: DemoTrial;
beforeAll(async () => {
  demo = await DemoTrial.open(120);
});
afterAll(() => demo.close());

describe('an account that is deleted', () => {
  test('is listed, comes back with its groups, and can be deleted for good', async () => {
    const { ordinary: person, groups } = demo.tenant.landmarks;
    const isMember = async () =>
      idsOf(await demo.all(listGroupMembers, { group: groups.security.id })).includes(person.id);
    expect(await isMember()).toBe(true);
    await demo.change(deleteUser, { user: person.userPrincipalName, reason });
    expect(await refusal(read(getUser, { user: person.id }, demo.graph))).toBe('NOT_FOUND');
    const [latest] = await demo.all(listDeletedUsers, {});
    expect(latest).toMatchObject({
      id: person.id,
      userPrincipalName: person.userPrincipalName,
      restorableUntil: expect.stringMatching(/^\d{4}-/),
    });
    await demo.change(restoreUser, { user: person.userPrincipalName });
    expect(await read(getUser, { user: person.userPrincipalName }, demo.graph)).toMatchObject({
      user: { id: person.id },
    });
    expect(await isMember()).toBe(true);
    await demo.change(deleteUser, { user: person.id, reason });
    await demo.change(purgeUser, { user: person.userPrincipalName, reason });
    expect(idsOf(await demo.all(listDeletedUsers, {}))).not.toContain(person.id);
    expect(await refusal(demo.change(restoreUser, { user: person.userPrincipalName }))).toBe('NOT_FOUND');
  });

  test('comes back under another name where its own is taken', async () => {
    const { hostileName: gone, apostrophe: taker } = demo.tenant.landmarks;
    await demo.change(deleteUser, { user: gone.id, reason });
    await demo.change(updateUser, { user: taker.id, set: { userPrincipalName: gone.userPrincipalName } });
    expect(await refusal(demo.change(restoreUser, { user: gone.userPrincipalName }))).toBe('CONFLICT');
    const newUserPrincipalName = `came.back@${demo.tenant.domain}`;
    const input = { user: gone.userPrincipalName, newUserPrincipalName };
    expect(await demo.change(restoreUser, input)).toMatchObject({ userPrincipalName: newUserPrincipalName });
    expect(demo.stateOf(gone.id)).toMatchObject({ userPrincipalName: newUserPrincipalName });
  });

  test('an account that lives is not deleted for good', async () => {
    const { manager } = demo.tenant.landmarks;
    expect(await refusal(demo.change(purgeUser, { user: manager.userPrincipalName, reason }))).toBe('CONFLICT');
  });
});

describe('managers', () => {
  test('set, changed and taken away', async () => {
    const { newcomer, manager, executive } = demo.tenant.landmarks;
    const managerOf = async () =>
      JSON.stringify(await read(getUser, { user: newcomer.id, include: ['manager'] }, demo.graph));
    for (const next of [executive, manager]) {
      await demo.change(setManager, { user: newcomer.id, manager: next.userPrincipalName });
      expect(await managerOf()).toContain(next.id);
    }
    await demo.change(setManager, { user: newcomer.id, manager: null });
    expect(await managerOf()).toContain('"manager":null');
  });

  test('AD masters that of a synced account', async () => {
    const { synced, executive } = demo.tenant.landmarks;
    expect(await refusal(demo.change(setManager, { user: synced.id, manager: executive.id }))).toBe('CONFLICT');
  });
});

describe('passwords and guests', () => {
  test('a password is reset once, and must be changed', async () => {
    const { newcomer } = demo.tenant.landmarks;
    const before = demo.stateOf(newcomer.id)['lastPasswordChangeDateTime'];
    expect(await demo.change(resetPassword, { user: newcomer.id })).toMatchObject({ handoffId: 'handoff-1' });
    expect(demo.stateOf(newcomer.id)['lastPasswordChangeDateTime']).not.toBe(before);
    expect(demo.stateOf(newcomer.id)).toMatchObject({
      passwordProfile: { forceChangePasswordNextSignIn: true, password: null },
    });
  });

  test.each(['synced', 'guest'] as const)('that of the %s account is kept elsewhere', async (name) => {
    expect(await refusal(demo.change(resetPassword, { user: demo.tenant.landmarks[name].id }))).toBe('CONFLICT');
  });

  test('a guest is invited, reminded, and not invited twice', async () => {
    const invitedUserEmailAddress = 'eva.groth@partner.example';
    const { id } = await demo.change(inviteGuest, { invitedUserEmailAddress, invitedUserDisplayName: 'Eva Groth' });
    expect(demo.stateOf(id)).toMatchObject({
      mail: invitedUserEmailAddress,
      userType: 'Guest',
      externalUserState: 'PendingAcceptance',
    });
    expect(await refusal(demo.change(inviteGuest, { invitedUserEmailAddress }))).toContain('is a guest already');
    expect(await demo.change(resendInvitation, { user: id })).toMatchObject({ id, invitedUserEmailAddress });
    const own = { invitedUserEmailAddress: `x@${demo.tenant.domain}` };
    expect(await refusal(demo.change(inviteGuest, own))).toBe('CONFLICT');
  });
});

describe('groups', () => {
  test('created with owners, changed, and deleted', async () => {
    const { manager, executive } = demo.tenant.landmarks;
    const { id } = await demo.change(createGroup, {
      displayName: 'Night shift',
      kind: 'security',
      owners: [manager.id, executive.userPrincipalName],
    });
    const ownersOf = async () =>
      idsOf((await read(getGroup, { group: id, include: ['owners'] }, demo.graph)).owners ?? []);
    expect(await ownersOf()).toEqual([manager.id, executive.id].sort());
    await demo.change(changeGroupOwners, { group: id, remove: [manager.id], reason });
    expect(await ownersOf()).toEqual([executive.id]);
    expect(await refusal(demo.change(changeGroupOwners, { group: id, remove: [executive.id], reason }))).toBe(
      'CONFLICT',
    );
    await demo.change(changeGroupOwners, { group: id, add: [manager.id], remove: [executive.id], reason });
    expect(await ownersOf()).toEqual([manager.id]);
    await demo.change(updateGroup, { group: 'Night shift', set: { displayName: 'Late shift', description: 'x' } });
    expect(await read(getGroup, { group: id }, demo.graph)).toMatchObject({
      group: { displayName: 'Late shift', description: 'x' },
    });
    await demo.change(deleteGroup, { group: id, reason });
    expect(await refusal(read(getGroup, { group: id }, demo.graph))).toBe('NOT_FOUND');
  });

  test('a dynamic group takes in whom its rule fits, also after the rule changes', async () => {
    const { id } = await demo.change(createGroup, {
      displayName: 'By rule',
      kind: 'security',
      membershipRule: 'user.department -eq "Sales"',
    });
    const departments = async () =>
      new Set((await demo.all(listGroupMembers, { group: id, usersOnly: true })).map((row) => row['department']));
    expect(await departments()).toEqual(new Set(['Sales']));
    const set = { membershipRule: 'user.department -eq "Finance"' };
    await demo.change(updateGroup, { group: id, set, reason });
    expect(await departments()).toEqual(new Set(['Finance']));
  });

  test('a Microsoft 365 group has an alias of its own and a visibility', async () => {
    const asked = { displayName: 'Party', kind: 'microsoft365' as const };
    const { id } = await demo.change(createGroup, asked);
    expect(await refusal(demo.change(createGroup, asked))).toBe('CONFLICT');
    await demo.change(updateGroup, { group: id, set: { visibility: 'Public' } });
    expect(await read(getGroup, { group: id, fields: ['visibility'] }, demo.graph)).toMatchObject({
      group: { visibility: 'Public' },
    });
  });

  test.each(['synced', 'mailEnabled'] as const)('the %s group is not ours to change', async (name) => {
    const group = demo.tenant.landmarks.groups[name].id;
    expect(await refusal(demo.change(updateGroup, { group, set: { description: 'x' } }))).toBe('CONFLICT');
    expect(await refusal(demo.change(deleteGroup, { group, reason }))).toBe('CONFLICT');
    const add = [demo.tenant.landmarks.manager.id];
    expect(await refusal(demo.change(changeGroupOwners, { group, add }))).toBe('CONFLICT');
  });
});

describe('expert filters give what Graph gives', () => {
  test.each([
    ["startsWith(displayName,'A') or startsWith(displayName,'M')"],
    ["not startsWith(displayName,'A') and accountEnabled eq true"],
    ["endsWith(userPrincipalName,'.example') and department in ('Sales','Legal')"],
    ["companyName eq null and userType ne 'Guest'"],
    ['createdDateTime ge 2020-01-01 and assignedLicenses/$count eq 0'],
    ["proxyAddresses/any(p:startsWith(p,'SMTP:m'))"],
    ["employeeOrgData/division eq 'x'"],
  ])('%s', async (filter) => {
    expect(await demo.all(searchUsers, { filter })).toEqual(expect.any(Array));
  });

  test('one that finds somebody finds exactly them', async () => {
    const { manager } = demo.tenant.landmarks;
    const filter = `userPrincipalName eq '${manager.userPrincipalName.replaceAll("'", "''")}'`;
    expect(idsOf(await demo.all(searchUsers, { filter }))).toEqual([manager.id]);
    const { dynamic } = demo.tenant.landmarks.groups;
    expect(idsOf(await demo.all(searchGroups, { filter: "groupTypes/any(t:t eq 'DynamicMembership')" }))).toContain(
      dynamic.id,
    );
  });

  test('who has not signed in for long', async () => {
    const before = '2100-01-01';
    const found = await demo.all(searchUsers, { lastSignInBefore: before });
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject({ signInActivity: { lastSignInDateTime: expect.any(String) } });
    expect(idsOf(found)).not.toContain(demo.tenant.landmarks.newcomer.id);
  });
});

test('no request was answered with a fault but repeated changes of references', () => {
  const faults = demo.tenant.requests
    .filter(({ status }) => status >= 500 || status === 400)
    .filter(({ method, path }) => !(method === 'POST' && path.endsWith('/owners/$ref')));
  expect(faults).toEqual([]);
});
