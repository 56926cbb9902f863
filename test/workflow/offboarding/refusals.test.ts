import { expect, test } from 'vitest';
import type { OffboardingRequest, ToolError } from '../../../src/contract/index.ts';
import type { DemoLandmarks } from '../../../src/demo/index.ts';
import { quoted } from '../../../src/workflow/offboarding/follow-ups.ts';
import { OffboardingWorld } from './world.ts';

type Refusal = [
  what: string,
  code: ToolError['code'],
  message: RegExp,
  request: (of: DemoLandmarks) => OffboardingRequest,
];

const refusals: Refusal[] = [
  ['no step at all', 'INPUT_INVALID', /No step/, ({ leaver }) => ({ user: leaver.id, steps: [] })],
  [
    'delete as a step, without delete',
    'INPUT_INVALID',
    /delete is not true/,
    ({ leaver }) => ({ user: leaver.id, steps: ['delete'] }),
  ],
  [
    'delete with automatic replies',
    'INPUT_INVALID',
    /no mailbox/,
    ({ leaver }) => ({ user: leaver.id, delete: true, autoReply: { internal: 'gone' } }),
  ],
  [
    'delete with a handover by name, and a OneDrive for nobody',
    'INPUT_INVALID',
    /OneDrive would be deleted/,
    ({ leaver }) => ({ user: leaver.id, delete: true, steps: ['handover', 'delete'] }),
  ],
  [
    'automatic replies without a handover',
    'INPUT_INVALID',
    /step handover is not chosen/,
    ({ leaver }) => ({ user: leaver.id, preset: 'block-only', autoReply: { internal: 'gone' } }),
  ],
  [
    'a block group without the block',
    'INPUT_INVALID',
    /block-sign-in is not chosen/,
    ({ leaver, groups }) => ({ user: leaver.id, steps: ['groups'], blockGroup: groups.security.id }),
  ],
  [
    'a block group that gives licenses',
    'CONFLICT',
    /gives its members licenses/,
    ({ leaver, groups }) => ({ user: leaver.id, blockGroup: groups.licensed.id }),
  ],
  [
    'a block group that roles can be assigned to',
    'PROTECTED_TARGET',
    /may get power/,
    ({ leaver, groups }) => ({ user: leaver.id, blockGroup: groups.roleAssignable.id }),
  ],
  ['a time that is over', 'INPUT_INVALID', /in the past/, ({ leaver }) => ({ user: leaver.id, startAt: '2020-01-01' })],
  [
    'the leaver as successor',
    'INPUT_INVALID',
    /their own successor/,
    ({ leaver }) => ({ user: leaver.id, successor: leaver.id }),
  ],
  [
    'a successor for nothing',
    'INPUT_INVALID',
    /nothing is handed over/,
    ({ leaver, ordinary }) => ({ user: leaver.id, preset: 'block-only', successor: ordinary.id }),
  ],
  [
    'a successor who is disabled',
    'CONFLICT',
    /disabled/,
    ({ leaver, disabled }) => ({ user: leaver.id, successor: disabled.id }),
  ],
  ['a guest as successor', 'CONFLICT', /guest/, ({ leaver, guest }) => ({ user: leaver.id, successor: guest.id })],
  [
    'a successor who is deleted',
    'NOT_FOUND',
    /successor/,
    ({ leaver, deletedUser }) => ({ user: leaver.id, successor: deletedUser.id }),
  ],
  [
    'a password that AD keeps',
    'INPUT_INVALID',
    /AD keeps the password/,
    ({ synced }) => ({ user: synced.id, steps: ['reset-password'] }),
  ],
  [
    'revoking for a guest alone',
    'INPUT_INVALID',
    /no effect on a guest/,
    ({ guest }) => ({ user: guest.id, steps: ['revoke-sessions'] }),
  ],
  ['someone deleted', 'CONFLICT', /already deleted/, ({ deletedUser }) => ({ user: deletedUser.id })],
  ['nobody', 'NOT_FOUND', /No user/, () => ({ user: 'nobody@contoso-demo.example' })],
  [
    'a dynamic block group',
    'CONFLICT',
    /A rule decides/,
    ({ leaver, groups }) => ({ user: leaver.id, blockGroup: groups.dynamic.id }),
  ],
];

test.each(refusals)('%s is refused', async (_, code, message, request) => {
  const world = await OffboardingWorld.open({ users: 30 });
  await expect(world.plan(request(world.tenant.landmarks))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
    fix: expect.any(String),
  });
  expect(world.writes).toEqual([]);
});

test.each([
  ['leaver', 'user'],
  ['ordinary', 'successor'],
] as const)('whoever this server is signed in as is refused as %s', async (who, field) => {
  const world = await OffboardingWorld.open({ users: 30 });
  const { landmarks } = world.tenant;
  world.identity = `user:${landmarks[who].id}`;
  await expect(world.plan({ user: landmarks.leaver.id, successor: landmarks.ordinary.id })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    detail: { fields: [{ field }] },
  });
});

test('a handover that is asked for by name and would go to nobody is refused', async () => {
  const world = await OffboardingWorld.open({ users: 30 });
  const { busyLeaver } = world.tenant.landmarks;
  await expect(world.plan({ user: busyLeaver.id, steps: ['handover'] })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    detail: { fields: [{ field: 'successor' }] },
  });
});

test('a handover by name before a deletion is not refused where a successor gets the OneDrive, or there is none', async () => {
  const world = await OffboardingWorld.open({ users: 30 });
  const { leaver, newcomer, ordinary } = world.tenant.landmarks;
  const steps = ['handover', 'delete'];
  expect(await world.plan({ user: leaver.id, delete: true, steps, successor: ordinary.id })).toHaveProperty('facts');
  expect(await world.plan({ user: newcomer.id, delete: true, steps })).toHaveProperty('facts');
  expect(await world.plan({ user: leaver.id, delete: true, preset: 'full' })).toHaveProperty('facts');
});

test.each([
  ["o'brien", "'o''brien'"],
  ['\u2019; Remove-Mailbox x #', "'\u2019\u2019; Remove-Mailbox x #'"],
  ['two\nlines', "'two lines'"],
  ['$(x) `n "q"', `'$(x) \`n "q"'`],
])('%s is one PowerShell string', (text, literal) => {
  expect(quoted(text)).toBe(literal);
});
