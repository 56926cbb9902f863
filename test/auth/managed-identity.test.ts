import { createServer } from 'node:http';
import { afterEach, expect, it, vi } from 'vitest';
import { errorOf, sourceFor } from './setting.ts';

const tenantId = '11111111-2222-4333-8444-555555555555';
const clientId = '99999999-8888-4777-8666-555555555555';

afterEach(() => vi.unstubAllEnvs());

// One test: MSAL keeps the endpoint it found for the life of the process.
it('a managed identity gets its tokens from the endpoint of its host, past any proxy', async () => {
  const asked: { url: URL; secret: unknown }[] = [];
  let status = 200;
  const endpoint = createServer((request, response) => {
    asked.push({ url: new URL(request.url ?? '', 'http://x'), secret: request.headers['x-identity-header'] });
    const expires_on = Math.floor(Date.now() / 1000) + 86_400;
    const resource = 'https://graph.microsoft.com';
    const token = { access_token: `opaque-${asked.length}`, expires_on, resource, token_type: 'Bearer' };
    const refusal = { statusCode: 400, message: 'Identity not found UPSTREAM-TEXT' };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? token : refusal));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  const address = endpoint.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${port}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'header-secret');
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
  const server = { url: 'https://login.microsoftonline.com', tenantId, clientId };
  const source = sourceFor(server, { ENTRA_MCP_AUTH: 'managed-identity' });

  expect(source.method).toBe('managed identity');
  const first = await source.token();
  expect(first).toMatchObject({ token: 'opaque-1', claims: { kind: 'app', roles: [] } });
  expect(first?.expiresAt).toBeGreaterThan(Date.now() + 86_000_000);
  expect(asked[0]?.secret).toBe('header-secret');
  expect(Object.fromEntries(asked[0]?.url.searchParams ?? [])).toMatchObject({
    resource: 'https://graph.microsoft.com',
    client_id: clientId,
  });

  expect((await source.token({ claims: '{"access_token":{}}' }))?.token).toBe('opaque-2');

  status = 400;
  const error = await errorOf(source.token({ claims: '{"access_token":{"nbf":{}}}' }));
  expect(error.message).toBe(`The managed identity endpoint 127.0.0.1:${port} gave no token (status 400).`);
  expect(error.fix).toContain('AZURE_CLIENT_ID');

  endpoint.closeAllConnections();
  await new Promise((resolve) => endpoint.close(resolve));
  const gone = await errorOf(source.token({ claims: '{"access_token":{"x":{}}}' }));
  expect(gone.message).toMatch(/gave no token \(ECONN/);
});
