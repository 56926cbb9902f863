import type { AccessToken, TokenSource } from '../../contract/index.ts';
import { claimsChallenge } from '../challenge.ts';
import { unlessStopped } from '../failure.ts';
import type { GraphRequest, Interceptor } from '../request.ts';

/**
 * Puts a token on every attempt. A 401 was refused before anything happened, so going again is safe for writes too: once,
 * with a token that has the claims it asks for (Continuous Access Evaluation), or with another than the refused one.
 */
export function auth(tokens: TokenSource): Interceptor {
  return async (request, next) => {
    const { signal } = request;
    const first = await unlessStopped(tokens.token({ signal }), signal);
    const response = await next(withToken(request, first));
    if (response.status !== 401 || first === undefined) return response;
    const claims = claimsChallenge(response.headers);
    const options = claims === undefined ? { signal, refused: first.token } : { signal, claims };
    const second = await unlessStopped(tokens.token(options), signal);
    return second?.token === first.token ? response : next(withToken(request, second));
  };
}

function withToken(request: GraphRequest, access: AccessToken | undefined): GraphRequest {
  if (access === undefined) return request;
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${access.token}` } };
}
