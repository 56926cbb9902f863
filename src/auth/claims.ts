import { z } from 'zod';
import type { TokenClaims } from '../contract/index.ts';

const text = z.string().optional().catch(undefined);
const names = z.array(z.string()).optional().catch(undefined);

/** Claims of Graph's access tokens. [learn.microsoft.com/entra/identity-platform/access-token-claims-reference] */
const payload = z.object({
  tid: text,
  oid: text,
  appid: text,
  azp: text,
  idtyp: text,
  upn: text,
  preferred_username: text,
  unique_name: text,
  scp: text,
  roles: names,
  wids: names,
});

/**
 * What an access token says of itself, as advice only: nothing is verified, and a token that is no JWT says nothing.
 * `fallback` is what the way of signing in implies where the token does not tell.
 */
export function claimsOf(token: string, fallback: TokenClaims['kind']): TokenClaims {
  const found = payload.safeParse(decode(token));
  if (!found.success) return { kind: fallback, roles: [], scopes: [], directoryRoles: [] };
  const { tid, oid, appid, azp, idtyp, upn, preferred_username, unique_name, scp, roles, wids } = found.data;
  const appId = appid ?? azp;
  const userPrincipalName = upn ?? preferred_username ?? unique_name;
  return {
    ...(tid === undefined ? {} : { tid }),
    ...(oid === undefined ? {} : { oid }),
    ...(appId === undefined ? {} : { appId }),
    ...(userPrincipalName === undefined ? {} : { userPrincipalName }),
    kind: idtyp === 'app' ? 'app' : scp === undefined ? fallback : 'user',
    roles: roles ?? [],
    scopes: scp?.split(' ').filter((scope) => scope !== '') ?? [],
    directoryRoles: wids ?? [],
  };
}

function decode(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
