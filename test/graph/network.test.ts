import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createProxy, type Server } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(import.meta.resolve('./get-organization.ts'));
const organization = { value: [{ id: 'contoso' }] };

let folder: string;
let authority: string;
let graph: Server;
let proxy: Server;
let root: string;
let proxyUrl: string;
let refusing = false;
const tunnels: string[] = [];

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  folder = mkdtempSync(join(tmpdir(), 'graph-'));
  authority = join(folder, 'ca.pem');
  writeFileSync(authority, cert);
  graph = createServer({ cert, key }, (_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(organization));
  });
  proxy = createProxy();
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    if (refusing) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const [host, port] = (request.url ?? '').split(':');
    const far = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    far.on('error', () => socket.destroy());
    socket.on('error', () => far.destroy());
  });
  root = `https://localhost:${await listening(graph)}`;
  proxyUrl = `http://127.0.0.1:${await listening(proxy)}`;
});

afterAll(() => {
  graph.closeAllConnections();
  graph.close();
  proxy.closeAllConnections();
  proxy.close();
  rmSync(folder, { recursive: true });
});

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

async function readWith(environment: Record<string, string>): Promise<unknown> {
  const { PATH = '' } = process.env;
  const env = { PATH, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, [script, root], { env });
  return JSON.parse(stdout);
}

describe('over https', () => {
  it('trusts the authority in NODE_EXTRA_CA_CERTS', async () => {
    expect(await readWith({ NODE_EXTRA_CA_CERTS: authority })).toEqual({ items: [{ id: 'contoso' }] });
    expect(tunnels).toEqual([]);
  });

  it('trusts no other, and says what to do', async () => {
    expect(await readWith({})).toMatchObject({
      error: { code: 'UPSTREAM', fix: expect.stringContaining('NODE_EXTRA_CA_CERTS') },
    });
  });

  it('goes through the proxy of HTTPS_PROXY, but not where NO_PROXY says', async () => {
    const through = { NODE_EXTRA_CA_CERTS: authority, HTTPS_PROXY: proxyUrl };
    expect(await readWith(through)).toEqual({ items: [{ id: 'contoso' }] });
    expect(tunnels.splice(0)).toEqual([new URL(root).host]);
    expect(await readWith({ ...through, NO_PROXY: 'localhost' })).toEqual({ items: [{ id: 'contoso' }] });
    expect(tunnels).toEqual([]);
  });

  it('names the proxy when it refuses', async () => {
    refusing = true;
    expect(await readWith({ NODE_EXTRA_CA_CERTS: authority, HTTPS_PROXY: proxyUrl })).toMatchObject({
      error: { code: 'UPSTREAM', fix: expect.stringContaining('HTTPS_PROXY') },
    });
    expect(tunnels.splice(0)).toHaveLength(1);
  });
});
