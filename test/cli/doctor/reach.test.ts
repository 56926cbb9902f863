import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reach } from '../../../src/cli/doctor/reach.ts';
import { type Authority, privateAuthority } from '../../fixtures/private-ca.ts';

const servers: Server[] = [];
let authority: Authority;
const patient = new AbortController().signal;

beforeAll(async () => {
  authority = await privateAuthority();
});
afterAll(() => {
  for (const server of servers) server.close();
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const secureHost = async () =>
  `https://127.0.0.1:${await portOf(createHttps(authority.server, (_, response) => response.end()))}`;

/** Answers every CONNECT with this status, and opens the tunnel where it is 200. */
function proxyWith(status: number, seen: unknown[] = []): Server {
  return createHttp().on('connect', (request, socket) => {
    seen.push(request.url, request.headers['proxy-authorization']);
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const far = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    for (const end of [far, socket]) end.on('error', () => socket.destroy());
  });
}

describe('reach', () => {
  it('tells the time of a host on plain http', async () => {
    const date = 'Wed, 21 Oct 2015 07:28:00 GMT';
    const port = await portOf(createHttp((_, response) => response.writeHead(404, { date }).end()));
    const found = await reach(`http://127.0.0.1:${port}`, { HTTPS_PROXY: 'http://127.0.0.1:9' }, patient);
    expect(found).toEqual({ exempt: false, addresses: ['127.0.0.1'], dateMs: Date.parse(date) });
  });

  it('a certificate that nobody vouches for fails, and who issued it is told', async () => {
    const found = await reach(await secureHost(), {}, patient);
    expect(found).toMatchObject({
      failed: { step: 'certificate', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      issuer: expect.stringMatching(/^Private authority /),
      dateMs: expect.any(Number),
    });
  });

  it('a closed port', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await reach(`https://127.0.0.1:${port}`, {}, patient)).toMatchObject({
      failed: { step: 'connection', code: 'ECONNREFUSED' },
    });
  });

  it('a name that does not exist', async () => {
    const { failed } = await reach('https://no-such-host.invalid', {}, patient);
    expect(failed?.step).toBe('name');
    expect(failed?.code).toMatch(/^E(NOTFOUND|AI_AGAIN)$/);
  });

  it('what cuts the TLS handshake off', async () => {
    const port = await portOf(createServer((socket) => void socket.once('data', () => socket.destroy())));
    expect(await reach(`https://127.0.0.1:${port}`, {}, patient)).toMatchObject({
      failed: { step: 'certificate', code: 'ECONNRESET' },
    });
  });

  it.each([
    ['certificate', 'https'],
    ['answer', 'http'],
  ])('silence ends with the signal, at the step %s', async (step, scheme) => {
    const sockets: unknown[] = [];
    const late = new AbortController();
    const silent = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.once('data', () => late.abort());
    });
    const found = await reach(`${scheme}://127.0.0.1:${await portOf(silent)}`, {}, late.signal);
    expect(found.failed).toEqual({ step, code: 'TIMEOUT' });
  });

  it('goes through the proxy with its password, and looks at the host behind it', async () => {
    const seen: unknown[] = [];
    const host = await secureHost();
    const port = await portOf(proxyWith(200, seen));
    const env = { HTTPS_PROXY: `http://ann:p%40ss@127.0.0.1:${port}` };
    const found = await reach(host, env, patient);
    expect(found).toMatchObject({ via: `127.0.0.1:${port}`, failed: { step: 'certificate' } });
    expect(seen).toEqual([new URL(host).host, `Basic ${Buffer.from('ann:p@ss').toString('base64')}`]);
    expect(JSON.stringify(found)).not.toMatch(/p%40ss|p@ss/);
  });

  it.each([403, 407, 502])('a proxy that answers %i', async (status) => {
    const env = { HTTPS_PROXY: `http://127.0.0.1:${await portOf(proxyWith(status))}` };
    expect((await reach('https://login.example', env, patient)).failed).toEqual({
      step: 'tunnel',
      code: `STATUS_${status}`,
    });
  });

  it('a proxy that is not there, is no address, or speaks SOCKS', async () => {
    const ask = async (proxy: string) => (await reach('https://login.example', { HTTPS_PROXY: proxy }, patient)).failed;
    expect(await ask('http://127.0.0.1:1')).toEqual({ step: 'connection', code: 'ECONNREFUSED' });
    expect(await ask('proxy:3128')).toEqual({ step: 'proxy-address', code: 'NOT_A_PROXY' });
    expect(await ask('socks5://127.0.0.1:1')).toEqual({ step: 'proxy-address', code: 'SOCKS' });
  });

  it('says where NO_PROXY took the host out of the proxy', async () => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1' };
    expect(await reach('https://127.0.0.1:1', env, patient)).toMatchObject({
      exempt: true,
      failed: { step: 'connection' },
    });
  });
});
