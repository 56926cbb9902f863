import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mirrorFile, readMirror } from '../../src/directory/mirror-file.ts';
import { GraphClient } from '../demo/graph-client.ts';
import { contentsOf, emptyReplay, type Replayed, replay } from '../directory/replay.ts';
import { type Machine, machine } from './server-process.ts';

let graph: GraphClient;
let own: Machine;
let target: string;
let env: Readonly<Record<string, string>>;

beforeEach(() => {
  own = machine();
  target = join(own.newFolder(), 'changes.ndjson');
});
afterEach(async () => {
  await own.close();
  await graph.tenant.close();
});

async function tenantOf(users: number): Promise<void> {
  graph = await GraphClient.start({ users });
  env = { ENTRA_MCP_GRAPH_URL: graph.tenant.url, ENTRA_MCP_AUTH: 'none' };
}

const sync = (...args: string[]) => own.run(['sync', '--to', target, ...args], { env });

function lines(): readonly string[] {
  return existsSync(target) ? readFileSync(target, 'utf8').split('\n') : [''];
}

const followed = (): Replayed =>
  replay(
    emptyReplay(),
    lines()
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );

function mirrored(): Replayed {
  const tenants = join(own.stateDir, 'tenants');
  const [tenantId = ''] = readdirSync(tenants);
  const db = readMirror(mirrorFile(join(tenants, tenantId)));
  if (db === undefined) throw new Error('no mirror');
  try {
    return contentsOf(db);
  } finally {
    db.close();
  }
}

/** Users and groups come, change, join, leave and go. */
async function change(round: number): Promise<void> {
  const users = await graph.all('/users?$select=id&$top=999');
  const groups = await graph.all('/groups?$select=id,groupTypes&$top=999');
  const idOf = (from: readonly Record<string, unknown>[], n: number) =>
    String(from[(n * 37 + round * 11) % from.length]?.['id']);
  const assigned = groups.filter(
    ({ groupTypes }) => Array.isArray(groupTypes) && !groupTypes.includes('DynamicMembership'),
  );
  for (let n = 0; n < 12; n += 1) {
    await graph.send('PATCH', `/users/${idOf(users, n)}`, { department: `Round ${round}` });
    const member = { '@odata.id': graph.link(idOf(users, n + 3)) };
    await graph.send('POST', `/groups/${idOf(assigned, n)}/members/$ref`, member);
  }
  for (let n = 12; n < 16; n += 1) await graph.send('DELETE', `/users/${idOf(users, n)}`);
  const gone = idOf(users, 12);
  await graph.send('DELETE', `/directory/deletedItems/${gone}`);
  await graph.send('POST', `/directory/deletedItems/${idOf(users, 13)}/restore`);
}

describe('entra-mcp sync', () => {
  it('whoever applies what it delivers ends up with the mirror, round after round', async () => {
    await tenantOf(300);
    for (let round = 0; round < 3; round += 1) {
      const { code, stderr } = await sync();
      expect([code, stderr]).toEqual([0, expect.stringContaining(`to file://${target}`)]);
      expect(followed()).toEqual(mirrored());
      await change(round);
    }
    expect((await sync()).code).toBe(0);
    expect(followed()).toEqual(mirrored());
    const { users } = mirrored();
    expect(users.size).toBeGreaterThan(280);
    expect(lines().some((line) => line.includes('"user_purged"'))).toBe(true);
    expect(
      [...users.values()].filter(({ department }) => String(department).startsWith('Round')).length,
    ).toBeGreaterThan(12);
  });

  it('killed at any time, again and again, it leaves nothing out and no line torn', async () => {
    await tenantOf(4000);
    for (let round = 0; round < 8; round += 1) {
      const child = own.spawn(['sync', '--watch', '--interval', '30s', '--to', target], { env });
      child.stdin.end();
      if (round > 2) await change(round);
      const before = lines().length;
      // Early ones end within the sync, later ones within the delivery.
      if (round > 2) for (let waits = 0; waits < 400 && lines().length === before; waits += 1) await sleep(5);
      else await sleep(300 + 150 * round);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    expect((await sync()).code).toBe(0);
    expect(lines().at(-1)).toBe('');
    expect(followed()).toEqual(mirrored());
    expect(mirrored().users.size).toBeGreaterThan(3900);
  });

  it('ends within two seconds when it is asked to, in the middle of the first sync', async () => {
    await tenantOf(6000);
    const child = own.spawn(['sync', '--watch', '--to', target], { env });
    child.stdin.end();
    const exited = once(child, 'exit');
    while (graph.tenant.requests.filter(({ path }) => path.includes('/users/delta')).length < 5) await sleep(5);
    const asked = performance.now();
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(performance.now() - asked).toBeLessThan(2000);
    expect(lines()).toEqual(['']);
    expect((await sync()).code).toBe(0);
    expect(followed()).toEqual(mirrored());
  });
});
