import { describe, expect, it } from 'vitest';
import { claimsChallenge } from '../../src/graph/challenge.ts';

const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
const base64 = Buffer.from(claims).toString('base64');
const bearer = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${base64}"`;

describe('a claims challenge', () => {
  it.each<[string, string | string[]]>([
    ['one header', bearer],
    ['several headers', ['PoP nonce="x"', 'Bearer realm=""', bearer]],
    ['several challenges in one header', `PoP realm="a, b", nonce="Bearer error=x", ${bearer}, Basic realm="z"`],
    ['other case and spaces', bearer.replace('Bearer', 'BEARER').replace('claims=', 'Claims = ')],
    ['base64 without padding', bearer.replace(/=+"$/, '"')],
  ])('is read from %s', (_, header) => {
    expect(claimsChallenge({ 'www-authenticate': header })).toBe(claims);
  });

  it.each<[string, string | undefined]>([
    ['no header', undefined],
    ['no claims', 'Bearer realm="", error="insufficient_claims"'],
    ['another error', bearer.replace('insufficient_claims', 'invalid_token')],
    ['another scheme', bearer.replace('Bearer', 'PoP')],
    ['claims that are not JSON', `Bearer error="insufficient_claims", claims="${Buffer.from('x').toString('base64')}"`],
    ['claims inside a quoted text', 'Bearer realm="error=\\"insufficient_claims\\", claims=\\"e30=\\""'],
  ])('is not seen where there is %s', (_, header) => {
    expect(claimsChallenge({ 'www-authenticate': header })).toBeUndefined();
  });
});
