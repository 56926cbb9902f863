import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool, path, type Risk, riskSet } from '../../../src/contract/index.ts';
import { ann, bob, callOf, GateWorld } from '../../fixtures/gate-world.ts';
import { PolicyFolder } from '../../fixtures/policies.ts';

const folder = new PolicyFolder([{ name: 'sweep', toolset: 'users' }]);
afterAll(() => folder.remove());

const crowd = Array.from({ length: 12 }, (_, i) => ({
  id: `aaaaaaaa-0000-4000-8000-0000000001${String(i).padStart(2, '0')}`,
  userPrincipalName: `worker${i}@contoso.example`,
  displayName: `Worker ${i}`,
  accountEnabled: true,
}));
const admin = { ...bob, userPrincipalName: 'admin@contoso.example' };
const departments = ['Sales', 'Legal', ''] as const;

/** A plan as a property draws it. */
interface Scene {
  readonly size: number;
  readonly departments: readonly string[];
  readonly risk: Exclude<Risk, 'read'>;
  readonly isStepUp: boolean;
  readonly withAdmin: 'no' | 'target' | 'reference';
  readonly withProtected: 'no' | 'reference' | 'target';
  readonly takesPrivilege: boolean;
  readonly withUnknown: boolean;
}

/** Nothing about it keeps policies from letting it pass. */
const ordinary: Scene = {
  ...{ size: 2, departments: crowd.map(() => 'Sales'), risk: 'destructive', isStepUp: false, withAdmin: 'no' },
  ...{ withProtected: 'no', takesPrivilege: false, withUnknown: false },
};

/** Each of what keeps a plan for a human, alone. */
const beyond: readonly (readonly [string, Partial<Scene>])[] = [
  ['cannot be taken back', { risk: 'irreversible' }],
  ['needs step-up', { isStepUp: true }],
  ['touches an administrator', { withAdmin: 'target' }],
  ['names an administrator', { withAdmin: 'reference' }],
  ['names what is protected', { withProtected: 'reference' }],
  ['takes privilege away', { takesPrivilege: true }],
  ['names what cannot be read', { withUnknown: true }],
  ['is about eleven people', { size: 11 }],
];

const harmless = fc.record({
  size: fc.constantFrom(1, 2, 10),
  departments: fc.array(fc.constantFrom(...departments), { minLength: 12, maxLength: 12 }),
  risk: fc.constantFrom('write' as const, 'grant' as const, 'destructive' as const),
});

/** Ordinary ones, those with one thing that keeps them, and any mixture. */
const scenes: fc.Arbitrary<Scene> = fc
  .tuple(
    harmless,
    fc.oneof(
      fc.constant({}),
      fc.constantFrom(...beyond.map(([, scene]) => scene)),
      fc.constant({ withProtected: 'target' as const }),
      fc.subarray([...beyond]).map((some) => Object.fromEntries(some.flatMap(([, scene]) => Object.entries(scene)))),
    ),
  )
  .map(([scene, more]) => ({ ...ordinary, ...scene, ...more }));

/** A condition in Cedar, and what it means for one object of a scene. */
const conditions: readonly { readonly text: string; holds(department: string, scene: Scene): boolean }[] = [
  { text: 'true', holds: () => true },
  { text: 'resource is User && resource.department == "Sales"', holds: (department) => department === 'Sales' },
  { text: 'resource is User && resource.department != "Legal"', holds: (department) => department !== 'Legal' },
  { text: 'context.risk.destructive', holds: (_, { risk }) => risk === 'destructive' },
  { text: '!context.risk.write', holds: (_, { risk }) => risk !== 'write' },
  { text: 'context.channel == Channel::"stdio"', holds: () => true },
];

const policies = fc.array(
  fc.record({
    rule: fc.constantFrom('without-approval', 'without-approval', 'approval', 'step-up', 'deny'),
    condition: fc.constantFrom(...conditions),
  }),
  { maxLength: 4 },
);

function textOf(drawn: readonly { readonly rule: string; readonly condition: { readonly text: string } }[]): string {
  return drawn
    .map(({ rule, condition }, i) => {
      const effect = rule === 'without-approval' ? 'permit' : 'forbid';
      return `@id("p${i}") @rule("${rule}") ${effect} (principal, action, resource) when { ${condition.text} };`;
    })
    .join('\n');
}

