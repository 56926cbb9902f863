import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { type PeerCertificate, type TLSSocket, connect as upgrade } from 'node:tls';
import type { Environment } from './checkup.ts';
import { type Way, wayTo } from './way.ts';

/** How far one comes: the proxy's address is read, a name resolved, a connection made, a tunnel asked for … */
export type Step = 'proxy-address' | 'name' | 'connection' | 'tunnel' | 'certificate' | 'answer';

/** What was learned on the way to a host. */
export interface Reach {
  /** The step that failed; undefined where an HTTP answer came. */
  readonly failed?: { readonly step: Step; readonly code: string };
  /** Host of the proxy, where one stands in between. */
  readonly via?: string;
  /** True where NO_PROXY takes the host out of the proxy. */
  readonly exempt: boolean;
  /** Addresses that the name of the host, or of the proxy, resolved to. */
  readonly addresses?: readonly string[];
  /** Who vouches for the certificate, at the end of the chain that was sent. Text of the other side. */
  readonly issuer?: string;
  /** The `Date` header, in milliseconds since the Unix epoch. */
  readonly dateMs?: number;
}

type Learned = { -readonly [K in keyof Omit<Reach, 'exempt' | 'failed'>]: Reach[K] };

/**
 * Goes to a host the way requests go, and sends HEAD with nothing secret in it. A certificate that is not trusted is
 * looked at all the same, so that it can be said who issued it, and counts as failed. Never throws: a signal that aborts
 * is the code TIMEOUT.
 */
export async function reach(target: string, env: Environment, signal: AbortSignal): Promise<Reach> {
  const url = new URL(target);
  const trip = new Trip(url, wayTo(url, env), signal);
  return trip.run();
}

/** One trip to a host, and the sockets it opened. */
class Trip {
  readonly #url: URL;
  readonly #way: Way;
  readonly #signal: AbortSignal;
  readonly #sockets: Socket[] = [];
  readonly #learned: Learned = {};
  #step: Step = 'proxy-address';

  constructor(url: URL, way: Way, signal: AbortSignal) {
    this.#url = url;
    this.#way = way;
    this.#signal = signal;
  }

  async run(): Promise<Reach> {
    const { exempt, isBroken, proxy } = this.#way;
    if (proxy !== undefined) this.#learned.via = proxy.host;
    try {
      if (isBroken) throw new Refusal('NOT_A_PROXY');
      if (proxy?.protocol.startsWith('socks')) throw new Refusal('SOCKS');
      await this.#go(proxy);
      return { exempt, ...this.#learned };
    } catch (error) {
      const code = this.#signal.aborted ? 'TIMEOUT' : codeOf(error);
      return { exempt, ...this.#learned, failed: { step: this.#step, code } };
    } finally {
      for (const socket of this.#sockets) socket.destroy();
    }
  }

  async #go(proxy: URL | undefined): Promise<void> {
    const first = proxy ?? this.#url;
    this.#step = 'name';
    this.#learned.addresses = await this.#addressesOf(first);
    this.#step = 'connection';
    let socket = await this.#connected(first);
    if (proxy !== undefined) {
      this.#step = 'tunnel';
      socket = await this.#tunnel(socket, proxy);
    }
    this.#step = 'certificate';
    const secure = this.#url.protocol === 'https:' ? await this.#secured(socket, this.#url) : undefined;
    const fault = secure === undefined ? undefined : this.#judge(secure);
    this.#step = 'answer';
    const answered = this.#answer(secure ?? socket);
    if (fault === undefined) await answered;
    else {
      // Only for the clock, which may be why the certificate is not accepted.
      await answered.catch(() => undefined);
      this.#step = 'certificate';
      throw new Refusal(fault);
    }
  }

  async #addressesOf(url: URL): Promise<string[]> {
    const found = lookup(bare(url), { all: true });
    found.catch(() => undefined);
    const stopped = once(this.#signal, 'abort').then(() => Promise.reject(new Refusal('TIMEOUT')));
    stopped.catch(() => undefined);
    const addresses = await Promise.race([found, stopped]);
    return addresses.map(({ address }) => address);
  }

  async #connected(url: URL): Promise<Socket> {
    const socket = this.#kept(connect({ host: bare(url), port: portOf(url) }));
    await once(socket, 'connect', { signal: this.#signal });
    return socket;
  }

  /** @throws Refusal with the status, where the proxy does not let us through. */
  async #tunnel(socket: Socket, proxy: URL): Promise<Socket> {
    const carrier = proxy.protocol === 'https:' ? await this.#secured(socket, proxy) : socket;
    if ('authorizationError' in carrier && carrier.authorizationError) throw new Refusal('UNTRUSTED_PROXY');
    const target = `${this.#url.hostname}:${portOf(this.#url)}`;
    const asked = request({
      createConnection: () => carrier,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...credentialsOf(proxy) },
    });
    asked.on('error', ignore).end();
    const [answer]: IncomingMessage[] = await once(asked, 'connect', { signal: this.#signal });
    if (answer?.statusCode !== 200) throw new Refusal(`STATUS_${answer?.statusCode ?? 0}`);
    return carrier;
  }

  async #secured(socket: Socket, url: URL): Promise<TLSSocket> {
    const host = bare(url);
    const name = isIP(host) === 0 ? { servername: host } : {};
    const secure = upgrade({ socket, host, ...name, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    this.#kept(secure);
    await once(secure, 'secureConnect', { signal: this.#signal });
    return secure;
  }

  /** Why the certificate is not accepted. */
  #judge(secure: TLSSocket): string | undefined {
    const issuer = issuerOf(secure.getPeerCertificate(true));
    if (issuer !== undefined) this.#learned.issuer = issuer;
    return secure.authorized ? undefined : String(secure.authorizationError);
  }

  async #answer(socket: Socket): Promise<void> {
    const { host, pathname } = this.#url;
    const headers = { host, connection: 'close' };
    const asked = request({ createConnection: () => socket, method: 'HEAD', path: pathname, headers });
    asked.on('error', ignore).end();
    const [answer]: IncomingMessage[] = await once(asked, 'response', { signal: this.#signal });
    answer?.resume();
    const dateMs = Date.parse(answer?.headers.date ?? '');
    if (!Number.isNaN(dateMs)) this.#learned.dateMs = dateMs;
  }

  #kept<S extends Socket>(socket: S): S {
    this.#sockets.push(socket);
    return socket.on('error', ignore);
  }
}

/** The trip ends here, for a reason of its own. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Whoever waits for the socket hears of it too. */
function ignore(): void {}

/** IPv6 without its brackets. */
function bare({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** The issuer of the last certificate that was sent: the authority that has to be trusted. */
function issuerOf(certificate: PeerCertificate | ReturnType<TLSSocket['getPeerCertificate']>): string | undefined {
  let last: PeerCertificate = certificate;
  const seen = new Set<string>();
  while (isChained(last) && !seen.has(last.fingerprint256)) {
    seen.add(last.fingerprint256);
    last = last.issuerCertificate;
  }
  const { CN, O } = last.issuer ?? {};
  const names = [CN, O].flatMap((name) => name ?? []);
  return names.length === 0 ? undefined : names.join(', ');
}

function isChained(
  certificate: PeerCertificate,
): certificate is PeerCertificate & { readonly issuerCertificate: PeerCertificate } {
  return 'issuerCertificate' in certificate && certificate.issuerCertificate !== undefined;
}

/** Happy eyeballs wraps an error for each address. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  return /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'UNKNOWN';
}
