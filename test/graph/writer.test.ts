import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Grant, path } from '../../src/contract/index.ts';
import { type Handler, json, refuse } from './loopback.ts';
import { ann, bob, failureOf, termsOf } from './setting.ts';
import { stage } from './stage.ts';

const on = stage();
const writer = (...writes: string[]) => on.setting.writer({ writes: new Set(writes) });
const done: Handler = (_, response) => response.writeHead(204).end();
const alreadyThere =
  "One or more added object references already exist for the following modified properties: 'members'.";

describe('each write', () => {
  it('is sent as Graph documents it', async () => {
    await on.serve((seen, response) => {
      if (seen.method === 'POST' && seen.url === '/v1.0/users') json(response, 201, { id: ann, extra: 1 });
      else response.writeHead(204).end();
    });
    await writer('PATCH /users/{}').patch(path`/users/${ann}`, { accountEnabled: false });
    const created = await writer('POST /users').post(
      path`/users`,
      { displayName: 'Ann' },
      z.object({ id: z.string() }),
    );
    await writer('POST /users/{}/revokeSignInSessions').act(
      path`/users/${ann}/revokeSignInSessions`,
      undefined,
      'repeatable',
    );
    await writer('DELETE /users/{}').delete(path`/users/${ann}`);
    await writer('POST /groups/{}/members/$ref').addRef(path`/groups/${bob}/members`, ann);
    await writer('PUT /users/{}/manager/$ref').setRef(path`/users/${ann}/manager`, path`/users/${bob}`);
    await writer('DELETE /groups/{}/members/{}/$ref').removeRef(path`/groups/${bob}/members/${ann}`);
    expect(created).toEqual({ id: ann });
    expect(on.graph.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['PATCH', `/v1.0/users/${ann}`, { accountEnabled: false }],
      ['POST', '/v1.0/users', { displayName: 'Ann' }],
      ['POST', `/v1.0/users/${ann}/revokeSignInSessions`, undefined],
      ['DELETE', `/v1.0/users/${ann}`, undefined],
      ['POST', `/v1.0/groups/${bob}/members/$ref`, { '@odata.id': `${on.graph.url}/v1.0/directoryObjects/${ann}` }],
      ['PUT', `/v1.0/users/${ann}/manager/$ref`, { '@odata.id': `${on.graph.url}/v1.0/users/${bob}` }],
      ['DELETE', `/v1.0/groups/${bob}/members/${ann}/$ref`, undefined],
    ]);
    expect(on.graph.seen[0]?.headers['content-type']).toBe('application/json');
  });

  it('that is not covered reaches nobody', async () => {
    await on.serve(done);
    const error = await failureOf(writer('PATCH /users/{}').delete(path`/users/${ann}`));
    expect(error).toMatchObject({ code: 'INTERNAL', detail: { request: 'DELETE /users/{}', missing: 'write' } });
    expect(on.graph.seen).toEqual([]);
  });

  it('is refused by a writer whose grant was revoked', async () => {
    await on.serve(done);
    const grant = Grant.issue(termsOf({ writes: new Set(['PATCH /users/{}']) }));
    const late = on.setting.port.writer({ signal: new AbortController().signal, lane: 'bulk' }, grant);
    grant.revoke();
    expect(await failureOf(late.patch(path`/users/${ann}`, {}))).toMatchObject({ code: 'INTERNAL' });
    expect(on.graph.seen).toEqual([]);
  });

  it('of a member without /$ref cannot be built', async () => {
    await on.serve(done);
    const all = writer('DELETE /groups/{}/members/{}', 'DELETE /users/{}/manager', 'DELETE /groups/{}/owners/{}');
    for (const at of [
      path`/groups/${bob}/members/${ann}`,
      path`/users/${ann}/manager`,
      path`/groups/${bob}/owners/${ann}`,
    ]) {
      expect(await failureOf(all.delete(at))).toMatchObject({ detail: { missing: 'deletable' } });
    }
    expect(on.graph.seen).toEqual([]);
  });
});

