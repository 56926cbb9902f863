/** The app id that a request without a token acts as. */
export const agentAppId = 'a6e1d0c2-52f6-4f1c-9a39-0d5f3c0e7b11';

/** Who a request comes from, as far as its token says. */
interface Caller {
  readonly appId: string;
  /** `app_displayname` of the token. */
  readonly displayName: string | undefined;
}

/** Who the token says is calling: its claims are read, not verified. Without a token it is the tenant's own agent app. */
export function callerOf(headers: Readonly<Record<string, string>>): Caller {
  const authorization = headers['authorization'];
  if (authorization === undefined) return { appId: agentAppId, displayName: undefined };
  const claims = claimsOf(authorization);
  const text = (name: string): string | undefined => {
    const value = claims[name];
    return typeof value === 'string' ? value : undefined;
  };
  return { appId: text('appid') ?? text('azp') ?? agentAppId, displayName: text('app_displayname') };
}

function claimsOf(authorization: string): Record<string, unknown> {
  const payload = /^Bearer [\w-]+\.([\w-]+)\./.exec(authorization)?.[1];
  if (payload === undefined) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}
