import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool, path, ToolError, userRef } from '../../src/contract/index.ts';
import { ann, callOf, GateWorld } from '../fixtures/gate-world.ts';

const dan = {
  id: 'dddddddd-0000-4000-8000-000000000001',
  userPrincipalName: 'dddddddd000040008000000000000001dan@contoso.example',
  displayName: 'Dan Eck',
  accountEnabled: true,
  department: 'Sales',
  deletedDateTime: '2026-02-20T08:00:00Z',
};
const board = { id: 'bbbbbbbb-0000-4000-8000-000000000002', displayName: 'Board', groupTypes: [] };
const roleGroup = '/roleManagement/directory/roleAssignments';
const eligible = '/roleManagement/directory/roleEligibilitySchedules';

/** Restores or deletes for good, as the tools do. */
const tool = (touch: 'takeover' | 'takeaway') =>
  defineTool({
    name: touch === 'takeover' ? 'bring_back' : 'wipe_out',
    title: 'T',
    description: 'D.',
    toolset: 'users',
    risk: 'destructive',
    permissions: ['User.DeleteRestore.All'],
    writes: ['DELETE /directory/deletedItems/{}'],
    idempotent: true,
    input: z.strictObject({ user: userRef, reason: z.string() }),
    output: z.object({}),
    plan: async ({ user }) => ({
      summary: 'S',
      effects: [],
      targets: [{ kind: 'deletedUser', id: user, touch }],
      facts: { user },
    }),
    run: async ({ user }, { graph }) => {
      await graph.delete(path`/directory/deletedItems/${user}`);
      return {};
    },
  });

let world: GateWorld;
beforeEach(async () => {
  world = await GateWorld.open();
  world.graph.deletedUser(dan);
});
afterEach(() => world.close());

const propose = async (touch: 'takeover' | 'takeaway', user = dan.id) =>
  (await world.gate().propose(tool(touch), { user, reason: 'a test' }, callOf())).answer;
const denied = { code: 'PROTECTED_TARGET' };

test('an approver reads who it was, by the name it had', async () => {
  expect(await propose('takeover')).toMatchObject({
    status: 'approval_required',
    plan: {
      stepUp: false,
      targets: [
        {
          kind: 'deletedUser',
          id: dan.id,
          name: 'Dan Eck',
          userPrincipalName: 'dan@contoso.example',
          department: 'Sales',
          deletedDateTime: dan.deletedDateTime,
          privileged: 'no',
        },
      ],
    },
  });
});

describe.each([
  ['a directory role', () => world.graph.collection(roleGroup, [{ id: 'r', principalId: dan.id }])],
  ['an eligible role', () => world.graph.collection(eligible, [{ id: 'e' }])],
  ['roles that cannot be read', () => world.graph.fail(roleGroup, forbidden)],
  ['eligible roles that cannot be read', () => world.graph.fail(eligible, forbidden)],
])('with %s', (_, give) => {
  test('it is not brought back', async () => {
    give();
    await expect(propose('takeover')).rejects.toMatchObject(denied);
  });

  test('to delete it for good takes a page or a terminal', async () => {
    give();
    expect((await propose('takeaway')).plan).toMatchObject({ stepUp: true });
  });
});

const forbidden = new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Consent.' });

describe('what the settings protect', () => {
  test('a protected account stays protected while it is deleted', async () => {
    world.settings = { ...world.settings, protected: [dan.id] };
    await expect(propose('takeaway')).rejects.toMatchObject(denied);
    await expect(propose('takeover')).rejects.toMatchObject(denied);
  });

  test('where a group is protected, its groups count as that one: they cannot be read', async () => {
    world.graph.object(`/groups/${board.id}`, board);
    world.settings = { ...world.settings, approverGroup: board.id };
    await expect(propose('takeover')).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('groups of a deleted user'),
    });
  });

  test('where only other people are protected, it is changed as ever', async () => {
    world.settings = { ...world.settings, protected: [ann.id] };
    expect(await propose('takeover')).toMatchObject({ status: 'approval_required' });
  });
});

test('one that is not among the deleted is NOT_FOUND', async () => {
  await expect(propose('takeover', ann.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
