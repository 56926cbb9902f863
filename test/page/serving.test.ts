import { Server } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { GatePage } from './gate-page.ts';
import { asked } from './page-client.ts';

afterEach(() => vi.restoreAllMocks());

test('a connection that this machine cannot take is logged, and the page stays', async () => {
  const listen = vi.spyOn(Server.prototype, 'listen');
  const at = await GatePage.open();
  const server = listen.mock.contexts.find((one) => one instanceof Server);
  const failure = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  for (let count = 0; count < 2; count += 1) server?.emit('error', failure);
  expect(at.world.logs).toEqual([{ err: failure }, { err: failure }]);
  expect((await asked(at.origin, '/api/way')).status).toBe(200);
  await at.close();
});
