import { expect, test } from 'vitest';
import { OffboardingWorld } from './world.ts';

test('apps that nobody takes over come with the line that makes someone their owner', async () => {
  const world = await OffboardingWorld.open();
  const { leaver } = world.tenant.landmarks;
  const { followUps } = await world.offboard({ user: leaver.id, steps: ['ownerships'] });
  const { what, commands = [] } = followUps.find(({ what }) => what.startsWith('Find new owners')) ?? {};
  expect(what).toContain('Sales Dashboard, Quote Bot');
  expect(commands).toHaveLength(4);
  for (const command of commands) {
    const [, kind, key, id = '', name] =
      /^New-Mg(\w+)OwnerByRef -(\w+) '([0-9a-f-]{36})' -OdataId .* \(Read-Host 'Object id of the new owner of (.+)'\)\)$/.exec(
        command,
      ) ?? [];
    expect(key).toBe(`${kind}Id`);
    expect(['Application', 'ServicePrincipal']).toContain(kind);
    expect(['Sales Dashboard', 'Quote Bot']).toContain(name);
    expect(world.holdings(leaver.id).owns).toContain(id);
  }
});
