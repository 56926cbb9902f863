import { GraphPath, ToolError } from '../contract/index.ts';

const version = '/v1.0';

/**
 * The one host that requests and tokens go to. Requests carry a path only, so no address, link or reference can send
 * them elsewhere.
 */
export class GraphRoot {
  /** `https://graph.microsoft.com` */
  readonly origin: string;
  /** What every target begins with: `/v1.0`, after the root's own path where it has one. */
  readonly prefix: string;

  /** @throws ToolError CONFIG_INVALID for what is not an http(s) URL, or has credentials, a query or a fragment. */
  constructor(root: string) {
    const url = URL.canParse(root) ? new URL(root) : undefined;
    const plain = url !== undefined && url.username + url.password + url.search + url.hash === '';
    if (!plain || !/^https?:$/.test(url.protocol)) {
      throw new ToolError('CONFIG_INVALID', {
        message: 'The Graph root is not a plain http or https URL.',
        fix: 'Set ENTRA_MCP_GRAPH_URL to a URL like https://graph.microsoft.com, or unset it.',
      });
    }
    this.origin = url.origin;
    this.prefix = url.pathname.replace(/\/+$/, '') + version;
  }

  /** The request target of an address. */
  target(at: GraphPath, suffix = ''): string {
    if (!GraphPath.is(at)) throw new TypeError('Not a GraphPath');
    return this.prefix + at.url + suffix;
  }

  /** The request target of a next link. @throws ToolError UPSTREAM for one that leads away from this Graph. */
  follow(link: string): string {
    const url = this.#own(link);
    if (url === undefined) {
      throw new ToolError('UPSTREAM', {
        message: 'Graph named a next page that is not on the same host, so it was not fetched.',
        fix: 'The list is incomplete. Check ENTRA_MCP_GRAPH_URL and any proxy between here and Graph.',
        detail: { graphCode: 'foreignNextLink' },
      });
    }
    return url.pathname + url.search;
  }

  /** Whether a link leads to this Graph. */
  owns(link: string): boolean {
    return this.#own(link) !== undefined;
  }

  #own(link: string): URL | undefined {
    const url = URL.canParse(link) ? new URL(link) : undefined;
    if (url === undefined || url.origin !== this.origin || url.username + url.password !== '') return undefined;
    return url.pathname.startsWith(`${this.prefix}/`) ? url : undefined;
  }

  /** The URL that names an object in a body. */
  reference(to: GraphPath): string {
    return this.origin + this.target(to);
  }

  /** The object that a URL in a body names; undefined for any form but `{root}/v1.0/{collection}/{id}`. */
  referred(reference: unknown): string | undefined {
    const start = `${this.origin}${this.prefix}/`;
    if (typeof reference !== 'string' || !reference.startsWith(start)) return undefined;
    const id = /^(?:[A-Za-z]+\/)+([A-Za-z0-9_.%-]+)$/.exec(reference.slice(start.length))?.[1];
    if (id === undefined) return undefined;
    try {
      return decodeURIComponent(id);
    } catch {
      return undefined;
    }
  }
}
