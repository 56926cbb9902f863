import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Grant, type Look, odata, path } from '../../src/contract/index.ts';
import { type Handler, json, refuse } from './loopback.ts';
import { ann, bob, failureOf, settingAt, termsOf } from './setting.ts';
import { stage } from './stage.ts';
import { VirtualClock } from './virtual-clock.ts';

const user = z.object({ id: z.string(), displayName: z.string().nullable() });
const annAsSent = { id: ann, displayName: 'Ann' };
const on = stage();
const get = () => on.setting.reader.get(path`/users/${ann}`, user);

describe('a refusal', () => {
  it.each([
    ['a time', '2.5', 2500],
    ['a time past a minute', '90', 90_000],
  ])('with %s is waited out', async (_, after, ms) => {
    await on.serve((_seen, response, count) => {
      if (count === 1) refuse(response, 429, 'TooManyRequests', { headers: { 'retry-after': after } });
      else json(response, 200, annAsSent);
    });
    const from = on.setting.clock.now();
    expect(await get()).toEqual(annAsSent);
    expect(on.setting.clock.now() - from).toBe(ms);
  });

  it('without a time is waited out too', async () => {
    await on.serve((_, response, count) => {
      if (count < 3) refuse(response, 429, 'TooManyRequests');
      else json(response, 200, annAsSent);
    });
    const from = on.setting.clock.now();
    expect(await get()).toEqual(annAsSent);
    expect(on.setting.clock.now() - from).toBeGreaterThanOrEqual(2000);
    expect(on.graph.seen).toHaveLength(3);
  });

  it('holds everyone of its class, and those who cannot wait so long are told at once', async () => {
    await on.serve((_, response) => refuse(response, 429, 'TooManyRequests', { headers: { 'retry-after': '100' } }));
    const clock = new VirtualClock();
    const { port } = settingAt(on.graph.url, { clock });
    const signal = new AbortController().signal;
    const ask = () => failureOf(port.reader({ signal }).get(path`/users/${ann}`, user));
    expect(await ask()).toMatchObject({ code: 'THROTTLED', retryAfterMs: 100_000 });
    await clock.advance(40_000);
    expect(await ask()).toMatchObject({ code: 'THROTTLED', retryAfterMs: 60_000 });
    expect(on.graph.seen).toHaveLength(1);
    expect(port.usage()).toMatchObject({ closedClasses: 1, closedForMs: 60_000, queued: 0, inFlight: 0 });
    expect(clock.sleeping).toBe(0);
    await port.close();
  });

  it('is told to the caller who waited for it', async () => {
    await on.serve((_, response, count) => {
      if (count === 1) refuse(response, 429, 'TooManyRequests', { headers: { 'retry-after': '4' } });
      else json(response, 200, annAsSent);
    });
    const waits: unknown[] = [];
    const onWait = (ms: number, why: string) => waits.push([ms, why]);
    const reader = on.setting.port.reader({ signal: new AbortController().signal, lane: 'bulk', onWait });
    await reader.get(path`/users/${ann}`, user);
    await reader.get(path`/users/${ann}`, user);
    expect(waits).toEqual([[4000, 'throttled']]);
  });

  it('that is not needed is not risked: a wait for the budget is told too', async () => {
    await on.serve((_, response) => json(response, 200, { value: [] }));
    const waits: unknown[] = [];
    const onWait = (ms: number, why: string) => waits.push([ms, why]);
    const reader = on.setting.port.reader({ signal: new AbortController().signal, lane: 'bulk', onWait });
    // A long job has four of the five that are allowed.
    for (let i = 0; i < 5; i += 1) await reader.page(path`/auditLogs/signIns`, z.object({ id: z.string() }));
    expect(waits).toEqual([[10_001, 'budget']]);
  });
});

describe('an answer that comes in drops', () => {
  it('ends with the deadline, and its connection with it', async () => {
    await on.serve((_, response) => {
      response.on('error', () => undefined);
      response.writeHead(200, { 'content-type': 'application/json' }).write('{');
      const drop = () => {
        if (!response.destroyed) response.write(' ', () => setTimeout(drop, 5));
      };
      drop();
    });
    const clock = new VirtualClock();
    const { port } = settingAt(on.graph.url, { clock });
    const coming = on.graph.next();
    const failing = failureOf(port.reader({ signal: new AbortController().signal }).get(path`/users/${ann}`, user));
    const seen = await coming;
    await clock.advance(30_000);
    expect(await failing).toMatchObject({ code: 'UPSTREAM', detail: { failure: 'deadline' } });
    await seen.closed;
    expect(port.usage()).toMatchObject({ inFlight: 0, queued: 0 });
    await port.close();
  });
});

