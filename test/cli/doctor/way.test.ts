import { createServer } from 'node:http';
import { EnvHttpProxyAgent, request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { wayTo } from '../../../src/cli/doctor/way.ts';

const asked: string[] = [];
/** Refuses every tunnel, and notes what was asked for. */
const proxy = createServer().on('connect', (incoming, socket) => {
  asked.push(incoming.url ?? '');
  socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
});
let proxyUrl = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  proxyUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => void proxy.close());
afterEach(() => vi.unstubAllEnvs());

const names = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY'];
const closed = 'https://127.0.0.1:9/';

/** Whether a request of the transport really goes to the proxy. */
async function goesByProxy(env: Record<string, string>, url: string): Promise<boolean> {
  for (const name of names) vi.stubEnv(name, env[name]);
  const dispatcher = new EnvHttpProxyAgent();
  asked.length = 0;
  await request(url, { dispatcher }).catch(() => undefined);
  await dispatcher.destroy();
  return asked.length > 0;
}

describe('the way to a host is the one that requests take', () => {
  it.each<[string, Record<string, string>]>([
    ['no proxy', {}],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'P' }],
    ['https_proxy', { https_proxy: 'P' }],
    ['HTTP_PROXY alone', { HTTP_PROXY: 'P' }],
    ['an empty one', { HTTPS_PROXY: '' }],
    ['an empty https_proxy before HTTPS_PROXY', { https_proxy: '', HTTPS_PROXY: 'P' }],
    ['an empty HTTPS_PROXY beside HTTP_PROXY', { HTTPS_PROXY: '', HTTP_PROXY: 'P' }],
    ['NO_PROXY with the host', { HTTPS_PROXY: 'P', NO_PROXY: 'x.example, 127.0.0.1' }],
    ['NO_PROXY with the host and its port', { HTTPS_PROXY: 'P', NO_PROXY: '127.0.0.1:9' }],
    ['NO_PROXY with another port', { HTTPS_PROXY: 'P', NO_PROXY: '127.0.0.1:443' }],
    ['NO_PROXY with a star', { HTTPS_PROXY: 'P', NO_PROXY: '*' }],
    ['NO_PROXY with a star among others', { HTTPS_PROXY: 'P', NO_PROXY: '*,x.example' }],
    ['NO_PROXY with a parent', { HTTPS_PROXY: 'P', NO_PROXY: '.0.0.1' }],
    ['NO_PROXY with half a label', { HTTPS_PROXY: 'P', NO_PROXY: '27.0.0.1' }],
    ['no_proxy before NO_PROXY', { HTTPS_PROXY: 'P', no_proxy: '', NO_PROXY: '*' }],
  ])('%s', async (_, given) => {
    const env = Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text.replace(/^P$/, proxyUrl)]));
    const way = wayTo(new URL(closed), env);
    expect(way.proxy !== undefined).toBe(await goesByProxy(env, closed));
    expect(way.isBroken).toBe(false);
  });

  it.each(['proxy.example:3128', 'not an address', 'ftp://proxy.example'])('%s is no proxy', (text) => {
    expect(wayTo(new URL(closed), { HTTPS_PROXY: text })).toEqual({ proxy: undefined, exempt: false, isBroken: true });
  });

  it('http never leaves the machine', () => {
    expect(wayTo(new URL('http://127.0.0.1:9'), { HTTP_PROXY: proxyUrl }).proxy).toBeUndefined();
  });
});
