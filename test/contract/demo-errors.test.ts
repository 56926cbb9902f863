import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type DemoTenant, startDemoTenant } from '../../src/demo/index.ts';
import { documentsArePresent, type ErrorExample, needsDocuments, readErrorExamples } from './graph-documents.ts';

// Each error that is documented, made to happen: same status, code, words and details.

const errorBody = z.strictObject({
  error: z.strictObject({
    code: z.string().min(1),
    message: z.string(),
    details: z
      .array(z.object({ code: z.string(), target: z.string().optional(), message: z.string().optional() }))
      .optional(),
    innerError: z.looseObject({
      date: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
      'request-id': z.guid(),
      'client-request-id': z.guid(),
    }),
  }),
});

/** Documented errors that the demo tenant never gives, by what brings them about. */
const notSimulated: Readonly<Record<string, string>> = {
  'no/expired token': 'it needs no token',
  'used the nextLink from a retried page': 'no page of it is lost',
  'remove of non-member (seen in $batch)': 'the other form, 404 Request_ResourceNotFound, is the usual one',
  'signIns / signInActivity without P1': 'its tenant has P1',
  'subscription quota exceeded (100 per app+tenant for directory resources)': 'no subscriptions',
  'subscription validation handshake failed': 'no subscriptions',
};

type Send = (line: string, body?: unknown) => Promise<Response>;
type Provoke = (tenant: DemoTenant, send: Send) => Promise<Response>;

const withFault =
  (spec: string, line: string): Provoke =>
  async (tenant, send) => {
    tenant.faults(spec);
    try {
      return await send(line);
    } finally {
      tenant.faults();
    }
  };

const link = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` });

/** How each is brought about, by the words of the document. */
const provocations: Readonly<Record<string, Provoke>> = {
  'POST/PATCH user with a taken UPN': ({ landmarks: { ordinary, synced } }, send) =>
    send(`PATCH /users/${ordinary.id}`, { userPrincipalName: synced.userPrincipalName }),
  'UPN domain not verified': ({ landmarks: { ordinary } }, send) =>
    send(`PATCH /users/${ordinary.id}`, { userPrincipalName: 'maya@elsewhere.example' }),
  'POST/PATCH passwordProfile too weak': ({ landmarks: { ordinary } }, send) =>
    send(`PATCH /users/${ordinary.id}`, { passwordProfile: { password: 'weak' } }),
  'proxyAddresses/mail/mailNickname collision': async ({ landmarks: { ordinary, manager } }, send) =>
    send(`PATCH /users/${ordinary.id}`, { mail: manager.userPrincipalName }),
  'PATCH of an on-prem mastered property on a user/group with onPremisesSyncEnabled=true': (
    { landmarks: { synced } },
    send,
  ) => send(`PATCH /users/${synced.id}`, { department: 'Sales' }),
  'unknown or not-yet-replicated object id; DELETE of non-member $ref': (
    { landmarks: { groups, eligibleAdmin } },
    send,
  ) => send(`DELETE /groups/${groups.security.id}/members/${eligibleAdmin.id}/$ref`),
  'missing app permission, or target is a privileged admin and the app lacks a higher directory role': async () => {
    const reader = await startDemoTenant({ users: 25, permissions: ['User.Read.All'] });
    try {
      return await sender(reader)(`DELETE /users/${reader.landmarks.ordinary.id}`);
    } finally {
      await reader.close();
    }
  },
  'CAE challenge (only when client sent cp1)': withFault('401-claims', 'GET /organization'),
  'filter on a non-indexed property': (_, send) => send("GET /users?$filter=aboutMe eq 'x'"),
  'advanced operator without ConsistencyLevel/$count': (_, send) => send("GET /users?$filter=endsWith(mail,'x')"),
  '$search without header': (_, send) => send('GET /users?$search="displayName:x"'),
  'GET /users/$count without ConsistencyLevel': (_, send) => send('GET /users/$count'),
  '@odata.nextLink used too late': async (tenant, send) => {
    const page = z.object({ '@odata.nextLink': z.url() }).parse(await (await send('GET /users?$top=5')).json());
    return withFault('page-token', `GET ${page['@odata.nextLink'].split('/v1.0')[1]}`)(tenant, send);
  },
  'delta token reset: Location header with empty $deltatoken': withFault('410', 'GET /users/delta?$deltatoken=x'),
  'expired delta token (7 days for directory objects)': async () => {
    const week = 7 * 86_400_000;
    let now = Date.parse('2026-03-01T00:00:00Z');
    const tenant = await startDemoTenant({ users: 25, now: () => now });
    try {
      const send = sender(tenant);
      const round = await (await send('GET /users/delta?$deltatoken=latest')).json();
      const { '@odata.deltaLink': link } = z.object({ '@odata.deltaLink': z.url() }).parse(round);
      now += week + 1000;
      return await send(`GET ${link.split('/v1.0')[1]}`);
    } finally {
      await tenant.close();
    }
  },
  '$select of a SharePoint-stored property on a collection': (_, send) => send('GET /users?$select=aboutMe'),
  'assignLicense without usageLocation (also transiently 3-10 s after setting it)': async (
    { landmarks: { newcomer } },
    send,
  ) => {
    await send(`PATCH /users/${newcomer.id}`, { usageLocation: null });
    return send(`POST /users/${newcomer.id}/assignLicense`, {
      addLicenses: [{ skuId: await scarcest(send) }],
      removeLicenses: [],
    });
  },
  'removeLicenses of a group-based licence': async ({ landmarks: { ordinary } }, send) => {
    const answer = await (await send(`GET /users/${ordinary.id}?$select=licenseAssignmentStates`)).json();
    const states = z.object({ licenseAssignmentStates: z.array(state) }).parse(answer).licenseAssignmentStates;
    const inherited = states.find(({ assignedByGroup }) => assignedByGroup !== null)?.skuId;
    return send(`POST /users/${ordinary.id}/assignLicense`, { addLicenses: [], removeLicenses: [inherited] });
  },
  'mailboxSettings for a user without cloud mailbox': ({ landmarks: { guest } }, send) =>
    send(`GET /users/${guest.id}/mailboxSettings`),
  'no seats left': async (tenant, send) => {
    const skuId = await scarcest(send);
    for (const { id, usageLocation, deletedDateTime } of Object.values(tenant.snapshot().users)) {
      if (usageLocation === undefined || deletedDateTime !== undefined || id === tenant.landmarks.restricted.id)
        continue;
      const answer = await send(`POST /users/${id}/assignLicense`, { addLicenses: [{ skuId }], removeLicenses: [] });
      if (answer.status !== 200) return answer;
    }
    throw new Error('There are seats for everyone');
  },
  'POST members/$ref for an existing member (or owners)': ({ landmarks: { groups, ordinary } }, send) =>
    send(`POST /groups/${groups.security.id}/members/$ref`, link(ordinary.id)),
  'remove last (user) owner': async ({ landmarks: { groups } }, send) => {
    const { value } = list.parse(await (await send(`GET /groups/${groups.m365.id}/owners`)).json());
    return send(`DELETE /groups/${groups.m365.id}/owners/${value[0]?.id}/$ref`);
  },
  'add/remove member on mail-enabled SG / DL': ({ landmarks: { groups, eligibleAdmin } }, send) =>
    send(`POST /groups/${groups.mailEnabled.id}/members/$ref`, link(eligibleAdmin.id)),
  throttled: async () => {
    const poor = await startDemoTenant({ users: 25, budget: { resourceUnits: 1 } });
    try {
      await sender(poor)('GET /users');
      return await sender(poor)('GET /users');
    } finally {
      await poor.close();
    }
  },
  'concurrent writes; retry with backoff / Retry-After': withFault('409', 'DELETE /users/x'),
};

const list = z.object({ value: z.array(z.looseObject({ id: z.string() })) });
const state = z.object({ skuId: z.string(), assignedByGroup: z.string().nullable() });
const skus = z.object({
  value: z.array(
    z.object({ skuId: z.string(), consumedUnits: z.number(), prepaidUnits: z.object({ enabled: z.number() }) }),
  ),
});

/** The product with the fewest free seats. */
async function scarcest(send: Send): Promise<string> {
  const { value } = skus.parse(await (await send('GET /subscribedSkus')).json());
  const free = ({ consumedUnits, prepaidUnits }: (typeof value)[number]) => prepaidUnits.enabled - consumedUnits;
  return value.toSorted((a, b) => free(a) - free(b))[0]?.skuId ?? '';
}

function sender(tenant: DemoTenant): Send {
  return (line, body) => {
    const [method = '', ...address] = line.split(' ');
    return fetch(`${tenant.url}/v1.0${address.join(' ')}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  };
}

