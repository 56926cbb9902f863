/** One entry of Graph's `error.details`. */
interface FaultDetail {
  code: string;
  target?: string;
  message?: string;
}

/** An error answer of Graph, thrown by whatever finds it and rendered once per request. */
export class GraphFault extends Error {
  override readonly name = 'GraphFault';
  readonly status: number;
  readonly code: string;
  readonly details: readonly FaultDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: readonly FaultDetail[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }

  /** Graph's error body. The dates and ids belong to the request that failed. */
  toBody(request: { date: string; requestId: string; clientRequestId: string }): Record<string, unknown> {
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(this.details.length > 0 ? { details: this.details } : {}),
        innerError: {
          date: request.date,
          'request-id': request.requestId,
          'client-request-id': request.clientRequestId,
        },
      },
    };
  }
}

export const badRequest = (message: string, details: readonly FaultDetail[] = []): GraphFault =>
  new GraphFault(400, 'Request_BadRequest', message, details);

/** What the OData layer refuses before the directory sees it. */
export const malformed = (message: string): GraphFault => new GraphFault(400, 'BadRequest', message);

export const unsupportedQuery = (message: string): GraphFault =>
  new GraphFault(400, 'Request_UnsupportedQuery', message);

export const notFound = (id: string): GraphFault =>
  new GraphFault(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );

export const noSegment = (segment: string): GraphFault => malformed(`Resource not found for the segment '${segment}'.`);

export const needsAdvanced = (operator: string): GraphFault =>
  unsupportedQuery(
    `Operator '${operator}' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information`,
  );

export const unsupportedFilter = (property: string, resource: string): GraphFault =>
  unsupportedQuery(
    `Unsupported or invalid query filter clause specified for property '${property}' of resource '${resource}'.`,
  );

export const synced = (): GraphFault =>
  badRequest(
    'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
  );

export const invalidValue = (property: string, resource: string): GraphFault =>
  badRequest(`Invalid value specified for property '${property}' of resource '${resource}'.`, [
    { code: 'InvalidValue', target: property },
  ]);

export const alreadyReferenced = (property: string): GraphFault =>
  badRequest(`One or more added object references already exist for the following modified properties: '${property}'.`);
