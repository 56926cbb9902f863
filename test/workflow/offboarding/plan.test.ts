import { describe, expect, test } from 'vitest';
import type { OffboardingsRequest } from '../../../src/contract/index.ts';
import type { DemoLandmarks } from '../../../src/demo/index.ts';
import { OffboardingWorld } from './world.ts';

// What the approver reads, word by word: the lists stand apart.

/** What follows from every step that the preset full takes, at a set time. */
const everythingTaken = [
  'Begins at 2099-03-01T08:00:00.000Z, planned again then: a server of this tenant has to be running at that time',
  'New sign-ins are blocked',
  'Every session has to sign in again, within minutes, which then fails',
  'The password is replaced by one that nobody gets',
  'Directory roles are taken, active and eligible ones',
  'Devices that nobody else uses are disabled',
  'App roles, consents and access packages are taken',
  'Ownership of groups and apps is handed over, then taken',
  'Group memberships end, so far as Graph can end them',
  'What others need is handed over: reports, sponsorships, and what is asked for',
  'Sessions are revoked once more at the end of it',
  'Authentication methods are removed, and cannot be given back',
  'Licenses are taken',
];

test('the plan of someone who has everything, with a successor', async () => {
  const world = await OffboardingWorld.open({ now: () => Date.parse('2026-03-01T12:00:00Z') });
  const { leaver, ordinary } = world.tenant.landmarks;
  const { observations, facts, targets, references, ...words } = await world.draft({
    user: leaver.userPrincipalName,
    preset: 'full',
    successor: ordinary.userPrincipalName,
    autoReply: { internal: 'Write to Maya.' },
    startAt: '2099-03-01T08:00:00Z',
  });
  expect(words).toEqual({
    changes: [
      {
        after: 'Write to Maya.',
        before: null,
        property: 'automatic reply inside',
      },
    ],
    effects: [
      ...everythingTaken,
      'Maya Lindqvist (maya.lindqvist@contoso-demo.example) gets what is handed over, and may change everything in the OneDrive',
      'Isaac Osman (isaac.osman@contoso-demo.example) becomes the manager of the reports',
      'Mail is answered automatically, in the name of the leaver',
    ],
    raise: ['grant'],
    summary: 'Offboard Milan Costello (milan.costello@contoso-demo.example), from 2099-03-01T08:00:00.000Z',
    undo: 'undo_offboarding',
    warnings: ['The mailbox goes with the licenses: its mail is kept until 2099-03-31, then it is lost for good'],
  });
  expect(targets).toEqual([
    { kind: 'user', id: leaver.id, touch: 'takeaway' },
    { kind: 'user', id: ordinary.id, touch: 'change' },
  ]);
  expect(references).toContain(ordinary.id);
  expect(observations?.map(({ name, title }) => `${name}: ${title}`)).toMatchInlineSnapshot(`
    [
      "devices: These devices are disabled",
      "app-access: Loses access to these apps and access packages",
      "ownerships: Ownership of these is handed over and taken",
      "groups: Leaves these groups",
      "handover: Handed over",
      "auth-methods: These authentication methods are removed, for good",
      "licenses: Loses these licenses, and leaves the groups that give some",
    ]
  `);
  expect(facts).toMatchObject({ waits: false, losesMailbox: true, startAt: Date.parse('2099-03-01T08:00:00Z') });
});

test('planning again says the same: nothing in the words changes by itself', async () => {
  const world = await OffboardingWorld.open();
  const request = { user: world.tenant.landmarks.ordinary.userPrincipalName };
  const { warnings: _, ...first } = await world.draft(request);
  expect(await world.draft(request)).toMatchObject(first);
  expect(world.writes).toEqual([]);
});

test('a plan for someone without anything is short', async () => {
  const world = await OffboardingWorld.open();
  const { newcomer } = world.tenant.landmarks;
  const { effects, warnings, observations } = await world.draft({ user: newcomer.id, preset: 'block-only' });
  expect({ effects, warnings, observations }).toEqual({
    effects: ['New sign-ins are blocked', 'Every session has to sign in again, within minutes, which then fails'],
    warnings: [],
    observations: [],
  });
});

