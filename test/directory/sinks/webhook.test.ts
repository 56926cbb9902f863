import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sinkCursors } from '../../../src/directory/sinks/cursors.ts';
import { Delivery } from '../../../src/directory/sinks/delivery.ts';
import type { Batch } from '../../../src/directory/sinks/sink.ts';
import { targetOf } from '../../../src/directory/sinks/target.ts';
import { Webhook } from '../../../src/directory/sinks/webhook.ts';
import { VirtualClock } from '../../graph/virtual-clock.ts';
import { HandFilled } from '../hand-filled.ts';

const secret = '0123456789abcdef0123456789abcdef';
const tenantId = '6f0c1d7e-4b1a-4d52-9a3e-2f8f5f0f9a01';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = { readonly status: number; readonly headers?: Record<string, string> } | 'silence' | 'reset';

let server: Server;
let received: Received[];
/** Of the next requests; 200 where there is none. */
let answers: Answer[];
let clock: VirtualClock;
let webhooks: Webhook[];
let mirror: HandFilled;
let told: string[];

beforeEach(async () => {
  [received, answers, webhooks, told] = [[], [], [], []];
  clock = new VirtualClock();
  mirror = new HandFilled().completed();
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    const answer = answers.shift() ?? { status: 200 };
    if (answer === 'reset') request.socket.destroy();
    else if (answer !== 'silence') response.writeHead(answer.status, answer.headers).end('hunter2');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await Promise.all(webhooks.map((webhook) => webhook.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  mirror.remove();
});

const url = (path = '/hook?key=hunter2') => `http://127.0.0.1:${portOf(server)}${path}`;
function portOf(of: { address(): AddressInfo | string | null }): number {
  const address = of.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function webhookTo(at = url()): Webhook {
  const target = targetOf(at);
  if (target.kind !== 'webhook') throw new TypeError('no webhook');
  const webhook = new Webhook(target, { tenantId, secret, clock });
  webhooks.push(webhook);
  return webhook;
}

const batch: Batch = {
  ...{ mirror: 'ab12', from: 'c1.ab12.1', to: 'c1.ab12.2' },
  changes: [{ sequence: 2, time: '2026-01-01T12:00:00.000Z', kind: 'group_purged', id: 'ü' }],
};
const never = new AbortController().signal;

/** Moves the virtual time on, while real requests are under way, until the work is done. */
async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  while (!isDone) {
    await sleep(5);
    // The deadline of a request is a wait, too: a pause is what is left once its answer is there.
    if (clock.sleeping > 0 && waiting()) await clock.advance(clock.waits.at(-1) ?? 0);
  }
  return work;
}

/** Between two attempts. */
const waiting = () => (clock.waits.at(-1) ?? 30_000) !== 30_000;

const delivery = () =>
  new Delivery({
    ...{
      sink: webhookTo(),
      feed: mirror,
      cursors: sinkCursors({ file: mirror.file, owner: 'here:1:a', clock }),
      clock,
    },
    random: { bytes: (length) => new Uint8Array(length) },
    tell: (message) => told.push(message),
  });

describe('a request', () => {
  it('carries the batch, signed, with an id that repeats share', async () => {
    const webhook = webhookTo();
    await webhook.deliver(batch, never);
    await webhook.deliver(batch, never);
    const [one, other] = received;
    expect([one?.path, one?.headers['content-type']]).toEqual(['/hook?key=hunter2', 'application/json']);
    expect(JSON.parse(one?.body ?? '')).toEqual({ tenantId, ...batch });
    const t = Math.floor(clock.now() / 1000);
    const v1 = createHmac('sha256', secret).update(`${t}.${one?.body}`).digest('hex');
    expect(one?.headers['entra-mcp-signature']).toBe(`t=${t},v1=${v1}`);
    expect(one?.headers['entra-mcp-delivery']).toBe('ab12.c1.ab12.2');
    expect(other?.headers['entra-mcp-delivery']).toBe('ab12.c1.ab12.2');
  });

  it.each([200, 201, 202, 204])('answered %i is delivered', async (status) => {
    answers.push({ status });
    await webhookTo().deliver(batch, never);
  });

  it.each<[Answer, string]>([
    [{ status: 408 }, 'answered 408'],
    [{ status: 425 }, 'answered 425'],
    [{ status: 429 }, 'answered 429'],
    [{ status: 500 }, 'answered 500'],
    [{ status: 504 }, 'answered 504'],
    ['reset', 'cannot be reached (UND_ERR_SOCKET)'],
  ])('that ends in %j may go well later', async (answer, message) => {
    answers.push(answer);
    await expect(webhookTo().deliver(batch, never)).rejects.toMatchObject({ name: 'Undelivered', message });
  });

  it.each([301, 302, 307, 308, 400, 401, 403, 404, 410, 413])('answered %i stops the sink', async (status) => {
    answers.push({ status, headers: { location: url('/elsewhere') } });
    const thrown = await webhookTo()
      .deliver(batch, never)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      name: 'ToolError',
      code: 'UPSTREAM',
      message: expect.stringContaining(`${status}`),
    });
    expect(JSON.stringify(thrown)).not.toContain('hunter2');
    expect(received.map(({ path }) => path)).toEqual(['/hook?key=hunter2']);
  });

  it('to nobody may go well later', async () => {
    const gone = createTcpServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const port = portOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    await expect(webhookTo(`http://127.0.0.1:${port}/`).deliver(batch, never)).rejects.toMatchObject({
      ...{ name: 'Undelivered', message: 'cannot be reached (ECONNREFUSED)' },
    });
  });

  it('is given up after 30 seconds of silence', async () => {
    answers.push('silence');
    const delivering = webhookTo().deliver(batch, never);
    const settled = delivering.catch((error: unknown) => error);
    while (received.length === 0) await sleep(1);
    await clock.advance(29_999);
    expect(await Promise.race([settled, sleep(20, 'silence')])).toBe('silence');
    await clock.advance(1);
    expect(await settled).toMatchObject({ name: 'Undelivered', message: 'did not answer within 30 seconds' });
  });

  it('ends at once when it is asked to', async () => {
    answers.push('silence');
    const end = new AbortController();
    const delivering = webhookTo().deliver(batch, end.signal);
    while (received.length === 0) await sleep(1);
    end.abort();
    await expect(delivering).rejects.toBe(end.signal.reason);
    await expect(webhookTo().deliver(batch, end.signal)).rejects.toBe(end.signal.reason);
    expect(received).toHaveLength(1);
  });
});

