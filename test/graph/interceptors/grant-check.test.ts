import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Grant, type GrantTerms } from '../../../src/contract/index.ts';
import { TransportFailure } from '../../../src/graph/failure.ts';
import { grantCheck } from '../../../src/graph/interceptors/grant-check.ts';
import type { GraphRequest, GraphResponse, Method } from '../../../src/graph/request.ts';
import { GraphRoot } from '../../../src/graph/root.ts';
import { FakeNext, requestOf, responseOf } from '../requests.ts';
import { ann, bob, failureOf, termsOf } from '../setting.ts';

const root = new GraphRoot('https://graph.microsoft.com');
const check = grantCheck(root);
const at = (id: string) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`;
const stranger = '33333333-3333-4333-8333-cccccccccccc';

const patchAnn = { method: 'PATCH', template: '/users/{}', values: [ann], target: `/v1.0/users/${ann}` } as const;

function attempt(request: Partial<GraphRequest>, answer: GraphResponse | Error = responseOf(204)) {
  const fake = new FakeNext(answer);
  return { fake, outcome: check(requestOf(request), fake.next) };
}

const granted = (terms: Partial<GrantTerms>) => Grant.issue(termsOf(terms));

describe('grant check', () => {
  it('lets reads pass without a grant', async () => {
    for (const read of [{}, { method: 'POST', template: '/users/{}/getMemberGroups' } as const]) {
      const { fake, outcome } = attempt(read);
      await outcome;
      expect(fake.seen).toHaveLength(1);
    }
  });

  it('lets pass what the grant covers, ids in any case', async () => {
    const grant = granted({ writes: new Set(['PATCH /users/{}']), ids: new Set([ann.toUpperCase()]) });
    const { fake, outcome } = attempt({ ...patchAnn, grant });
    await outcome;
    expect(fake.seen).toHaveLength(1);
  });

  const covered = new Set(['PATCH /users/{}', 'POST /groups/{}/members/$ref', 'DELETE /groups/{}/members/{}']);
  const revoked = granted({ writes: covered });
  revoked.revoke();
  const add = { method: 'POST', template: '/groups/{}/members/$ref', values: [bob] } as const;
  const grant = granted({ writes: covered });

  it.each<[string, string, Partial<GraphRequest>]>([
    ['without a grant', 'grant', patchAnn],
    ['with a revoked grant', 'grant', { ...patchAnn, grant: revoked }],
    ['for a request the grant does not list', 'write', { ...patchAnn, method: 'PUT', grant }],
    ['for an object the grant does not cover', 'id', { ...patchAnn, values: [stranger], grant }],
    [
      'for an id that only differs in case where case counts',
      'id',
      { ...patchAnn, values: ['aBc'], grant: granted({ writes: covered, ids: new Set(['abc']) }) },
    ],
    ['that refers to an object it does not cover', 'reference', { ...add, body: { '@odata.id': at(stranger) }, grant }],
    [
      'that refers to another host',
      'reference',
      { ...add, body: { '@odata.id': `https://evil.example/v1.0/users/${ann}` }, grant },
    ],
    ['that refers to no object', 'reference', { ...add, body: { '@odata.id': 'x' }, grant }],
    ['that refers by a query', 'reference', { ...add, body: { '@odata.id': `${at(ann)}?x=/${ann}` }, grant }],
    [
      'that binds among others one it does not cover',
      'reference',
      { ...patchAnn, body: { 'members@odata.bind': [at(ann), at(stranger)] }, grant },
    ],
    [
      'that refers deep in its body',
      'reference',
      { ...patchAnn, body: { a: [{ b: { 'x@odata.bind': at(stranger) } }] }, grant },
    ],
    ['that refers in the short form', 'reference', { ...patchAnn, body: { 'x@bind': at(stranger) }, grant }],
    [
      'that would delete a member',
      'deletable',
      { method: 'DELETE', template: '/groups/{}/members/{}', values: [bob, ann], grant },
    ],
  ])('sends nothing %s', async (_, missing, request) => {
    const { fake, outcome } = attempt(request);
    expect(await failureOf(outcome)).toMatchObject({ code: 'INTERNAL', detail: { missing } });
    expect(fake.seen).toEqual([]);
  });

  it('refuses a look-alike of a grant', async () => {
    const fake: unknown = { terms: termsOf({ writes: covered }) };
    const request: GraphRequest = Object.assign(requestOf(patchAnn), { grant: fake });
    const next = new FakeNext(responseOf(204));
    expect(await failureOf(check(request, next.next))).toMatchObject({ detail: { missing: 'grant' } });
    expect(next.seen).toEqual([]);
  });

  it('passes exactly what is covered, for all requests and grants', async () => {
    const ids = [ann, bob, stranger];
    const methods: Method[] = ['POST', 'PATCH', 'PUT', 'DELETE'];
    const templates = [
      '/users',
      '/users/{}',
      '/groups/{}/members/$ref',
      '/groups/{}/members/{}/$ref',
      '/groups/{}/members/{}',
    ];
    const requests = fc.record({
      method: fc.constantFrom(...methods),
      template: fc.constantFrom(...templates),
      id: fc.constantFrom(...ids),
      reference: fc.option(fc.constantFrom(...ids), { nil: undefined }),
    });
    const grants = fc.record({
      writes: fc.subarray(methods.flatMap((method) => templates.map((template) => `${method} ${template}`))),
      ids: fc.subarray(ids),
    });
    await fc.assert(
      fc.asyncProperty(requests, grants, async ({ method, template, id, reference }, terms) => {
        const values = template
          .split('/')
          .filter((segment) => segment === '{}')
          .map(() => id);
        const body = reference === undefined ? undefined : { 'members@odata.bind': [at(reference)] };
        const grant = granted({ writes: new Set(terms.writes), ids: new Set(terms.ids) });
        const { fake, outcome } = attempt({ method, template, values, body, grant });
        await outcome.catch(() => undefined);
        const named = [...values, ...(reference === undefined ? [] : [reference])];
        const allowed =
          terms.writes.includes(`${method} ${template}`) &&
          named.every((each) => terms.ids.includes(each)) &&
          (method !== 'DELETE' || template.endsWith('$ref') || template === '/users/{}');
        expect(fake.seen).toHaveLength(allowed ? 1 : 0);
      }),
    );
  });
});

