import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LoginServer, startLoginServer } from '../fixtures/login-server.ts';
import { errorOf, sourceFor, trust } from './setting.ts';

let server: LoginServer;
let proxy: Server;
const tunnels: string[] = [];
const sockets = new Set<Duplex>();

beforeAll(async () => {
  server = await startLoginServer({ clientSecret: 's' });
  trust(server.ca);
  proxy = createServer();
  proxy.on('connect', (request, client) => {
    tunnels.push(String(request.url));
    const [host = '', port] = String(request.url).split(':');
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [onward, client]) {
      sockets.add(socket);
      socket.on('error', () => onward.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  vi.unstubAllEnvs();
  tunnels.length = 0;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await server.close();
});

function proxyUrl(): string {
  const address = proxy.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describe('a proxy', () => {
  it('of HTTPS_PROXY is used', async () => {
    vi.stubEnv('HTTPS_PROXY', proxyUrl());
    expect(await sourceFor(server, { AZURE_CLIENT_SECRET: 's' }).token()).toBeDefined();
    expect(tunnels[0]).toBe(new URL(server.url).host);
  });

  it('is passed by for the hosts of NO_PROXY', async () => {
    vi.stubEnv('HTTPS_PROXY', proxyUrl());
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    expect(await sourceFor(server, { AZURE_CLIENT_SECRET: 's' }).token()).toBeDefined();
    expect(tunnels).toEqual([]);
  });

  it('that is not there is a clear error', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    const error = await errorOf(sourceFor(server, { AZURE_CLIENT_SECRET: 's' }).token());
    expect(error.message).toContain('could not be reached (ECONNREFUSED)');
    expect(error.fix).toContain('HTTPS_PROXY');
  });
});