describe('a reader', () => {
  it('has no way to write at run time either', async () => {
    await on.serve(done);
    for (const method of ['patch', 'post', 'act', 'delete', 'addRef', 'setRef', 'removeRef']) {
      expect(method in on.setting.reader).toBe(false);
      expect(method in on.setting.writer()).toBe(true);
    }
  });
});

describe('what already is as asked', () => {
  it('counts as done: a member that is there, a member or an object that is gone', async () => {
    await on.serve((seen, response) => {
      if (seen.method === 'POST') refuse(response, 400, 'Request_BadRequest', { message: alreadyThere });
      else refuse(response, 404, 'Request_ResourceNotFound');
    });
    await writer('POST /groups/{}/members/$ref').addRef(path`/groups/${bob}/members`, ann);
    await writer('DELETE /groups/{}/members/{}/$ref').removeRef(path`/groups/${bob}/members/${ann}`);
    await writer('DELETE /users/{}').delete(path`/users/${ann}`);
    expect(on.graph.seen).toHaveLength(3);
  });

  it('does not cover other refusals', async () => {
    await on.serve((seen, response) => {
      if (seen.method === 'POST') refuse(response, 400, 'Request_BadRequest');
      else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not here</h1>');
    });
    expect(
      await failureOf(writer('POST /groups/{}/members/$ref').addRef(path`/groups/${bob}/members`, ann)),
    ).toMatchObject({
      code: 'CONFLICT',
    });
    // A gateway that knows nothing of users does not make a user deleted.
    expect((await failureOf(writer('DELETE /users/{}').delete(path`/users/${ann}`))).code).toBe('UPSTREAM');
  });
});

describe('a write whose answer was lost', () => {
  const createUser = () =>
    writer('POST /users').post(path`/users`, { displayName: 'Ann' }, z.object({ id: z.string() }));

  it.each<[string, Handler]>([
    ['a reset', (seen) => seen.socket.resetAndDestroy()],
    ['504', (_, response) => refuse(response, 504, 'UnknownError')],
    ['503', (_, response) => refuse(response, 503, 'ServiceUnavailable', { headers: { 'retry-after': '1' } })],
    ['an answer that cannot be read', (_, response) => response.writeHead(201).end('{"id":')],
  ])('is sent once and ends as OUTCOME_UNKNOWN after %s', async (_, handler) => {
    await on.serve(handler);
    const error = await failureOf(createUser());
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', detail: { request: 'POST /users' } });
    expect(error.fix).toContain('Look for the new object');
    expect(on.graph.seen).toHaveLength(1);
  });

  it('ends so too when the caller cancels after it left', async () => {
    await on.serve(() => undefined);
    const controller = new AbortController();
    const grant = Grant.issue(termsOf({ writes: new Set(['PATCH /users/{}']) }));
    const late = on.setting.port.writer({ signal: controller.signal, lane: 'bulk' }, grant);
    const coming = on.graph.next();
    const failing = failureOf(late.patch(path`/users/${ann}`, {}));
    await coming;
    controller.abort();
    expect(await failing).toMatchObject({ code: 'OUTCOME_UNKNOWN', detail: { failure: 'cancelled' } });
  });

  it('is sent again where that is harmless, with the same client-request-id', async () => {
    await on.serve((seen, response, count) => {
      if (count === 1) seen.socket.resetAndDestroy();
      else if (count === 2) refuse(response, 504, 'UnknownError');
      else response.writeHead(204).end();
    });
    await writer('PATCH /users/{}').patch(path`/users/${ann}`, { accountEnabled: false });
    expect(new Set(on.graph.seen.map(({ headers }) => headers['client-request-id'])).size).toBe(1);
    expect(on.graph.seen).toHaveLength(3);
  });

  it('of a delete that took effect is done when Graph no longer finds the object', async () => {
    await on.serve((_, response, count) =>
      count === 1 ? refuse(response, 504, 'UnknownError') : refuse(response, 404, 'Request_ResourceNotFound'),
    );
    await writer('DELETE /users/{}').delete(path`/users/${ann}`);
    expect(on.graph.seen).toHaveLength(2);
  });

  it('is not unknown when it was never sent', async () => {
    await on.serve(done);
    await on.graph.stop();
    expect((await failureOf(createUser())).code).toBe('UPSTREAM');
  });
});
