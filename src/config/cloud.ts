import type { CloudName } from './schema.ts';

/** The hosts to talk to. */
export interface Cloud {
  readonly name: CloudName;
  /** Host of the login service, with its port where it has one: `login.microsoftonline.com`. */
  readonly loginHost: string;
  /** Where requests to Graph go, without the API version: `https://graph.microsoft.com`. */
  readonly graphRoot: string;
  /** What tokens are asked for. Stays that of the cloud when `graphRoot` is a proxy. */
  readonly graphResource: string;
}

interface KnownCloud {
  /** The first is the one to use. */
  readonly login: readonly [string, ...string[]];
  readonly graph: string;
}

/** [learn.microsoft.com/graph/deployments; learn.microsoft.com/entra/identity-platform/authentication-national-cloud] */
const clouds: Readonly<Record<CloudName, KnownCloud>> = {
  global: {
    login: ['login.microsoftonline.com', 'login.microsoft.com', 'login.windows.net', 'sts.windows.net'],
    graph: 'graph.microsoft.com',
  },
  usgov: { login: ['login.microsoftonline.us'], graph: 'graph.microsoft.us' },
  dod: { login: ['login.microsoftonline.us'], graph: 'dod-graph.microsoft.us' },
  china: {
    login: ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
    graph: 'microsoftgraph.chinacloudapi.cn',
  },
};

interface CloudSettings {
  readonly cloud: CloudName;
  readonly authorityHost: string | undefined;
  readonly graphUrl: string | undefined;
}

/** The hosts of the configured cloud, with AZURE_AUTHORITY_HOST and ENTRA_MCP_GRAPH_URL in their place. */
export function cloudOf({ cloud, authorityHost, graphUrl }: CloudSettings): Cloud {
  const { login, graph } = clouds[cloud];
  const graphResource = `https://${graph}`;
  return { name: cloud, loginHost: authorityHost ?? login[0], graphRoot: graphUrl ?? graphResource, graphResource };
}

/** Login and Graph hosts that belong to no known cloud. Plans name them, and the log at start. */
export function foreignHosts(settings: CloudSettings): readonly string[] {
  const { loginHost, graphRoot } = cloudOf(settings);
  const known = Object.values(clouds).flatMap(({ login, graph }) => [...login, graph]);
  return [...new Set([loginHost, new URL(graphRoot).host])].filter((host) => !known.includes(host));
}

/** The clouds that a known login or Graph host belongs to; none for a foreign one. */
export function cloudsWith(host: string): readonly string[] {
  return Object.entries(clouds).flatMap(([name, { login, graph }]) =>
    login.includes(host) || graph === host ? [name] : [],
  );
}