describe('a token', () => {
  const challenge = `Bearer error="insufficient_claims", claims="${Buffer.from('{"access_token":{}}').toString('base64')}"`;

  it.each<[string, string | string[]]>([
    ['one header', challenge],
    ['several headers', ['Negotiate', 'Bearer realm="", authorization_uri="https://x"', challenge]],
    ['one header with several challenges', `Basic realm="x", ${challenge}`],
  ])('is renewed with the claims that Graph asks for, in %s, in the middle of a list', async (_, header) => {
    await on.serve((seen, response) => {
      const next = `${on.graph.url}/v1.0/users?$select=id,displayName&$skiptoken=2`;
      if (!seen.url.includes('skiptoken')) return json(response, 200, { value: [annAsSent], '@odata.nextLink': next });
      if (seen.headers.authorization !== 'Bearer token-2') {
        response.setHeader('www-authenticate', header);
        return refuse(response, 401, 'InvalidAuthenticationToken');
      }
      return json(response, 200, { value: [{ ...annAsSent, id: bob }] });
    });
    const ids: string[] = [];
    for await (const page of on.setting.reader.pages(path`/users`, user)) ids.push(...page.items.map(({ id }) => id));
    expect(ids).toEqual([ann, bob]);
    expect(on.setting.tokens.challenges).toEqual(['{"access_token":{}}']);
  });

  it('is renewed for the one of a batch that asks for it', async () => {
    await on.serve((seen, response) => {
      if (seen.method === 'GET') {
        if (seen.headers.authorization === 'Bearer token-2') return json(response, 200, { ...annAsSent, id: bob });
        response.setHeader('www-authenticate', challenge);
        return refuse(response, 401, 'InvalidAuthenticationToken');
      }
      const body = { error: { code: 'InvalidAuthenticationToken', message: 'x' } };
      return json(response, 200, {
        responses: [
          { id: '2', status: 401, headers: { 'WWW-Authenticate': challenge }, body },
          { id: '1', status: 200, body: annAsSent },
        ],
      });
    });
    const { reader } = on.setting;
    const both = await Promise.all([ann, bob].map((id) => reader.get(path`/users/${id}`, user)));
    expect(both.map(({ id }) => id)).toEqual([ann, bob]);
  });

  it('that nobody can renew ends the work as AUTH_REQUIRED', async () => {
    await on.serve((_, response) => refuse(response, 401, 'InvalidAuthenticationToken'));
    expect(await failureOf(get())).toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(on.graph.seen).toHaveLength(1);
  });
});

describe('a creation that took effect and lost its answer', () => {
  const look: Look<{ id: string; displayName: string | null }> = {
    naturalKey: true,
    find: async (graph) => {
      const { items } = await graph.page(path`/users`, user, { filter: odata`userPrincipalName eq ${'ann@x.com'}` });
      return items[0];
    },
  };
  /** Loses the answer of the first creation; what was made is seen by the reads from `seenFrom` on. */
  const forgetful = (tookEffect: boolean, seenFrom = 1): Handler => {
    let posts = 0;
    let reads = 0;
    return (seen, response) => {
      if (seen.method === 'GET') {
        reads += 1;
        const there = posts > 1 || (tookEffect && reads >= seenFrom);
        return json(response, 200, { value: there ? [annAsSent] : [] });
      }
      posts += 1;
      if (posts === 1) return tookEffect ? refuse(response, 504, 'UnknownError') : seen.socket.resetAndDestroy();
      return json(response, 201, annAsSent);
    };
  };
  const create = () =>
    on.setting.writer({ writes: new Set(['POST /users']) }).post(path`/users`, { displayName: 'Ann' }, user, look);
  const posts = () => on.graph.seen.filter(({ method }) => method === 'POST').length;

  it('is found, though Graph replicates late, and not made twice', async () => {
    await on.serve(forgetful(true, 3));
    expect(await create()).toEqual(annAsSent);
    expect(posts()).toBe(1);
  });

  it('is made once more where it certainly was not made, under an id of its own', async () => {
    await on.serve(forgetful(false));
    expect(await create()).toEqual(annAsSent);
    expect(posts()).toBe(2);
  });

  it('is looked for past the deadline of the call', async () => {
    let answerNone = true;
    await on.serve((seen, response) => {
      if (seen.method === 'POST' && answerNone) return;
      json(response, 200, { value: [annAsSent] });
    });
    const clock = new VirtualClock();
    const { port } = settingAt(on.graph.url, { clock });
    const grant = Grant.issue(termsOf({ writes: new Set(['POST /users']) }));
    const coming = on.graph.next();
    const created = port.writer({ signal: new AbortController().signal }, grant).post(path`/users`, {}, user, look);
    await coming;
    await clock.advance(30_000);
    answerNone = false;
    const looking = on.graph.next();
    await clock.advance(2000);
    await looking;
    expect(await created).toEqual(annAsSent);
    await port.close();
  });
});
