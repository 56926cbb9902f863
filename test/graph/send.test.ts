import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { path } from '../../src/contract/index.ts';
import { type Handler, json } from './loopback.ts';
import { ann, failureOf, settingAt } from './setting.ts';
import { stage } from './stage.ts';
import { settle, VirtualClock } from './virtual-clock.ts';

const user = z.object({ id: z.string(), displayName: z.string().nullable(), '@odata.type': z.string().optional() });
const annAsSent = { id: ann, displayName: 'Ann', '@odata.context': 'x', mail: 'not asked for' };
const on = stage();

describe('cancellation', () => {
  it('closes the connection and ends as CANCELLED', async () => {
    await on.serve(() => undefined);
    const controller = new AbortController();
    const clock = new VirtualClock();
    const port = settingAt(on.graph.url, { clock }).port;
    const coming = on.graph.next();
    const failing = failureOf(port.reader({ signal: controller.signal }).get(path`/users/${ann}`, user));
    const seen = await coming;
    controller.abort();
    expect(await failing).toMatchObject({ code: 'CANCELLED' });
    await seen.closed;
    expect(clock.sleeping).toBe(0);
    await port.close();
  });

  it('closes the connection in the middle of a body', async () => {
    await on.serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"id":"');
    });
    const controller = new AbortController();
    const port = settingAt(on.graph.url, { clock: new VirtualClock() }).port;
    const coming = on.graph.next();
    const failing = failureOf(port.reader({ signal: controller.signal }).get(path`/users/${ann}`, user));
    const seen = await coming;
    await settle();
    controller.abort();
    expect(await failing).toMatchObject({ code: 'CANCELLED' });
    await seen.closed;
    await port.close();
  });

  it('before the start sends nothing', async () => {
    await on.serve((_, response) => json(response, 200, annAsSent));
    const reader = on.setting.port.reader({ signal: AbortSignal.abort(), lane: 'bulk' });
    expect(await failureOf(reader.get(path`/users/${ann}`, user))).toMatchObject({ code: 'CANCELLED' });
    expect(on.graph.seen).toEqual([]);
  });

  it('after 30 seconds without an answer ends as UPSTREAM, for a person who waits', async () => {
    await on.serve(() => undefined);
    const clock = new VirtualClock();
    const port = settingAt(on.graph.url, { clock }).port;
    const coming = on.graph.next();
    const failing = failureOf(port.reader({ signal: new AbortController().signal }).get(path`/users/${ann}`, user));
    const seen = await coming;
    await clock.advance(30_000);
    expect(await failing).toMatchObject({ code: 'UPSTREAM', detail: { failure: 'deadline' } });
    await seen.closed;
    await port.close();
  });

  it('is heard while a token is awaited', async () => {
    await on.serve((_, response) => json(response, 200, annAsSent));
    const tokens = { method: 'slow', token: () => new Promise<never>(() => undefined) };
    const { port } = settingAt(on.graph.url, { tokens });
    const controller = new AbortController();
    const failing = failureOf(port.reader({ signal: controller.signal, lane: 'bulk' }).get(path`/users/${ann}`, user));
    await settle();
    controller.abort();
    expect(await failing).toMatchObject({ code: 'CANCELLED' });
    await port.close();
  });
});

describe('an answer that is not what Graph gives', () => {
  it.each<[string, Handler]>([
    ['HTML', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')],
    ['JSON cut short', (_, response) => response.writeHead(200).end('{"id": "1111')],
    ['nothing', (_, response) => response.writeHead(200).end()],
    ['a redirect', (_, response) => response.writeHead(302, { location: 'https://example.com/' }).end()],
    ['a refusal of a proxy', (_, response) => response.writeHead(403).end('<html>Blocked by policy</html>')],
    ['broken gzip', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip')],
    [
      'an encoding that was not asked for',
      (_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('x'),
    ],
  ])('is UPSTREAM: %s', async (_, handler) => {
    await on.serve(handler);
    const error = await failureOf(on.setting.reader.get(path`/users/${ann}`, user));
    expect(error.code).toBe('UPSTREAM');
    expect(error.message + error.fix).not.toMatch(/Sign in|Blocked|example/);
    expect(on.graph.seen).toHaveLength(1);
  });

  it('is read when it is gzip', async () => {
    await on.serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(annAsSent)));
    });
    expect(await on.setting.reader.get(path`/users/${ann}`, user)).toEqual({ id: ann, displayName: 'Ann' });
  });

  it('is refused when it grows without bounds in decompression', async () => {
    const part = gzipSync(Buffer.alloc(1024 * 1024, 0x20));
    // 80 parts of a megabyte each: 80 KB on the wire.
    const bomb = Buffer.concat(Array.from({ length: 80 }, () => part));
    await on.serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const error = await failureOf(on.setting.reader.get(path`/users/${ann}`, user));
    expect(error).toMatchObject({ code: 'UPSTREAM', detail: { failure: 'too-large' } });
  });

  it('is refused, and its connection closed, when it does not end', async () => {
    const chunk = Buffer.alloc(4 * 1024 * 1024, 0x20);
    await on.serve((seen, response) => {
      response.on('error', () => undefined);
      const more = () => {
        if (!seen.socket.destroyed) response.write(chunk, more);
      };
      more();
    });
    const coming = on.graph.next();
    const error = await failureOf(on.setting.reader.get(path`/users/${ann}`, user));
    expect(error).toMatchObject({ code: 'UPSTREAM', detail: { failure: 'too-large' } });
    await (await coming).closed;
  });
});

describe('a broken connection', () => {
  it('is tried again for a read, before and in the middle of the body', async () => {
    await on.serve((seen, response, count) => {
      if (count === 1) seen.socket.resetAndDestroy();
      else if (count === 2)
        response.writeHead(200, { 'content-length': '500' }).write('{"id":', () => seen.socket.destroy());
      else json(response, 200, annAsSent);
    });
    expect(await on.setting.reader.get(path`/users/${ann}`, user)).toMatchObject({ id: ann });
    expect(on.graph.seen).toHaveLength(3);
  });

  it('is UPSTREAM when nobody listens', async () => {
    await on.serve(() => undefined);
    await on.graph.stop();
    expect(await failureOf(on.setting.reader.get(path`/users/${ann}`, user))).toMatchObject({
      code: 'UPSTREAM',
      detail: { failure: 'connect', reason: 'ECONNREFUSED' },
    });
  });

  it('is UPSTREAM at once where the name does not exist', async () => {
    await on.serve(() => undefined);
    const away = settingAt('http://graph.invalid');
    expect(await failureOf(away.reader.get(path`/users/${ann}`, user))).toMatchObject({
      code: 'UPSTREAM',
      detail: { failure: 'connect' },
    });
    await away.port.close();
  });
});