describe('what a creation makes', () => {
  const writes = new Set(['POST /users', 'POST /groups', 'PATCH /users/{}', 'POST /groups/{}/members/$ref']);
  const create = { method: 'POST', template: '/users', values: [], body: {} } as const;
  const made = responseOf(201, {}, { id: stranger });

  it('is covered from then on, in addresses and in bodies', async () => {
    const grant = granted({ writes });
    const patch = { method: 'PATCH', template: '/users/{}', values: [stranger], grant } as const;
    const body = { '@odata.id': at(stranger.toUpperCase()) };
    const add = { method: 'POST', template: '/groups/{}/members/$ref', values: [bob], body, grant } as const;
    for (const request of [patch, add]) {
      expect(await failureOf(attempt(request).outcome)).toMatchObject({ code: 'INTERNAL' });
    }
    await attempt({ ...create, grant }, made).outcome;
    for (const request of [patch, add]) expect((await attempt(request).outcome).status).toBe(204);
    expect([...grant.created]).toEqual([stranger]);
  });

  it.each<[string, Partial<GraphRequest>, GraphResponse]>([
    ['was refused', create, responseOf(400, {}, { id: stranger })],
    ['was not a creation', { ...create, template: '/users/{}', method: 'PATCH', values: [ann] }, made],
    ['made another kind of object', { ...create, template: '/groups' }, made],
    ['names no object id', create, responseOf(201, {}, { id: 'new' })],
    ['names nothing', create, responseOf(201)],
    ['only reads', { method: 'GET', template: '/users/{}' }, responseOf(200, {}, { id: stranger })],
  ])('is not covered where the request %s', async (_, request, answer) => {
    const grant = granted({ writes });
    await attempt({ ...request, grant }, answer).outcome;
    expect([...grant.created]).toEqual([]);
  });

  it('is covered by its own grant alone', async () => {
    await attempt({ ...create, grant: granted({ writes }) }, made).outcome;
    const other = { method: 'PATCH', template: '/users/{}', values: [stranger], grant: granted({ writes }) } as const;
    expect(await failureOf(attempt(other).outcome)).toMatchObject({ detail: { missing: 'id' } });
  });
});

describe('the witness', () => {
  function witnessing(answer: GraphResponse | Error, record: () => void = () => undefined) {
    const told: unknown[] = [];
    const witness = {
      sending: async (write: object) => {
        record();
        told.push(write);
      },
      answered: async (outcome: object) => {
        told.push(outcome);
      },
    };
    const grant = granted({ writes: new Set(['PATCH /users/{}']), witness });
    const fake = new FakeNext(answer);
    const outcome = check(requestOf({ ...patchAnn, grant }), async (request) => {
      told.push('sent');
      return fake.next(request);
    });
    return { told, outcome };
  }
  const sending = {
    method: 'PATCH',
    template: '/users/{}',
    url: `https://graph.microsoft.com/v1.0/users/${ann}`,
    clientRequestId: 'c-1',
  };

  it('is told before the request leaves, and again with what came of it', async () => {
    const { told, outcome } = witnessing(responseOf(403, { 'request-id': 'r-1' }));
    await outcome;
    expect(told).toEqual([sending, 'sent', { clientRequestId: 'c-1', status: 403, requestId: 'r-1' }]);
  });

  it('is told of a lost answer', async () => {
    const { told, outcome } = witnessing(new TransportFailure('reset', { sent: true }));
    await expect(outcome).rejects.toBeInstanceOf(TransportFailure);
    expect(told).toEqual([sending, 'sent', { clientRequestId: 'c-1' }]);
  });

  it('that cannot record stops the request', async () => {
    const { told, outcome } = witnessing(responseOf(204), () => {
      throw new Error('disk full');
    });
    await expect(outcome).rejects.toThrow('disk full');
    expect(told).toEqual([]);
  });
});
