import type { Environment } from './checkup.ts';

/** How requests to a URL leave this machine. */
export interface Way {
  /** The proxy that they go through; undefined where they go straight. */
  readonly proxy: URL | undefined;
  /** True where NO_PROXY takes the host out of a proxy that is set. */
  readonly exempt: boolean;
  /** True where the proxy's address cannot be used. */
  readonly isBroken: boolean;
}

/**
 * The way that undici's EnvHttpProxyAgent takes: HTTPS_PROXY, else HTTP_PROXY, unless NO_PROXY names the host; names
 * in lower case go first. Plain http stays on this machine and never takes a proxy.
 */
export function wayTo(url: URL, env: Environment): Way {
  const straight: Way = { proxy: undefined, exempt: false, isBroken: false };
  if (url.protocol !== 'https:') return straight;
  const text = proxyText(env);
  if (text === undefined) return straight;
  if (isExempt(url, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return { ...straight, exempt: true };
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  const isBroken = proxy === undefined || !/^(?:https?|socks5?):$/.test(proxy.protocol) || proxy.hostname === '';
  return { proxy: isBroken ? undefined : proxy, exempt: false, isBroken };
}

/** The proxy of the environment; it may hold a password. */
export function proxyText(env: Environment): string | undefined {
  const https = env['https_proxy'] ?? env['HTTPS_PROXY'];
  const text = https || (env['http_proxy'] ?? env['HTTP_PROXY']);
  return text === '' ? undefined : text;
}

/** Entries are hosts, with or without a port; a host covers its subdomains. `*` alone covers everything. */
function isExempt({ hostname, port }: URL, list: string): boolean {
  if (list === '*') return true;
  const ownPort = port === '' ? '443' : port;
  return list
    .split(/[,\s]/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, host = entry, wanted] = /^(.+):(\d+)$/.exec(entry) ?? [];
      const name = host.replace(/^\*?\./, '').toLowerCase();
      const isPort = wanted === undefined || Number(wanted) === 0 || wanted === ownPort;
      return isPort && (hostname === name || hostname.endsWith(`.${name}`));
    });
}
