import { InMemoryTransport } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, test } from 'vitest';
import { type RunPort, ToolError } from '../../src/contract/index.ts';
import { serveOverStdio } from '../../src/server/stdio.ts';
import getPlan from '../../tools/core/get-plan.ts';
import describeDirectory from '../../tools/directory/describe-directory.ts';
import getRun from '../../tools/lifecycle/get-run.ts';
import getUser from '../../tools/users/get-user.ts';
import { FakeGraph } from '../fixtures/fake-graph.ts';
import { ann, mallory } from '../fixtures/people.ts';
import { description, fakeDirectory } from '../tools/directory/fake-directory.ts';
import { waitingRun } from '../tools/lifecycle/runs.ts';
import { type ClientKind, clientKinds, connected, type TestClient } from './clients.ts';
import { changeThing, type FakeOptions, fakes } from './fake-ports.ts';

const runs: RunPort = {
  list: () => Promise.reject(new Error('No run is listed')),
  get: async (runId) => {
    if (runId === 'r1') return waitingRun;
    throw new ToolError('NOT_FOUND', { message: 'There is no run with this id.', fix: 'Use list_runs.' });
  },
};
const options: FakeOptions = {
  tools: [getPlan, getRun, getUser, describeDirectory, changeThing],
  runs,
  directory: fakeDirectory().directory,
  reader: new FakeGraph().user(ann).user(mallory),
};
const open: TestClient[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

async function session(kind: ClientKind, more: FakeOptions = {}) {
  const faked = fakes({ ...options, ...more });
  const [near, far] = InMemoryTransport.createLinkedPair();
  void serveOverStdio(faked.ports, far);
  const client = await connected(kind, near);
  open.push(client);
  return { ...faked, client };
}

describe.each(clientKinds)('a client of kind %s', (kind) => {
  test('is told which addresses there are, and nothing is opened for it', async () => {
    const { client, opened } = await session(kind);
    expect(client.capabilities()).toMatchObject({ resources: {}, completions: {} });
    expect((await client.templates()).map(({ uriTemplate }) => uriTemplate)).toEqual([
      'entra://users/{user}',
      'entra://plans/{id}',
      'entra://runs/{id}',
    ]);
    const [schema, ...others] = await client.resources();
    expect(schema).toMatchObject({
      uri: 'entra://directory/schema',
      name: 'directory-schema',
      mimeType: 'application/json',
    });
    expect(others.map(({ uri }) => uri)).toEqual(['ui://entra-mcp/plan']);
    expect(opened.count).toBe(0);
  });

  test('gets the card of a plan: one small document with nothing external, and nothing is opened for it', async () => {
    const { client, opened } = await session(kind);
    const html = await client.card('ui://entra-mcp/plan');
    expect(html).toMatch(/^\s*<!doctype html>/);
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(12 * 1024);
    expect(html).not.toMatch(/\b(?:src|href)=|\burl\(|@import|https?:/);
    expect(opened.count).toBe(0);
  });

  test('gets no card where nothing that is served makes plans', async () => {
    const { client } = await session(kind, { tools: [getUser] });
    expect(await client.resources()).toEqual([]);
    await expect(client.card('ui://entra-mcp/plan')).rejects.toThrow();
  });

  test('reads a user by id or name, as get_user does', async () => {
    const { client } = await session(kind);
    const called = await client.call('get_user', { user: ann.id });
    expect(await client.read(`entra://users/${ann.id}`)).toEqual(called.data);
    expect(await client.read(`entra://users/${encodeURIComponent(ann.userPrincipalName)}`)).toEqual(called.data);
    expect(await client.read(`entra://users/${ann.userPrincipalName}`)).toEqual(called.data);
  });

  test('sees what hides in a name', async () => {
    const { client } = await session(kind);
    const text = JSON.stringify(await client.read(`entra://users/${mallory.id}`));
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('⟨U+');
  });

  test('reads its plans and runs', async () => {
    const { client } = await session(kind);
    expect(await client.read('entra://runs/r1')).toEqual(waitingRun);
    await client.call('change_thing', { user: 'ann@contoso.com', reason: 'left the company' });
    expect(await client.read('entra://plans/plan1')).toMatchObject({ status: 'pending', plan: { id: 'plan1' } });
  });

  test('reads the schema of the mirror, as describe_directory does', async () => {
    const { client } = await session(kind);
    const called = await client.call('describe_directory');
    expect(called.data).toEqual(description);
    expect(await client.read('entra://directory/schema')).toEqual(called.data);
  });

  test.each([
    'entra://directory',
    'entra://directory/',
    'entra://directory/schema/users',
    'entra://directory/%73chema',
    'entra://directory/users',
    'entra://runs/r2',
    'entra://runs/a%20b',
    'entra://plans/nope',
    'entra://users/nobody@contoso.com',
    'entra://users/..',
    'entra://users/%2e%2e',
    'entra://users/a%2Fb',
    'entra://users/%E0%A4%A',
    'entra://users/',
    'entra://users/a/b',
    'entra://groups/g1',
    'https://graph.microsoft.com/v1.0/users/1',
    'nonsense',
  ])('hears that nothing is at %s', async (uri) => {
    const { client } = await session(kind);
    await expect(client.read(uri)).rejects.toMatchObject({ code: -32602, data: { uri } });
  });

  test('hears of every other failure by its code and fix', async () => {
    const refused = new ToolError('NOT_PERMITTED', { message: 'It may not be read.', fix: 'Grant User.Read.All.' });
    const { client } = await session(kind, { session: () => Promise.reject(refused) });
    await expect(client.read('entra://runs/r1')).rejects.toMatchObject({
      code: -32603,
      message: expect.stringContaining('NOT_PERMITTED: It may not be read. Grant User.Read.All.'),
      data: { code: 'NOT_PERMITTED', fix: 'Grant User.Read.All.' },
    });
  });

  test('has no address for what is not served', async () => {
    const { client } = await session(kind, { tools: [getPlan], off: [getRun, getUser, describeDirectory] });
    expect((await client.templates()).map(({ uriTemplate }) => uriTemplate)).toEqual(['entra://plans/{id}']);
    expect(await client.resources()).toEqual([]);
    for (const uri of ['entra://runs/r1', 'entra://directory/schema']) {
      await expect(client.read(uri)).rejects.toMatchObject({ code: -32602, data: { uri } });
    }
  });
});
