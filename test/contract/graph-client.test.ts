import { createServer, type Server } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  GraphError,
  PageIterator,
} from '@microsoft/microsoft-graph-client';
import type { Group, User } from '@microsoft/microsoft-graph-types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoTenant, startDemoTenant } from '../../src/demo/index.ts';
import { graphFront } from '../fixtures/graph-front.ts';
import { privateAuthority } from '../fixtures/private-ca.ts';

// Microsoft's own client against the demo tenant, set up as for a national cloud: a base URL, a host that tokens may go to, an
// authentication provider. It follows links and sends tokens over https only, so the tenant stands behind TLS here.

const token = 'demo-token';
let tenant: DemoTenant;
let front: Server;
const trusted = getCACertificates('default');
let client: Client;

beforeAll(async () => {
  const authority = await privateAuthority();
  tenant = await startDemoTenant({ users: 250 });
  const accepts = (given: string) => given === token;
  const handler = graphFront({ upstream: tenant.url, root: () => baseUrl(), accepts, challenge: () => undefined });
  front = createServer(authority.server, handler);
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  setDefaultCACertificates([...trusted, authority.ca]);
  client = Client.initWithMiddleware({
    baseUrl: `${baseUrl()}/`,
    customHosts: new Set(['127.0.0.1']),
    authProvider: { getAccessToken: async () => token },
  });
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
  await tenant.close();
});

function baseUrl(): string {
  const address = front.address();
  return typeof address === 'object' && address !== null ? `https://127.0.0.1:${address.port}` : '';
}

/** Every object of a collection, and the delta link where there is one. */
async function everything<T>(path: string, headers: Record<string, string> = {}) {
  const items: T[] = [];
  const iterator = new PageIterator(
    client,
    await client.api(path).headers(headers).get(),
    (item: T) => {
      items.push(item);
      return true;
    },
    { headers },
  );
  await iterator.iterate();
  expect(iterator.isComplete()).toBe(true);
  return { items, deltaLink: iterator.getDeltaLink() };
}

const idsOf = (items: readonly { id?: string | undefined }[]) => items.map(({ id }) => id ?? '').sort();
const living = () =>
  Object.entries(tenant.snapshot().users).flatMap(([id, user]) => (user['deletedDateTime'] === undefined ? [id] : []));
const eventual = { ConsistencyLevel: 'eventual' };

test('pages through all users', async () => {
  const { items } = await everything<User>('/users?$select=id,accountEnabled&$top=60');
  expect(idsOf(items)).toEqual(living().sort());
  expect(items.every(({ accountEnabled }) => typeof accountEnabled === 'boolean')).toBe(true);
});

test('stops in the middle and goes on', async () => {
  const seen: string[] = [];
  const page = await client.api('/users').select('id').top(20).get();
  const iterator = new PageIterator(client, page, ({ id = '' }: User) => seen.push(id) % 30 !== 0);
  await iterator.iterate();
  expect([seen.length, iterator.isComplete()]).toEqual([30, false]);
  while (!iterator.isComplete()) await iterator.resume();
  expect(seen.toSorted()).toEqual(living().sort());
});

test('filters, counts and searches with ConsistencyLevel, on every page', async () => {
  const guests = await client
    .api('/users')
    .headers(eventual)
    .filter("userType ne 'Member'")
    .count(true)
    .select('id')
    .get();
  expect(guests).toMatchObject({ '@odata.count': guests.value.length });
  expect(guests.value.length).toBeGreaterThan(0);
  const { items } = await everything<User>("/users?$filter=not(userType eq 'Guest')&$count=true&$top=50", eventual);
  expect(items.length + guests.value.length).toBe(living().length);
  const found = await client.api('/users').headers(eventual).search('"displayName:Lindqvist"').get();
  expect(idsOf(found.value)).toContain(tenant.landmarks.ordinary.id);
});

