import { isGuid } from '../contract/index.ts';
import type { GraphRequest, GraphResponse } from './request.ts';

/**
 * Every request whose answer names an object that may be worked on under the same grant. The answers of other creations
 * name nothing that a grant does not cover already.
 */
const creating: ReadonlySet<string> = new Set(['POST /users']);

/** True for a request that creates an object which its grant covers from then on. */
export function isCreating({ method, template }: Pick<GraphRequest, 'method' | 'template'>): boolean {
  return creating.has(`${method} ${template}`);
}

/** The id of the object that this request created. */
export function createdId(
  request: Pick<GraphRequest, 'method' | 'template'>,
  { status, body }: Pick<GraphResponse, 'status' | 'body'>,
): string | undefined {
  if (status !== 201 || !isCreating(request)) return undefined;
  if (typeof body !== 'object' || body === null || !('id' in body)) return undefined;
  return typeof body.id === 'string' && isGuid(body.id) ? body.id : undefined;
}