describe('a delivery', () => {
  it('goes through failures in order, each batch with the same id until it is taken', async () => {
    for (let i = 0; i < 250; i += 1) mirror.put('groups', `g${i}`, { displayName: `${i}` });
    answers.push({ status: 503 }, 'reset', { status: 200 }, { status: 429, headers: { 'retry-after': '7' } });
    expect(await whileTimePasses(delivery().drain(never))).toBe(250);
    const ids = received.map(({ headers }) => headers['entra-mcp-delivery']);
    const [a, b, c] = ['groups.100', 'groups.200', undefined].map((at) =>
      [mirror.id, 'c1', mirror.id, '250', ...(at === undefined ? [] : [at])].join('.'),
    );
    expect(ids).toEqual([a, a, a, b, b, c]);
    const bodies = [2, 4, 5].map((index) => JSON.parse(received[index]?.body ?? ''));
    expect(bodies.map(({ from }) => from)).toEqual([
      'start',
      `c1.${mirror.id}.250.groups.100`,
      `c1.${mirror.id}.250.groups.200`,
    ]);
    const told = bodies.flatMap(({ changes }) => changes.map(({ id }: { id: string }) => id));
    expect(told).toEqual(Array.from({ length: 250 }, (_, i) => `g${i}`));
    expect(received[0]?.body).toBe(received[2]?.body);
  });

  it.each([
    ['seconds', () => '90'],
    ['a date', () => new Date(Date.UTC(2026, 10, 22, 12, 1, 30)).toUTCString()],
  ])('waits as long as Retry-After asks for, in %s', async (_, text) => {
    mirror.put('groups', 'g', {});
    const date = new Date(Date.UTC(2026, 10, 22, 12, 0, 0)).toUTCString();
    answers.push({ status: 429, headers: { 'retry-after': text(), date } });
    await whileTimePasses(delivery().drain(never));
    expect(clock.waits).toEqual([30_000, 90_000, 30_000]);
    expect(told).toEqual([`http://127.0.0.1:${portOf(server)}/hook?… answered 429; it is tried again in 90 s.`]);
  });

  it('that was refused goes on where it stood', async () => {
    mirror.put('groups', 'g', {});
    answers.push({ status: 401 });
    await expect(delivery().drain(never)).rejects.toMatchObject({ code: 'UPSTREAM' });
    expect(await delivery().drain(never)).toBe(1);
    expect(received[0]?.body).toBe(received[1]?.body);
  });
});

describe('the receiver of docs/sync.md', () => {
  let receiver: ChildProcess;
  let folder: string;
  let output: string;
  let address: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'entra-mcp-receiver-'));
    const doc = readFileSync(join(import.meta.dirname, '../../../docs/sync.md'), 'utf8');
    const [, code = ''] = /```js\n([\s\S]+?)```/.exec(doc) ?? [];
    const file = join(folder, 'receiver.mjs');
    writeFileSync(
      file,
      code.replace(`'127.0.0.1')`, `'127.0.0.1', function () { console.log('port', this.address().port); })`),
    );
    output = '';
    receiver = spawn(process.execPath, [file], { env: { ENTRA_MCP_SYNC_SECRET: secret, PORT: '0' } });
    receiver.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    while (!/port \d+\n/.test(output)) await sleep(5);
    address = `http://127.0.0.1:${/port (\d+)/.exec(output)?.[1]}/`;
  });
  afterEach(() => {
    receiver.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const deliver = (own: { secret?: string; now?: number } = {}) => {
    const target = targetOf(address);
    if (target.kind !== 'webhook') throw new TypeError('no webhook');
    const now = own.now ?? Date.now();
    const parts = {
      tenantId,
      secret: own.secret ?? secret,
      clock: { now: () => now, sleep: () => new Promise<void>(() => {}) },
    };
    const webhook = new Webhook(target, parts);
    webhooks.push(webhook);
    return webhook.deliver(batch, never);
  };

  it('takes what is signed with its secret, now', async () => {
    await deliver();
    await expect(deliver({ secret: `${secret}x` })).rejects.toMatchObject({ message: expect.stringContaining('401') });
    await expect(deliver({ now: Date.now() - 600_000 })).rejects.toMatchObject({
      message: expect.stringContaining('401'),
    });
    const unsigned = await fetch(address, { method: 'POST', body: '{"changes":[]}' });
    expect(unsigned.status).toBe(401);
    while (!output.includes('purged')) await sleep(5);
    expect(output.replace(/port \d+\n/, '')).toBe('2 group_purged ü\n');
  });
});
