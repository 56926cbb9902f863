import { badRequest } from '../errors.ts';
import type { Readable } from '../odata/match.ts';
import { userResource } from '../people/user-resource.ts';

/** Decides whether a user belongs to a dynamic group. */
export type MembershipRule = (user: Readable) => boolean;

const term =
  /^\s*\(?\s*user\.(\w+)\s+-(eq|ne|startsWith|contains|notContains)\s+(?:"([^"]*)"|(true|false|null))\s*\)?\s*/i;

/**
 * Reads the part of the rule language this tenant knows: `user.property -eq|-ne|-startsWith|-contains|-notContains value`,
 * joined by -and and -or (-and binds tighter). Throws Request_BadRequest on anything else.
 */
export function parseMembershipRule(text: string): MembershipRule {
  const alternatives: MembershipRule[][] = [[]];
  let rest = text;
  for (;;) {
    const [whole, property = '', operator = '', quoted, bare] = term.exec(rest) ?? [];
    if (whole === undefined) throw invalidRule();
    alternatives.at(-1)?.push(comparison(property, operator.toLowerCase(), quoted ?? bare ?? ''));
    rest = rest.slice(whole.length);
    const [joint, word = ''] = /^-(and|or)\b/i.exec(rest) ?? [];
    if (joint === undefined) break;
    if (word.toLowerCase() === 'or') alternatives.push([]);
    rest = rest.slice(joint.length);
  }
  if (rest.trim() !== '') throw invalidRule();
  return (user) => alternatives.some((all) => all.every((rule) => rule(user)));
}

const invalidRule = (): Error =>
  badRequest('The membership rule is not valid.', [{ code: 'InvalidValue', target: 'membershipRule' }]);

function comparison(property: string, operator: string, sought: string): MembershipRule {
  if (!Object.hasOwn(userResource.properties, property)) throw invalidRule();
  const low = sought.toLowerCase();
  return (user) => {
    const value = String(user.get(property) ?? 'null').toLowerCase();
    switch (operator) {
      case 'eq':
        return value === low;
      case 'ne':
        return value !== low;
      case 'startswith':
        return value.startsWith(low);
      case 'contains':
        return value.includes(low);
      default:
        return !value.includes(low);
    }
  };
}
