import { GraphFault, noSegment } from './errors.ts';
import type { Query } from './odata/query.ts';
import { type Answer, type GraphRequest, isReserved } from './request.ts';
import type { Tenant } from './tenant.ts';

/** A request on its way into a handler. */
export interface Call {
  readonly tenant: Tenant;
  readonly request: GraphRequest;
  readonly query: Query;
  /** Values of the template's `{…}` segments. */
  readonly params: Readonly<Record<string, string>>;
  /** The path's segments, decoded. */
  readonly segments: readonly string[];
}

type Handler = (call: Call) => Answer | Promise<Answer>;

/** A resource's routes: `GET /users/{user}/manager` to what answers it. A trailing `{cast?}` takes an OData cast or nothing. */
export type Routes = Readonly<Record<string, Handler>>;

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

/** Finds the handler of a path. */
export class Router {
  readonly #routes: readonly Route[];

  constructor(...tables: readonly Routes[]) {
    this.#routes = tables.flatMap((table) =>
      Object.entries(table).map(([template, handler]) => {
        const [method = '', path = ''] = template.split(' ');
        return { method, segments: path.split('/').slice(1), handler };
      }),
    );
  }

  /** Throws 400 BadRequest for a path nobody serves and 405 for a method that a served path does not take. */
  match(method: string, segments: readonly string[]): { handler: Handler; params: Record<string, string> } {
    let elsewhere = false;
    for (const route of this.#routes) {
      const params = bind(route.segments, segments);
      if (params === undefined) continue;
      if (route.method === method) return { handler: route.handler, params };
      elsewhere = true;
    }
    if (elsewhere) {
      throw new GraphFault(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
    }
    throw noSegment(this.#firstUnknown(segments));
  }

  #firstUnknown(segments: readonly string[]): string {
    for (let length = 1; length <= segments.length; length += 1) {
      const head = segments.slice(0, length);
      if (!this.#routes.some((route) => bind(route.segments.slice(0, length), head) !== undefined))
        return head.at(-1) ?? '';
    }
    return segments.at(-1) ?? '';
  }
}

function bind(template: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const optional = template.at(-1) === '{cast?}';
  if (segments.length !== template.length && !(optional && segments.length === template.length - 1)) return undefined;
  const params: Record<string, string> = {};
  for (const [index, piece] of template.entries()) {
    const segment = segments[index];
    if (segment === undefined) continue;
    if (piece === '{cast?}') {
      if (!/^(microsoft\.)?graph\.\w+$/.test(segment)) return undefined;
      params['cast'] = segment.slice(segment.lastIndexOf('.') + 1);
    } else if (piece.startsWith('{')) {
      if (isReserved(segment)) return undefined;
      params[piece.slice(1, -1)] = segment;
    } else if (piece.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return params;
}

/** A parameter that the route's template names. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? '';
}