test.each([
  ['the preset block-only', { preset: 'block-only' }, true],
  ['its steps by name', { steps: ['block-sign-in', 'revoke-again'] }, true],
  ['any other step', { steps: ['block-sign-in', 'devices'] }, undefined],
  ['the standard preset', {}, undefined],
] as const)('containment is %s', async (_what, asked, containment) => {
  const world = await OffboardingWorld.open();
  const { leaver, ordinary, groups } = world.tenant.landmarks;
  expect((await world.draft({ user: leaver.id, ...asked })).containment).toBe(containment);
  expect((await world.draftAll({ users: [leaver.id, ordinary.id], ...asked })).containment).toBe(containment);
  const grouped = await world.draft({ user: leaver.id, ...asked, blockGroup: groups.security.displayName });
  expect(grouped.containment).toBeUndefined();
});

describe('the plan for three people', () => {
  async function planned(asked: (cast: DemoLandmarks) => Partial<OffboardingsRequest> = () => ({})) {
    const world = await OffboardingWorld.open({ now: () => Date.parse('2026-03-01T12:00:00Z') });
    const { leaver, ordinary, newcomer } = world.tenant.landmarks;
    const people = [leaver, ordinary, newcomer].map(({ userPrincipalName }) => userPrincipalName);
    return { people, world, draft: await world.draftAll({ users: people, ...asked(world.tenant.landmarks) }) };
  }

  test('says once what holds for all, and by name what does not', async () => {
    const { people, draft } = await planned(({ manager, groups }) => ({
      successor: manager.userPrincipalName,
      blockGroup: groups.security.displayName,
      startAt: '2099-03-01T08:00:00Z',
    }));
    const { observations, facts, targets, references, ...words } = draft;
    expect(words).toEqual({
      effects: [
        'Each is a run of its own: one that fails stops no other',
        ...everythingTaken,
        'Joins the group VPN Users, which keeps its members out',
        'Victor Hale (victor.hale@contoso-demo.example) gets what is handed over, and may change everything in the OneDrive',
        'milan.costello@contoso-demo.example: Isaac Osman (isaac.osman@contoso-demo.example) becomes the manager of the reports',
        'milan.costello@contoso-demo.example, maya.lindqvist@contoso-demo.example: The run waits before the licenses, until it is known what became of the mailbox',
        'maya.lindqvist@contoso-demo.example: Victor Hale (victor.hale@contoso-demo.example) becomes the manager of the reports',
        'yuki.newton@contoso-demo.example: Milan Costello (milan.costello@contoso-demo.example) becomes the manager of the reports',
      ],
      raise: ['grant', 'destructive'],
      summary: 'Offboard 3 people, from 2099-03-01T08:00:00.000Z',
      undo: 'undo_offboarding, for each run',
      warnings: [
        'milan.costello@contoso-demo.example, maya.lindqvist@contoso-demo.example: The mailbox goes with the licenses: its mail is kept until 2099-03-31, then it is lost for good, if the licenses were taken now. Convert it to a shared one first if its mail is to be kept',
        'milan.costello@contoso-demo.example: To take over from someone in this plan, and in it themselves: set another manager for those first',
      ],
    });
    expect(new Set(observations?.map(({ of }) => of))).toEqual(new Set(people));
  });

  test('names who becomes manager or owner for each of them', async () => {
    const { people, draft } = await planned();
    expect(draft.effects.filter((effect) => effect.includes('becomes the'))).toMatchInlineSnapshot(`
      [
        "milan.costello@contoso-demo.example: Isaac Osman (isaac.osman@contoso-demo.example) becomes the manager of the reports, and the owner of groups that have no other one",
        "maya.lindqvist@contoso-demo.example: Victor Hale (victor.hale@contoso-demo.example) becomes the manager of the reports, and the owner of groups that have no other one",
        "yuki.newton@contoso-demo.example: Milan Costello (milan.costello@contoso-demo.example) becomes the manager of the reports, and the owner of groups that have no other one",
      ]
    `);
    expect(draft.summary).toBe(`Offboard ${people.length} people`);
  });

  test('one person alone is said as plainly', async () => {
    const world = await OffboardingWorld.open();
    const { leaver } = world.tenant.landmarks;
    const single = await world.draft({ user: leaver.id });
    const { effects, warnings } = await world.draftAll({ users: [leaver.id] });
    const unnamed = [...effects, ...(warnings ?? [])].map((text) => text.replace(`${leaver.userPrincipalName}: `, ''));
    expect(new Set(unnamed)).toEqual(
      new Set([
        'Each is a run of its own: one that fails stops no other',
        ...single.effects,
        ...(single.warnings ?? []),
      ]),
    );
  });
});
