import { InMemoryTransport } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToolError } from '../../src/contract/index.ts';
import { serveOverStdio } from '../../src/server/stdio.ts';
import getUser from '../../tools/users/get-user.ts';
import { DemoTrial } from '../fixtures/demo-trial.ts';
import { clientKinds, connected, type Reference, type TestClient } from './clients.ts';
import { changeThing, type FakeOptions, fakes } from './fake-ports.ts';

const offboardUser = { ...changeThing, name: 'offboard_user' };
const address: Reference = { type: 'ref/resource', uri: 'entra://users/{user}' };
const prompt: Reference = { type: 'ref/prompt', name: 'offboard' };
let demo: DemoTrial;
beforeAll(async () => {
  demo = await DemoTrial.open(60);
});
afterAll(() => demo.close());

async function withClient<T>(
  kind: (typeof clientKinds)[number],
  work: (client: TestClient, faked: ReturnType<typeof fakes>) => Promise<T>,
  more: FakeOptions = {},
): Promise<T> {
  const faked = fakes({ tools: [getUser, offboardUser], reader: demo.graph, ...more });
  const [near, far] = InMemoryTransport.createLinkedPair();
  void serveOverStdio(faked.ports, far);
  const client = await connected(kind, near);
  try {
    return await work(client, faked);
  } finally {
    await client.close();
  }
}

describe.each(clientKinds)('a client of kind %s', (kind) => {
  test('completes users by the start of their name or userPrincipalName, with one request', async () => {
    const { ordinary } = demo.tenant.landmarks;
    await withClient(kind, async (client) => {
      const before = demo.tenant.requests.length;
      const byName = await client.complete(address, 'user', ordinary.displayName.slice(0, 5));
      expect(byName).toContain(ordinary.userPrincipalName);
      expect(demo.tenant.requests.length - before).toBe(1);
      for (const name of ['user', 'successor']) {
        const start = ordinary.userPrincipalName.slice(0, 6).toUpperCase();
        expect(await client.complete(prompt, name, start), name).toContain(ordinary.userPrincipalName);
      }
    });
  });

  test('gets at most 20, and none for what cannot begin a name', async () => {
    await withClient(kind, async (client) => {
      const before = demo.tenant.requests.length;
      for (const value of ['', '   ', '\u202Ea', 'a'.repeat(65)]) {
        expect(await client.complete(address, 'user', value)).toEqual([]);
      }
      expect(demo.tenant.requests.length).toBe(before);
      expect(await client.complete(address, 'user', "x' or startswith(displayName,'a")).toEqual([]);
      const many = await Promise.all([...'abcdefghijklm'].map((letter) => client.complete(address, 'user', letter)));
      expect(Math.max(...many.map((names) => names.length))).toBeLessThanOrEqual(20);
      expect(many.flat().length).toBeGreaterThan(0);
    });
  });

  test('gets none where they cannot be read, and the log says why', async () => {
    const refused = new ToolError('AUTH_REQUIRED', { message: 'No sign-in.', fix: 'Sign in.' });
    await withClient(
      kind,
      async (client, { log }) => {
        expect(await client.complete(address, 'user', 'an')).toEqual([]);
        expect(log.entries).toMatchObject([{ fields: { err: refused } }]);
      },
      { session: () => Promise.reject(refused) },
    );
  });

  test('is refused for an address that is not served', async () => {
    await withClient(kind, async (client) => {
      const unknown = { type: 'ref/resource', uri: 'entra://runs/{id}' } as const;
      await expect(client.complete(unknown, 'id', 'r')).rejects.toThrow('no such resource template');
    });
  });
});