describe.skipIf(!documentsArePresent)(`errors of the demo tenant${needsDocuments}`, () => {
  let tenant: DemoTenant;
  beforeAll(async () => {
    tenant = await startDemoTenant({ users: 60 });
  });
  afterAll(() => tenant.close());

  const examples = documentsArePresent ? readErrorExamples() : [];

  test.each(examples.filter(({ when }) => when in provocations))('$status $code: $when', async (example) => {
    const response = await provocations[example.when]?.(tenant, sender(tenant));
    if (response === undefined) throw new Error('There is nothing to do');
    const { error } = errorBody.parse(JSON.parse(await response.text()));
    if (typeof example.status === 'number') expect(response.status).toBe(example.status);
    else expect(String(response.status)).toMatch(new RegExp(`^${example.status.replaceAll('X', '\\d')}$`));
    if (example.code !== null) expect(error.code).toBe(example.code);
    if (example.message !== null) expect(error.message).toMatch(wordsOf(example.message));
    for (const detail of example.details ?? []) expect(error.details).toContainEqual(expect.objectContaining(detail));
    for (const name of Object.keys(example.headers ?? {})) expect(response.headers.has(name), name).toBe(true);
  });

  test('every documented one is brought about, or known not to be simulated', () => {
    const unknown = examples.filter(({ when }) => !(when in provocations) && !(when in notSimulated));
    expect(unknown.map(({ when }) => when)).toEqual([]);
  });
});

/** `<id>` stands for any value, quotes for either kind. */
function wordsOf(message: NonNullable<ErrorExample['message']>): RegExp {
  const escaped = message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/<\w+>/g, '.+')}$`);
}