test('a batch, its parts independent and in order', async () => {
  const { ordinary, groups } = tenant.landmarks;
  // The client keeps what stands behind the host.
  const url = (path: string) => `${baseUrl()}${path}`;
  const content = new BatchRequestContent([
    { id: '1', request: new Request(url(`/users/${ordinary.id}?$select=id`)) },
    {
      id: '2',
      dependsOn: ['1'],
      request: new Request(url(`/users/${ordinary.id}`), {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ city: 'Bonn' }),
      }),
    },
    { id: '3', dependsOn: ['2'], request: new Request(url(`/groups/${groups.m365.id}`)) },
    { id: '4', dependsOn: ['3'], request: new Request(url('/users/nobody@nowhere.example')) },
  ]);
  const responses = new BatchResponseContent(await client.api('/$batch').post(await content.getContent()));
  const statuses = [...responses.getResponses()].map(([id, { status }]) => [id, status]);
  expect(statuses.toSorted()).toEqual([
    ['1', 200],
    ['2', 204],
    ['3', 200],
    ['4', 404],
  ]);
  expect(await responses.getResponseById('3').json()).toMatchObject({
    id: groups.m365.id,
    displayName: groups.m365.displayName,
  });
  expect(tenant.snapshot().users[ordinary.id]).toMatchObject({ city: 'Bonn' });
});

test('writes, reads again, deletes and restores', async () => {
  const made: User = await client.api('/users').post({
    accountEnabled: true,
    displayName: 'Adele Vance',
    mailNickname: 'adele',
    userPrincipalName: `adele@${tenant.domain}`,
    passwordProfile: { forceChangePasswordNextSignIn: true, password: 'xWwvJ]6NMw+bWH-d' },
  } satisfies User);
  const address = `/users/${made.id}`;
  await client.api(address).patch({ department: 'Sales' });
  expect(await client.api(address).select(['department', 'mailNickname']).get()).toMatchObject({
    department: 'Sales',
    mailNickname: 'adele',
  });
  await client.api(address).delete();
  await expect(client.api(address).get()).rejects.toMatchObject({ statusCode: 404, code: 'Request_ResourceNotFound' });
  expect(await client.api(`/directory/deletedItems/${made.id}/restore`).post({})).toMatchObject({ id: made.id });
  await client.api(address).delete();
});

test('an error is one of Graph to it', async () => {
  const failure: unknown = await client
    .api("/users?$filter=endsWith(mail,'x')")
    .get()
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(GraphError);
  expect(failure).toMatchObject({ statusCode: 400, code: 'Request_UnsupportedQuery', requestId: expect.any(String) });
});

test('a 429 is waited for and asked again', async () => {
  tenant.faults('GET /organization=429:20ms:x1');
  expect((await client.api('/organization').get()).value).toHaveLength(1);
  tenant.faults();
});

describe('delta', () => {
  test('a round of users, then what changed', async () => {
    const first = await everything<User>('/users/delta?$select=displayName,department');
    const present = first.items.filter((item) => !('@removed' in item));
    expect(idsOf(present)).toEqual(living().sort());
    const { ordinary, newcomer } = tenant.landmarks;
    await client.api(`/users/${ordinary.id}`).patch({ department: 'Legal' });
    await client.api(`/users/${newcomer.id}`).delete();
    const second = await everything<User>(first.deltaLink ?? '');
    expect(second.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: ordinary.id, department: 'Legal' }),
        expect.objectContaining({ id: newcomer.id, '@removed': { reason: 'changed' } }),
      ]),
    );
    expect(second.items).toHaveLength(2);
    expect((await everything<User>(second.deltaLink ?? '')).items).toEqual([]);
  });

  test('a round of groups with their members', async () => {
    const { items } = await everything<Group & { 'members@delta'?: { id: string }[] }>('/groups/delta');
    const members = items
      .filter(({ id }) => id === tenant.landmarks.groups.bigGroup.id)
      .flatMap((group) => group['members@delta'] ?? []);
    expect(members.length).toBeGreaterThan(200);
  });
});
