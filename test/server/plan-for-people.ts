import type { Observation, PlanView } from '../../src/contract/index.ts';

/** A plan about that many people, each of whom leaves that many groups, the last of which is privileged. */
export function planFor(people: number, groups: number): PlanView {
  const names = Array.from({ length: people }, (_, i) => `person${i}@contoso.example`);
  const items = Array.from({ length: groups }, (_, i) => ({
    id: `g${i}`,
    name: `Group with a long name ${i}`,
    ...(i === groups - 1 ? { privileged: true } : {}),
  }));
  const listOf = (of: string): Observation => ({ name: 'groups', of, title: 'Leaves these groups', all: true, items });
  return {
    ...{ id: 'plan1', tool: 'offboard_users', risk: ['destructive'], summary: `Offboard ${people} people` },
    ...{ effects: ['Group memberships end'], warnings: [], stepUp: true, requester: 'os:alice' },
    targets: names.map((userPrincipalName, i) => ({ kind: 'user', id: `u${i}`, userPrincipalName })),
    observations: names.map(listOf),
    tenant: { id: 'tenant1', cloud: 'global' },
    createdAt: '2026-03-01T12:00:00.000Z',
    expiresAt: '2026-03-01T12:15:00.000Z',
    approve: { command: 'entra-mcp approve plan1' },
  };
}