/** A tool whose plan is as a scene says. */
function sweep(scene: Scene) {
  const people = crowd.slice(0, scene.size);
  const targets = [
    ...people,
    ...(scene.withAdmin === 'target' ? [admin] : []),
    ...(scene.withProtected === 'target' ? [ann] : []),
  ];
  const references = [
    ...(scene.withAdmin === 'reference' ? [admin.id] : []),
    ...(scene.withProtected === 'reference' ? [ann.id] : []),
    ...(scene.withUnknown ? ['dddddddd-0000-4000-8000-000000000009'] : []),
  ];
  const all: readonly Risk[] = riskSet(scene.risk);
  return defineTool({
    name: 'sweep',
    title: 'Sweep',
    description: 'Changes many.',
    toolset: 'users',
    risk: 'write',
    mayRaiseTo: ['grant', 'destructive', 'irreversible'],
    permissions: ['User.ReadWrite.All'],
    writes: ['PATCH /users/{}'],
    idempotent: true,
    input: z.strictObject({ reason: z.string() }),
    output: z.object({ done: z.literal(true) }),
    plan: async () => ({
      summary: 'Sweep',
      effects: [],
      targets: targets.map(({ id }) => ({ kind: 'user' as const, id, touch: 'takeaway' as const })),
      references,
      raise: all,
      ...(scene.isStepUp ? { stepUp: true } : {}),
      ...(scene.takesPrivilege
        ? {
            observations: [
              { name: 'roles', title: 'Loses', all: true, items: [{ id: 'r', name: 'Admin', privileged: true }] },
            ],
          }
        : {}),
      facts: { first: people[0]?.id ?? '' },
    }),
    run: async ({ first }, { graph }) => {
      await graph.patch(path`/users/${first}`, { jobTitle: 'swept' });
      return { done: true };
    },
  });
}

async function outcomeOf(scene: Scene, text: string): Promise<{ code: string; writes: number }> {
  const world = await GateWorld.open();
  try {
    for (const [i, user] of crowd.entries())
      world.put({ ...user, department: scene.departments[i] ?? '', userType: 'Member' });
    for (const user of [ann, admin]) world.put({ ...user, department: 'Sales', userType: 'Member' });
    world.graph.collection('/roleManagement/directory/roleAssignments', ({ filter }) =>
      filter?.text.includes(admin.id) === true ? [{ id: 'r', principalId: admin.id }] : [],
    );
    const settings = { ...world.settings, confirm: ['write', 'grant', 'destructive', 'irreversible'] as const };
    world.settings = scene.withProtected === 'no' ? settings : { ...settings, protected: [ann.id] };
    world.policy = await folder.port(text);
    const tool = sweep(scene);
    world.extraTools = [tool];
    const code = await world
      .gate()
      .propose(tool, { reason: 'because' }, callOf())
      .then(({ answer }) => answer.status)
      .catch((error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)));
    return { code, writes: world.sendings };
  } finally {
    await world.close();
  }
}

/** What the limits keep from policies, in the words of the design. */
function isBeyondPolicy(scene: Scene): boolean {
  const people = scene.size + (scene.withAdmin === 'no' ? 0 : 1) + (scene.withProtected === 'no' ? 0 : 1);
  return (
    scene.risk === 'irreversible' ||
    scene.isStepUp ||
    scene.withAdmin !== 'no' ||
    scene.withProtected !== 'no' ||
    scene.takesPrivilege ||
    scene.withUnknown ||
    people > 10
  );
}

describe('whatever policies are loaded', () => {
  it('nothing beyond the limits is applied without a human, a forbid wins, and what passes is let pass for each object', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, policies, async (scene, drawn) => {
        const { code, writes } = await outcomeOf(scene, textOf(drawn));
        const objects = [
          ...scene.departments.slice(0, scene.size),
          ...(scene.withAdmin === 'no' ? [] : ['Sales']),
          ...(scene.withProtected === 'no' ? [] : ['Sales']),
        ];
        const matches = (rule: string, department: string) =>
          drawn.some((one) => one.rule === rule && one.condition.holds(department, scene));
        const some = (rule: string) => objects.some((department) => matches(rule, department));
        if (scene.withProtected === 'target') expect([code, writes]).toEqual(['PROTECTED_TARGET', 0]);
        else if (some('deny')) expect([code, writes]).toEqual(['POLICY_DENIED', 0]);
        else {
          const isLetPass = objects.every((department) => matches('without-approval', department));
          const isFree = isLetPass && !some('approval') && !some('step-up') && !isBeyondPolicy(scene);
          expect([code, writes]).toEqual(isFree ? ['completed', 1] : ['approval_required', 0]);
        }
      }),
      { numRuns: 80 },
    );
  });

  const all = '@id("p") @rule("without-approval") permit (principal, action, resource);';

  it('a permit for everything lets an ordinary plan pass', async () => {
    expect(await outcomeOf({ ...ordinary, size: 10 }, all)).toEqual({ code: 'completed', writes: 1 });
  });

  it.each(beyond)('a permit for everything lets no plan pass that %s', async (_, scene) => {
    expect(await outcomeOf({ ...ordinary, ...scene }, all)).toEqual({ code: 'approval_required', writes: 0 });
  });
});
