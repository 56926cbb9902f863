import { Grant, isGuid, ToolError } from '../../contract/index.ts';
import { createdId } from '../created.ts';
import { mayDelete } from '../deletable.ts';
import { type GraphRequest, type GraphResponse, headerText, type Interceptor, isRead, type Next } from '../request.ts';
import type { GraphRoot } from '../root.ts';

/** The term of a grant that a refused request lacked. */
type MissingTerm = 'grant' | 'write' | 'id' | 'reference' | 'deletable';

/**
 * Lets reads pass, and anything else only as its grant says: the request, every id in its address and every object its
 * body refers to. What passes is told to the grant's witness before it leaves, and again when its outcome is known. An
 * account that it creates is covered from then on.
 *
 * @throws ToolError INTERNAL for a request that is not covered: nothing was sent, and the fault is ours.
 */
export function grantCheck(root: GraphRoot): Interceptor {
  return async (request, next) => {
    if (isRead(request)) return next(request);
    const { grant } = request;
    if (!Grant.isInForce(grant)) throw refusal(request, 'grant');
    const missing = missingTerm(request, grant, root);
    if (missing !== undefined) throw refusal(request, missing);
    const response = await witnessed(request, next, grant, root);
    const id = createdId(request, response);
    if (id !== undefined) grant.cover(id);
    return response;
  };
}

function missingTerm(request: GraphRequest, { terms, created }: Grant, root: GraphRoot): MissingTerm | undefined {
  const { method, template, values, body } = request;
  if (method === 'DELETE' && !mayDelete(template)) return 'deletable';
  if (!terms.writes.has(`${method} ${template}`)) return 'write';
  const [given, own] = [coverage(terms.ids), coverage(created)];
  const covers = (id: string) => given(id) || own(id);
  if (!values.every(covers)) return 'id';
  const inBody = references(body).map((reference) => root.referred(reference));
  return inBody.every((id) => id !== undefined && covers(id)) ? undefined : 'reference';
}

/** Object ids are compared without case; every other id is exact. */
function coverage(ids: ReadonlySet<string>): (id: string) => boolean {
  let guids: Set<string> | undefined;
  return (id) => {
    if (ids.has(id)) return true;
    if (!isGuid(id)) return false;
    guids ??= new Set([...ids].map((each) => each.toLowerCase()));
    return guids.has(id.toLowerCase());
  };
}

/** Every value under `@odata.id`, `…@odata.bind` and their short forms, at any depth. */
function references(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    /@(?:odata\.)?(?:id|bind)$/i.test(key) ? (Array.isArray(inner) ? inner : [inner]) : references(inner),
  );
}

async function witnessed(
  request: GraphRequest,
  next: Next,
  { terms: { witness } }: Grant,
  root: GraphRoot,
): Promise<GraphResponse> {
  const { method, template, target, clientRequestId } = request;
  await witness.sending({ method, template, url: root.origin + target, clientRequestId });
  let response: GraphResponse;
  try {
    response = await next(request);
  } catch (failure) {
    await witness.answered({ clientRequestId });
    throw failure;
  }
  const requestId = headerText(response.headers, 'request-id');
  const { status } = response;
  await witness.answered({ clientRequestId, status, ...(requestId === undefined ? {} : { requestId }) });
  return response;
}

const lacks: Readonly<Record<MissingTerm, string>> = {
  grant: 'carries no grant that is in force',
  write: 'is not among the requests of its grant',
  id: 'names an object that its grant does not cover',
  reference: 'refers to an object that its grant does not cover',
  deletable: 'is not among the deletions that this server makes',
};

function refusal(request: GraphRequest, missing: MissingTerm): ToolError {
  const what = `${request.method} ${request.template}`;
  return new ToolError('INTERNAL', {
    message: `${what} was not sent: it ${lacks[missing]}.`,
    fix: 'Nothing was changed by this request. This is a fault of the server: report it with the name of the tool.',
    detail: { request: what, missing },
  });
}
