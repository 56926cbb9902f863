import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../src/auth/claims.ts';

function token(payload: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`;
}

describe('claimsOf', () => {
  it('reads the token of an app', () => {
    const payload = { idtyp: 'app', tid: 't', oid: 'o', appid: 'a', roles: ['User.Read.All'], wids: ['w'] };
    expect(claimsOf(token(payload), 'user')).toEqual({
      kind: 'app',
      tid: 't',
      oid: 'o',
      appId: 'a',
      roles: ['User.Read.All'],
      scopes: [],
      directoryRoles: ['w'],
    });
  });

  it('reads the token of a person, of either version', () => {
    const v1 = { tid: 't', oid: 'o', appid: 'a', upn: 'ada@contoso.com', scp: 'User.Read  Group.Read.All' };
    const v2 = { tid: 't', oid: 'o', azp: 'a', preferred_username: 'ada@contoso.com', scp: 'User.Read Group.Read.All' };
    expect(claimsOf(token(v1), 'app')).toEqual(claimsOf(token(v2), 'app'));
    expect(claimsOf(token(v1), 'app')).toMatchObject({
      kind: 'user',
      userPrincipalName: 'ada@contoso.com',
      scopes: ['User.Read', 'Group.Read.All'],
    });
  });

  it('keeps the claims that have their type where others have not', () => {
    expect(claimsOf(token({ tid: 7, roles: 'all', oid: 'o' }), 'app')).toEqual({
      kind: 'app',
      oid: 'o',
      roles: [],
      scopes: [],
      directoryRoles: [],
    });
  });

  it('says nothing of what is no JWT, whatever it is', () => {
    const nothing = { kind: 'app', roles: [], scopes: [], directoryRoles: [] };
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(claimsOf(text, 'app')).toEqual(nothing);
      }),
    );
    for (const payload of [null, 1, 'x', []]) expect(claimsOf(token(payload), 'app')).toEqual(nothing);
  });
});
