import { InMemoryTransport } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, test } from 'vitest';
import { instructions } from '../../src/server/instructions.ts';
import { serveOverStdio } from '../../src/server/stdio.ts';
import applyPlan from '../../tools/core/apply-plan.ts';
import {
  type ClientKind,
  clientKinds,
  connected,
  type Form,
  type FormAnswer,
  type Open,
  type Shows,
  type TestClient,
} from './clients.ts';
import { changeThing, type FakeOptions, type Fakes, fakes, listThings, readThing } from './fake-ports.ts';

const args = { user: 'anna@contoso.com', reason: 'left the company' };
const open: TestClient[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

interface Session extends Fakes {
  readonly client: TestClient;
  /** Resolves when the server is done. */
  readonly served: Promise<void>;
}

async function session(kind: ClientKind, options: FakeOptions = {}, shows?: Form | Shows): Promise<Session> {
  const faked = fakes(options);
  const [near, far] = InMemoryTransport.createLinkedPair();
  const served = serveOverStdio(faked.ports, far);
  const client = await connected(kind, near, shows);
  open.push(client);
  return { ...faked, client, served };
}

describe.each(clientKinds)('a client of kind %s', (kind) => {
  test('learns who the server is, what its answers mean, and which tools it has', async () => {
    const { client, ports } = await session(kind);
    expect(client.server()).toMatchObject({ name: 'entra-mcp', version: '0.1.0' });
    expect(client.instructions()).toBe(instructions);
    expect(await client.tools()).toEqual(ports.served.map(({ definition }) => definition));
    if (kind === 'v2 auto' || kind.includes('2026')) expect(client.version()).toBe('2026-07-28');
  });

  test('gets answers and errors that fit the output schemas it was told', async () => {
    const { client } = await session(kind, { pages: async () => ({ items: [{ id: 'a', displayName: null }] }) });
    await client.tools();
    expect((await client.call('list_things')).data).toEqual({ items: [{ id: 'a', displayName: null }] });
    const refused = await client.call('list_things', { pagesize: 3 });
    expect(refused).toMatchObject({ isError: true, data: { error: { code: 'INPUT_INVALID' } } });
    expect(refused.text).toContain('pagesize is not a field of this tool; did you mean pageSize?');
    expect((await client.call('list_thing')).data).toMatchObject({ error: { code: 'INPUT_INVALID' } });
    expect((await client.call('apply_plan', { planId: 'nope' })).data).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  test('without forms gets approval_required, and apply_plan applies what was approved elsewhere', async () => {
    const { client, gate } = await session(kind);
    await client.tools();
    const planned = await client.call('change_thing', args);
    expect(planned.data).toMatchObject({ status: 'approval_required', plan: { id: 'plan1' } });
    expect(gate.calls[0]).toMatchObject({
      elicits: false,
      caller: { requester: 'os:alice', clientId: 'test/1', transport: 'stdio' },
    });
    gate.approveElsewhere('plan1');
    expect((await client.call('apply_plan', { planId: 'plan1' })).data).toMatchObject({ status: 'completed' });
    expect(gate.applied).toEqual(['plan1']);
  });

  test.each([
    ['approve', { action: 'accept', content: { decision: 'approve' } }, 'completed', 'applied'],
    ['reject', { action: 'accept', content: { decision: 'reject' } }, 'denied', 'denied'],
    ['decline', { action: 'decline' }, 'approval_required', 'pending'],
    ['cancel', { action: 'cancel' }, 'approval_required', 'pending'],
    ['accept without a decision', { action: 'accept', content: {} }, 'approval_required', 'pending'],
    ['accept with another word', { action: 'accept', content: { decision: 'yes' } }, 'approval_required', 'pending'],
  ] as const)('with forms is asked once: %s', async (_what, reply, status, state) => {
    const messages: string[] = [];
    const { client, gate } = await session(kind, {}, async (message) => {
      messages.push(message);
      return reply;
    });
    await client.tools();
    const answer = await client.call('change_thing', args);
    expect(answer.data).toMatchObject({ status });
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain('Plan: Disable Anna Ek (anna@contoso.com)');
    expect(gate.statusOf('plan1')).toBe(state);
    expect(gate.applied).toHaveLength(state === 'applied' ? 1 : 0);
  });

  test('gets the nonce of a plan’s card beside the answer if it shows cards, and not otherwise', async () => {
    for (const cards of [true, false]) {
      const { client, gate } = await session(kind, {}, { cards });
      gate.mayElicitAnyone = true;
      await client.tools();
      const { meta, data, text } = await client.call('change_thing', args);
      if (cards) expect(meta['entra-mcp/card']).toEqual({ nonce: expect.stringMatching(/^[\w-]{43}$/) });
      else expect(JSON.stringify([meta, data, text])).not.toContain('nonce');
    }
  });

  describe('that opens addresses', () => {
    const url = 'http://127.0.0.1:4711/#plan1';

    /** A plan whose page there is, and which the client may not decide. */
    async function opening(open: (faked: Fakes) => Promise<FormAnswer>, form?: Form) {
      const asked: Parameters<Open>[0][] = [];
      const over: string[] = [];
      const at: Session = await session(
        kind,
        {},
        {
          form,
          open: async (what) => {
            asked.push(what);
            return open(at);
          },
          onOpened: (id) => over.push(id),
        },
      );
      at.gate.mayElicit = form !== undefined;
      at.gate.plan = { approve: { page: url, command: 'entra-mcp approve plan1' } };
      await at.client.tools();
      return { ...at, asked, over };
    }

    test('is led to the page, waits for what is decided there, and learns that it is done with', async () => {
      const { client, gate, asked, over } = await opening(async (faked) => {
        faked.gate.approveElsewhere('plan1');
        return { action: 'accept' };
      });
      expect((await client.call('change_thing', args)).data).toMatchObject({ status: 'completed' });
      expect(gate.applied).toEqual(['plan1']);
      expect(asked).toMatchObject([{ url, message: expect.stringContaining('Plan: Disable Anna Ek') }]);
      const isLegacy = kind === 'v1' || kind === 'v2 legacy';
      expect(over).toEqual(isLegacy ? [asked[0]?.elicitationId] : []);
      expect(gate.calls[0]).toMatchObject({ elicits: false, opensPage: true });
    });

    test('and opened it decides nothing by that, and is not asked to open it again', async () => {
      const content = { decision: 'approve' };
      const { client, gate, asked, over } = await opening(async () => ({ action: 'accept', content }));
      expect((await client.call('change_thing', args)).data).toMatchObject({ status: 'approval_required' });
      expect((await client.call('apply_plan', { planId: 'plan1' })).data).toMatchObject({
        status: 'approval_required',
      });
      expect(gate.statusOf('plan1')).toBe('pending');
      expect(asked).toHaveLength(1);
      expect(over).toEqual([]);
      gate.approveElsewhere('plan1');
      expect((await client.call('apply_plan', { planId: 'plan1' })).data).toMatchObject({ status: 'completed' });
    });

    test.each(['decline', 'cancel'] as const)('but would not: %s leaves the plan where it is', async (action) => {
      const { client, gate, asked } = await opening(async () => ({ action }));
      const answer = await client.call('change_thing', args);
      expect(answer.data).toMatchObject({ status: 'approval_required' });
      expect(answer.text).toContain('approve it in a terminal with plan.approve.command, or on the page');
      expect(gate.statusOf('plan1')).toBe('pending');
      await client.call('apply_plan', { planId: 'plan1' });
      expect(asked).toHaveLength(2);
    });

    test('is asked in a form instead where it shows forms and may decide', async () => {
      const { client, asked } = await opening(
        async () => ({ action: 'accept' }),
        async () => ({ action: 'accept', content: { decision: 'approve' } }),
      );
      expect((await client.call('change_thing', args)).data).toMatchObject({ status: 'completed' });
      expect(asked).toEqual([]);
    });

    test('is not asked where no page is served', async () => {
      const { client, gate, asked } = await opening(async () => ({ action: 'accept' }));
      gate.plan = {};
      expect((await client.call('change_thing', args)).data).toMatchObject({ status: 'approval_required' });
      expect(asked).toEqual([]);
    });
  });

  test('is told how far a call is, where it asked to know', async () => {
    const tool = readThing(async ({ progress }) => {
      progress('one');
      progress('tw\u202eo');
      return { name: 'a' };
    });
    const { client } = await session(kind, { tools: [tool] });
    const heard: unknown[] = [];
    await client.call('read_thing', {}, { onprogress: ({ progress, message }) => heard.push([progress, message]) });
    expect(heard).toEqual([
      [1, 'one'],
      [2, 'tw⟨U+202E⟩o'],
    ]);
  });

  test('that cancels a call stops the work behind it', async () => {
    const stop = new AbortController();
    const stopped = Promise.withResolvers<void>();
    const tool = readThing(({ signal }) => {
      signal.addEventListener('abort', () => stopped.resolve());
      queueMicrotask(() => stop.abort());
      return Promise.withResolvers<never>().promise;
    });
    const { client } = await session(kind, { tools: [tool] });
    await expect(client.call('read_thing', {}, { signal: stop.signal })).rejects.toThrow();
    await stopped.promise;
  });

  test('that goes away ends the server, once running calls have ended', async () => {
    const begun = Promise.withResolvers<void>();
    const order: string[] = [];
    const { client, served, gate } = await session(kind);
    gate.beforePropose = async ({ signal }) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('journaled');
    };
    const call = client.call('change_thing', args).catch(() => {});
    await begun.promise;
    await client.close();
    await served;
    order.push('served');
    await call;
    expect(order).toEqual(['journaled', 'served']);
  });

  test('that goes away is not waited for longer than 1.75 s', async () => {
    const begun = Promise.withResolvers<void>();
    const { client, served, clock } = await session(kind, {
      tools: [
        readThing(() => {
          begun.resolve();
          return Promise.withResolvers<never>().promise;
        }),
      ],
    });
    const call = client.call('read_thing').catch(() => {});
    await begun.promise;
    await client.close();
    const ticking = setInterval(() => clock.advance(1_750), 5);
    await served.finally(() => clearInterval(ticking));
    await call;
  });
});

test('a legacy client that fails to ask has decided nothing', async () => {
  const { client, gate } = await session('v1', {}, () => Promise.reject(new Error('no window')));
  expect((await client.call('change_thing', args)).data).toMatchObject({ status: 'approval_required' });
  expect(gate.statusOf('plan1')).toBe('pending');
});

test('a legacy client hears that its user is waited for', async () => {
  const heard: unknown[] = [];
  const { client, clock } = await session('v1', {}, async () => {
    for (let i = 0; i < 3; i += 1) {
      clock.advance(15_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return { action: 'cancel' };
  });
  await client.call('change_thing', args, { onprogress: ({ message }) => heard.push(message) });
  expect(heard.length).toBeGreaterThanOrEqual(3);
  expect(new Set(heard)).toEqual(new Set(['Waiting for the decision in the client']));
});

test('a modern client cannot answer a question that was not put to it', async () => {
  const faked = fakes();
  const [near, far] = InMemoryTransport.createLinkedPair();
  const served = serveOverStdio(faked.ports, far);
  const answers: unknown[] = [];
  const heard = Promise.withResolvers<void>();
  near.onmessage = (message) => {
    answers.push(message);
    heard.resolve();
  };
  await near.start();
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
  };
  await near.send({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name: 'change_thing',
      arguments: args,
      requestState: 'invented',
      inputResponses: { decision: { action: 'accept', content: { decision: 'approve' } } },
      _meta: meta,
    },
  });
  await heard.promise;
  expect(answers).toMatchObject([
    { id: 1, result: { isError: true, structuredContent: { error: { code: 'INPUT_INVALID' } } } },
  ]);
  expect(faked.gate.plans.size).toBe(0);
  await near.close();
  await served;
});

test('nothing of a tenant is opened to list tools', async () => {
  const { client, opened } = await session('v1', { tools: [listThings, changeThing, applyPlan] });
  await client.tools();
  expect(opened.count).toBe(0);
});
