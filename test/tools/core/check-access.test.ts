import { expect, test } from 'vitest';
import type { AccessReport } from '../../../src/contract/index.ts';
import checkAccess from '../../../tools/core/check-access.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { noRuns } from '../../fixtures/no-workflows.ts';
import { read } from '../../fixtures/tool-trial.ts';

const report: AccessReport = {
  tenant: { id: 't1', name: 'Contoso' },
  cloud: 'global',
  graphHost: 'graph.microsoft.com',
  signIn: 'client secret',
  claims: {
    kind: 'app',
    tid: 't1',
    appId: 'app-1',
    oid: 'sp-1',
    roles: ['User.ReadWrite.All', 'GroupMember.Read.All'],
    scopes: [],
    directoryRoles: ['role-1'],
  },
  readOnly: false,
  toolsets: ['core', 'users', 'groups'],
  tools: [
    { name: 'check_access', toolset: 'core', permissions: [] },
    { name: 'get_user', toolset: 'users', permissions: ['User.Read.All', 'AuditLog.Read.All'] },
    { name: 'disable_user', toolset: 'users', permissions: ['User.EnableDisableAccount.All', 'User.Read.All'] },
    { name: 'add_group_members', toolset: 'groups', permissions: ['GroupMember.ReadWrite.All', 'User.Read.All'] },
  ],
  approval: { pin: true, signIn: false },
  usage: { requests: 3, attempts: 4, throttled: 1, waitedMs: 250, resourceUnits: 7 },
};

const check = (changed: Partial<AccessReport> = {}, waiting = 0) =>
  read(checkAccess, {}, new FakeGraph(), {
    access: { identity: async () => ({ ...report, ...changed }) },
    runs: {
      list: async ({ status }) => ({ runs: [], total: status === 'waiting' ? waiting : 100 }),
      get: noRuns.get,
    },
  });

test('it tells how many runs wait, where some do', async () => {
  expect(await check({}, 2)).toMatchObject({ runsWaiting: 2 });
  expect(await check()).not.toHaveProperty('runsWaiting');
});

test('it tells who, where, what is granted, and which tools lack what', async () => {
  expect(await check()).toEqual({
    tenant: { id: 't1', name: 'Contoso' },
    cloud: 'global',
    graphHost: 'graph.microsoft.com',
    signIn: 'client secret',
    identity: { kind: 'app', appId: 'app-1', oid: 'sp-1' },
    permissions: ['GroupMember.Read.All', 'User.ReadWrite.All'],
    directoryRoles: ['role-1'],
    lacking: [
      { tool: 'get_user', permissions: ['AuditLog.Read.All'] },
      { tool: 'add_group_members', permissions: ['GroupMember.ReadWrite.All'] },
    ],
    toolsets: ['core', 'users', 'groups'],
    tools: 4,
    readOnly: false,
    approval: { ready: true, pin: true, signIn: false },
    usage: { requests: 3, attempts: 4, throttled: 1, waitedMs: 250, resourceUnits: 7 },
  });
});

test("a person's sign-in counts by its delegated permissions", async () => {
  const claims = {
    kind: 'user',
    userPrincipalName: 'ann@contoso.com',
    roles: [],
    scopes: ['Directory.Read.All'],
    directoryRoles: [],
  } as const;
  expect(await check({ claims })).toMatchObject({
    identity: { kind: 'user', userPrincipalName: 'ann@contoso.com' },
    lacking: [
      { tool: 'get_user', permissions: ['AuditLog.Read.All'] },
      { tool: 'disable_user', permissions: ['User.EnableDisableAccount.All'] },
      { tool: 'add_group_members', permissions: ['GroupMember.ReadWrite.All'] },
    ],
  });
});

test('without a token it claims to know nothing of permissions', async () => {
  const answer = await check({ claims: undefined });
  expect(answer).not.toHaveProperty('lacking');
  expect(answer).not.toHaveProperty('permissions');
});

test('where nobody can approve, it says how to begin', async () => {
  expect(await check({ approval: { pin: false, signIn: false } })).toMatchObject({
    approval: { ready: false, fix: expect.stringContaining('entra-mcp approver set-pin') },
  });
  expect(await check({ approval: { pin: false, signIn: true } })).toMatchObject({ approval: { ready: true } });
});
