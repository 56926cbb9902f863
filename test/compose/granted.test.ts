import { expect, test } from 'vitest';
import { grantedOf } from '../../src/compose/granted.ts';
import type { TokenClaims } from '../../src/contract/index.ts';

const app: TokenClaims = {
  kind: 'app',
  roles: ['User.Read.All'],
  scopes: [],
  directoryRoles: ['0997a1d0-0d1d-4acb-b408-d5ca73121e90'],
};

test('what an application was granted is known from its token', () => {
  expect(grantedOf(app)).toEqual(['User.Read.All']);
  expect(grantedOf({ ...app, directoryRoles: [] })).toEqual(['User.Read.All']);
});

test.each([
  ['there is no token', undefined],
  ['a person signed in', { ...app, kind: 'user' as const, scopes: ['User.Read.All'] }],
  ['the token says nothing of roles', { ...app, roles: [] }],
  ['a directory role permits by itself', { ...app, directoryRoles: ['fe930be7-5e62-47db-91af-98c3a49a38b1'] }],
])('it is not known where %s', (_, claims) => {
  expect(grantedOf(claims)).toBeUndefined();
});
