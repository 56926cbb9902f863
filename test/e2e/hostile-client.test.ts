import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import tools from '../../tools/index.ts';
import { inputOf } from './approval-inputs.ts';
import { ApprovalTown, at } from './approval-office.ts';
import { served } from './approval-world.ts';
import { type Before, everyTool, prepared, reason } from './every-tool.ts';

// A script in the client's place: it has the whole channel, declares whatever can be declared, says yes to every
// question in the name of its user, and sends again whatever it was given. It has no PIN and no browser.

type Json = Readonly<Record<string, unknown>>;

const yes = { action: 'accept', content: { decision: 'approve' } };

/** Speaks to a server process line by line: no SDK keeps it from anything. */
class Script {
  /** How often its user was asked. */
  asked = 0;
  readonly plans = new Set<string>();
  readonly nonces = new Set<string>();
  readonly states = new Set<string>();
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (result: Json) => void>();
  #id = 0;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    createInterface(child.stdout).on('line', (line) => {
      const { id, result, error } = JSON.parse(line);
      this.#waiting.get(id)?.(result ?? { error });
      this.#waiting.delete(id);
    });
  }

  /** One request, whatever it asks for. */
  send(method: string, params: object): Promise<Json> {
    const id = ++this.#id;
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'script', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {
        elicitation: { form: {} },
        extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } },
      },
    };
    const answer = new Promise<Json>((resolve) => this.#waiting.set(id, resolve));
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } })}\n`);
    return answer;
  }

  /** Calls a tool, says yes to what is asked, and keeps all that could be of use. */
  async call(name: string, args: unknown): Promise<Json> {
    const call = { name, arguments: args };
    let result = await this.send('tools/call', call);
    this.#keep(result);
    for (let round = 0; round < 3 && typeof result['requestState'] === 'string'; round += 1) {
      this.asked += 1;
      const names = Object.keys(Object(result['inputRequests']));
      const inputResponses = Object.fromEntries(names.map((request) => [request, yes]));
      result = await this.send('tools/call', { ...call, requestState: result['requestState'], inputResponses });
      this.#keep(result);
    }
    return Object(result['structuredContent']);
  }

  #keep(result: Json): void {
    const text = JSON.stringify(result);
    for (const [, id = ''] of text.matchAll(/"([0-9a-f]{32})"/g)) this.plans.add(id);
    for (const [, nonce = ''] of text.matchAll(/"nonce":"([^"]+)"/g)) this.nonces.add(nonce);
    if (typeof result['requestState'] === 'string') this.states.add(result['requestState']);
  }

  /** Everything that could make a plan or a run of them happen. */
  async push(name: string, args: unknown): Promise<void> {
    for (const planId of this.plans) {
      await this.call('apply_plan', { planId, waitSeconds: 0 });
      for (const nonce of [...this.nonces, ...this.states, planId])
        await this.call('decide_plan', { planId, nonce, decision: 'approve' });
      await this.call('apply_plan', { planId, waitSeconds: 0 });
    }
    const inputResponses = { decision: yes, approval: yes };
    for (const requestState of [undefined, ...this.states, ...this.nonces, ...this.plans]) {
      await this.send('tools/call', { name, arguments: args, requestState, inputResponses });
    }
    await this.call(name, args);
  }

  forget(): void {
    for (const kept of [this.plans, this.nonces, this.states]) kept.clear();
  }
}

let town: ApprovalTown;
let before: Before;
let since: number;
beforeAll(async () => {
  town = await ApprovalTown.open(40);
  const people = town.demo.landmarks;
  const invitedId = await prepared(town.demo);
  // Two runs that a person has approved: one that is done, one that is to begin.
  const { client } = await town.serve();
  const approved = async (args: object) => {
    const { data } = await client.call('offboard_user', { ...args, reason });
    const planId = String(at(data, 'plan', 'id'));
    await town.approve(planId);
    return at((await client.call('apply_plan', { planId, waitSeconds: 60 })).data, 'runId');
  };
  const runId = await approved({ user: people.synced.id, preset: 'block-only' });
  const laterRunId = await approved({ user: people.lookalikes[0].id, startAt: '2099-01-01T00:00:00Z' });
  expect([runId, laterRunId]).toEqual([expect.any(String), expect.any(String)]);
  before = { people, invitedId, plans: new Map(), runId, laterRunId };
  since = town.writes().length;
});
afterAll(() => town.close());

function script(env: Readonly<Record<string, string>>): Script {
  const rest = { ENTRA_MCP_GRAPH_URL: town.demo.url, ENTRA_MCP_AUTH: 'none', ENTRA_MCP_TOOLSETS: 'all' };
  return new Script(town.place.spawn(['serve'], { env: { ...rest, ...env } }));
}

/** At most ten plans may wait. */
function expire(): void {
  town.sql("update plans set state = 'expired' where state = 'pending' returning id");
}

const changes = tools.filter(({ kind }) => kind === 'change').map(({ name }) => name);
/** Goes on with what a person approved, which is done. */
const nothingToDo = ['resume_run'];

describe('where no client is trusted, and every change waits', () => {
  let own: Script;
  beforeAll(() => {
    own = script({
      ENTRA_MCP_TRUST_ELICITATION: 'false',
      ENTRA_MCP_CONFIRM: 'write,grant,destructive,irreversible',
    });
  });

  test.each(changes)('%s is never made', { timeout: 60_000 }, async (name) => {
    const args = everyTool[name]?.(before);
    const { plan } = await own.call(name, args);
    if (!nothingToDo.includes(name)) expect(plan, name).toMatchObject({ id: expect.any(String) });
    await own.push(name, args);
    expect(town.writes(since)).toEqual([]);
    expire();
    own.forget();
  });

  test.each(served.map(({ definition }) => definition))('$name is never made with whatever', async (tool) => {
    await fc.assert(
      fc.asyncProperty(inputOf(tool.inputSchema, {}), async (input) => {
        await own.push(tool.name, input);
        expire();
        own.forget();
      }),
      { numRuns: 3 },
    );
    expect(town.writes(since)).toEqual([]);
  });

  test('nobody was asked, and what a person approved is as it was', async () => {
    expect(own.asked).toBe(0);
    expect(await own.call('get_run', { runId: before.laterRunId })).toMatchObject({ status: 'scheduled' });
    expect(town.sql("select plan_id from audit where kind = 'decision'")).toHaveLength(2);
  });
});

test('an irreversible change is never made, however far a client is trusted', { timeout: 60_000 }, async () => {
  const own = script({ ENTRA_MCP_TRUST_ELICITATION: 'true' });
  const { people } = before;
  // The script's word counts for this one: what it got by it, it tries for all that follow.
  await own.call('disable_user', { user: people.newcomer.id, reason });
  expect(own.asked).toBe(1);
  expect(town.writes(since)).toMatchObject([{ method: 'PATCH', path: `/v1.0/users/${people.newcomer.id}` }]);
  const irreversible: [string, object][] = [
    ['purge_user', { user: people.apostrophe.id, reason }],
    ['delete_group', { group: people.groups.security.id, reason }],
  ];
  for (const [name, args] of irreversible) {
    expect(await own.call(name, args)).toMatchObject({
      status: 'approval_required',
      plan: { risk: expect.arrayContaining(['irreversible']) },
    });
    await own.push(name, args);
  }
  expect(own.asked).toBe(1);
  expect(town.writes(since)).toHaveLength(1);
});
