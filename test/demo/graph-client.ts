import { type DemoTenant, type DemoTenantOptions, startDemoTenant } from '../../src/demo/index.ts';

/** JSON of an answer, loosely typed: tests say what they expect of it. */
export interface GraphAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
  /** `value` of a collection. */
  readonly items: Record<string, unknown>[];
  readonly error: { code?: string; message?: string; details?: { code: string; target?: string }[] };
}

export const eventual = { ConsistencyLevel: 'eventual' } as const;

/** A plain fetch client on a demo tenant. */
export class GraphClient {
  readonly tenant: DemoTenant;

  constructor(tenant: DemoTenant) {
    this.tenant = tenant;
  }

  static async start(options?: DemoTenantOptions): Promise<GraphClient> {
    return new GraphClient(await startDemoTenant(options));
  }

  /** `path` is absolute, or relative to `/v1.0`. */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<GraphAnswer> {
    const response = await fetch(path.startsWith('http') ? path : `${this.tenant.url}/v1.0${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text.startsWith('{') ? JSON.parse(text) : {};
    return {
      status: response.status,
      headers: response.headers,
      text,
      json,
      items: json.value ?? [],
      error: json.error ?? {},
    };
  }

  get(path: string, headers: Record<string, string> = {}): Promise<GraphAnswer> {
    return this.send('GET', path, undefined, headers);
  }

  /** Every object of a list, following next links. */
  async all(path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    for (let next: unknown = path; typeof next === 'string'; ) {
      const page = await this.get(next, headers);
      if (page.status !== 200) throw new Error(page.text);
      items.push(...page.items);
      next = page.json['@odata.nextLink'];
    }
    return items;
  }

  /** What an `@odata.id` or `@odata.bind` says. */
  link(id: string): string {
    return `${this.tenant.url}/v1.0/directoryObjects/${id}`;
  }
}
