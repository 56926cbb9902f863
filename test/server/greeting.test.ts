import {
  InMemoryTransport,
  type JSONRPCMessage,
  SUPPORTED_PROTOCOL_VERSIONS,
  type Transport,
} from '@modelcontextprotocol/server';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/server/connection.ts';
import { greeterOf, initializedVersions } from '../../src/server/greeting.ts';
import { introductionOf } from '../../src/server/introduction.ts';
import { createPipeline } from '../../src/server/pipeline.ts';
import { received } from '../../src/server/reception.ts';
import { serveOverStdio } from '../../src/server/stdio.ts';
import getPlan from '../../tools/core/get-plan.ts';
import { changeThing, fakes, listThings } from './fake-ports.ts';

/** Every list has something in it. */
const offboardUser = { ...changeThing, name: 'offboard_user' };
const { ports } = fakes({ tools: [listThings, offboardUser, getPlan] });
const introduction = introductionOf(ports);
const opening = {
  protocolVersion: '2025-06-18',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'raw', version: '1' },
};

function request(id: number | string, method: string, params?: Record<string, unknown>): JSONRPCMessage {
  return { jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) };
}
const initialized: JSONRPCMessage = { jsonrpc: '2.0', method: 'notifications/initialized' };

type Serve = (wire: Transport) => void;
/** The SDK from the first message on. */
const bare: Serve = (wire) => {
  const host = { ports, running: new Set<Promise<unknown>>(), pipeline: async () => createPipeline(ports) };
  connect(host, introduction, wire, () => {});
};
/** The server as it is. */
const greeted: Serve = (wire) => void serveOverStdio(ports, wire);

/** All that a server answers to these messages, each sent when what was sent before is answered. */
async function conversation(serve: Serve, messages: readonly JSONRPCMessage[]): Promise<JSONRPCMessage[]> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const answers: JSONRPCMessage[] = [];
  let awaited: (() => void) | undefined;
  near.onmessage = (message) => {
    answers.push(JSON.parse(JSON.stringify(message)));
    awaited?.();
  };
  serve(far);
  await near.start();
  for (const message of messages) {
    const answer = new Promise<void>((resolve) => {
      awaited = resolve;
    });
    await near.send(message);
    if ('id' in message) await answer;
  }
  await near.close();
  return answers;
}

test('the versions that are greeted are those of the SDK', () => {
  expect(SUPPORTED_PROTOCOL_VERSIONS.filter((version) => version < '2026')).toEqual(initializedVersions);
});

describe('a greeted client hears what the SDK would have said:', () => {
  const calls = [request(7, 'tools/call', { name: 'nope' }), request('x', 'ping'), request(9, 'no/such/method')];
  test.each<[string, JSONRPCMessage[]]>([
    ['a usual opening', [request(1, 'initialize', opening), initialized, request(2, 'tools/list'), ...calls]],
    [
      'every list at once',
      [
        request(1, 'initialize', opening),
        initialized,
        request(2, 'prompts/list'),
        request(3, 'resources/list', {}),
        request(4, 'resources/templates/list'),
        request(5, 'tools/list'),
        request(6, 'prompts/list', { cursor: 'x' }),
        request(7, 'prompts/get', { name: 'nope' }),
        request(8, 'resources/read', { uri: 'entra://nope/1' }),
        request(9, 'prompts/list'),
      ],
    ],
    ['no notification', [request(1, 'initialize', opening), request(2, 'tools/list', {}), ...calls]],
    ['an id that is text', [request('one', 'initialize', opening), initialized, request('two', 'tools/list')]],
    [
      'the same id twice',
      [request(1, 'initialize', opening), initialized, request(1, 'ping'), request(1, 'tools/list')],
    ],
    ['a second initialize', [request(1, 'initialize', opening), request(2, 'initialize', opening)]],
    ['an old version', [request(1, 'initialize', { ...opening, protocolVersion: '2024-10-07' }), initialized]],
    ['an unknown version', [request(1, 'initialize', { ...opening, protocolVersion: '2031-01-01' }), initialized]],
    ['no parameters', [request(1, 'initialize')]],
    ['no client name', [request(1, 'initialize', { ...opening, clientInfo: {} })]],
    ['no capabilities', [request(1, 'initialize', { ...opening, capabilities: undefined })]],
    ['no opening', [request(1, 'tools/list')]],
    ['another method first', [request(1, 'ping'), request(2, 'initialize', opening)]],
    ['server/discover without its envelope', [request(1, 'server/discover')]],
  ])('%s', async (_name, messages) => {
    expect(await conversation(greeted, messages)).toEqual(await conversation(bare, messages));
  });
});

describe('the SDK', () => {
  async function reception(messages: readonly JSONRPCMessage[]) {
    const [near, far] = InMemoryTransport.createLinkedPair();
    const given: JSONRPCMessage[] = [];
    let connections = 0;
    const loading = Promise.withResolvers<void>();
    const gone = received(far, {
      greet: greeterOf(introduction),
      connect: async (inner) => {
        connections += 1;
        await loading.promise;
        inner.onmessage = (message) => given.push(message);
      },
      report: () => {},
    });
    await near.start();
    for (const message of messages) await near.send(message);
    return { near, given, gone, loading, connections: () => connections };
  }

  test('is not loaded for an opening and the lists', async () => {
    const { near, gone, connections } = await reception([
      request(1, 'initialize', opening),
      initialized,
      ...Object.keys(introduction.lists).map((method, i) => request(i + 2, method)),
    ]);
    await near.close();
    await gone;
    expect(connections()).toBe(0);
  });

  test('gets, once it is loaded, everything but what was answered for good, in order', async () => {
    const messages = [
      request(1, 'initialize', opening),
      request(2, 'tools/list'),
      initialized,
      request(3, 'tools/call', { name: 'a' }),
      request(4, 'tools/list'),
    ];
    const { near, given, gone, loading, connections } = await reception(messages);
    expect(given).toEqual([]);
    loading.resolve();
    await new Promise(setImmediate);
    await near.send(request(5, 'ping'));
    expect(given).toEqual([messages[0], messages[2], messages[3], messages[4], request(5, 'ping')]);
    expect(connections()).toBe(1);
    await near.close();
    await gone;
  });

  test('that cannot be loaded ends the server with the reason', async () => {
    const { gone, loading } = await reception([request(1, 'ping')]);
    loading.reject(new Error('no such file'));
    await expect(gone).rejects.toThrow('no such file');
  });
});
