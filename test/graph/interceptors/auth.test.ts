import { describe, expect, it } from 'vitest';
import { auth } from '../../../src/graph/interceptors/auth.ts';
import { FakeNext, requestOf, responseOf } from '../requests.ts';
import { accessToken, FakeTokens } from '../setting.ts';

const claims = '{"access_token":{}}';
const challenge = `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;
const challenged = responseOf(401, { 'www-authenticate': challenge });
const sentTokens = (fake: FakeNext) => fake.seen.map((seen) => seen.headers['authorization']);

describe('auth', () => {
  it('asks for a token on every attempt', async () => {
    const tokens = new FakeTokens();
    const link = auth(tokens);
    const fake = new FakeNext(responseOf(200));
    await link(requestOf(), fake.next);
    await link(requestOf({ attempt: 2 }), fake.next);
    expect(tokens.asked).toBe(2);
    expect(sentTokens(fake)).toEqual(['Bearer token-1', 'Bearer token-1']);
  });

  it('answers a claims challenge once', async () => {
    const tokens = new FakeTokens();
    const fake = new FakeNext(challenged, responseOf(200));
    expect((await auth(tokens)(requestOf(), fake.next)).status).toBe(200);
    expect(tokens.challenges).toEqual([claims]);
    expect(sentTokens(fake)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('does not go round in circles when the challenge stays', async () => {
    const fake = new FakeNext(challenged);
    expect((await auth(new FakeTokens())(requestOf(), fake.next)).status).toBe(401);
    expect(fake.seen).toHaveLength(2);
  });

  it('takes a plain 401 for an answer, unless there is another token', async () => {
    const plain = new FakeNext(responseOf(401));
    expect((await auth(new FakeTokens())(requestOf(), plain.next)).status).toBe(401);
    expect(plain.seen).toHaveLength(1);

    const given = ['old', 'new'];
    const tokens = { method: 'x', token: async () => accessToken(given.shift() ?? 'none') };
    const renewed = new FakeNext(responseOf(401), responseOf(200));
    expect((await auth(tokens)(requestOf(), renewed.next)).status).toBe(200);
    expect(sentTokens(renewed)).toEqual(['Bearer old', 'Bearer new']);
  });

  it('sends no header where there are no tokens', async () => {
    const fake = new FakeNext(responseOf(200));
    await auth({ method: 'none', token: async () => undefined })(requestOf(), fake.next);
    expect(sentTokens(fake)).toEqual([undefined]);
  });
});
