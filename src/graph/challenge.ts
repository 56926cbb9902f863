import type { Headers } from './request.ts';

/**
 * The claims that a 401 asks for, decoded; undefined where it asks for none. There may be several WWW-Authenticate
 * headers, and several challenges in one. [learn.microsoft.com/entra/identity-platform/claims-challenge]
 */
export function claimsChallenge(headers: Headers): string | undefined {
  const value = headers['www-authenticate'];
  const lines = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  for (const { scheme, params } of lines.flatMap(challenges)) {
    if (scheme === 'bearer' && params.get('error') === 'insufficient_claims') {
      const claims = decoded(params.get('claims'));
      if (claims !== undefined) return claims;
    }
  }
  return undefined;
}

interface Challenge {
  readonly scheme: string;
  readonly params: Map<string, string>;
}

// Either `name=value`, its value quoted or bare, or a lone word, which begins a challenge.
const piece = /([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

function challenges(line: string): Challenge[] {
  const found: Challenge[] = [];
  for (const [, name = '', quoted, bare] of line.matchAll(piece)) {
    const text = quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1');
    if (text === undefined) found.push({ scheme: name.toLowerCase(), params: new Map() });
    else found.at(-1)?.params.set(name.toLowerCase(), text);
  }
  return found;
}

function decoded(base64: string | undefined): string | undefined {
  if (base64 === undefined) return undefined;
  const text = Buffer.from(base64, 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? text : undefined;
  } catch {
    return undefined;
  }
}
