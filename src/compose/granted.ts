import type { TokenClaims } from '../contract/index.ts';

/** Stands in the token of every application, and permits nothing (medium). */
const everyone = '0997a1d0-0d1d-4acb-b408-d5ca73121e90';

/**
 * What the token says that the application was granted. Undefined where that is not all it may do: a person's token, one that
 * says nothing of roles, and one of an application with a directory role, which permits by itself.
 */
export function grantedOf(claims: TokenClaims | undefined): readonly string[] | undefined {
  if (claims?.kind !== 'app' || claims.roles.length === 0) return undefined;
  return claims.directoryRoles.every((id) => id === everyone) ? claims.roles : undefined;
}
