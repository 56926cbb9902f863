import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoTenant, type ReceivedRequest, startDemoTenant } from '../../src/demo/index.ts';
import type { CallResult } from '../server/clients.ts';
import { type Field, fieldsOf, isText, type Schema, withField } from './input-fields.ts';
import { type Machine, machine, type RunningServer } from './server-process.ts';

let demo: DemoTenant;
let place: Machine;
let server: RunningServer;
let tools: { name: string; schema: Schema }[];

beforeAll(async () => {
  place = machine();
  demo = await startDemoTenant({ users: 60 });
  const env = {
    ENTRA_MCP_GRAPH_URL: demo.url,
    ENTRA_MCP_AUTH: 'none',
    ENTRA_MCP_TOOLSETS: 'all',
    // Then no change is made without a person, whom there is none of.
    ENTRA_MCP_CONFIRM: 'write,grant,destructive,irreversible',
  };
  server = await place.serve({ env });
  // The first call that is not refused finds out whose tenant it is.
  await server.client.call('check_access');
  tools = (await server.client.tools()).map(({ name, inputSchema }) => ({ name, schema: Object(inputSchema) }));
});
afterAll(async () => {
  await place.close();
  await demo.close();
});

/** Good values for what tools require. A tool that requires another field needs one here. */
function sample(name: string): unknown {
  const { ordinary, groups } = demo.landmarks;
  const samples: Record<string, unknown> = {
    user: ordinary.userPrincipalName,
    users: [ordinary.id],
    group: groups.security.displayName,
    planId: '0123456789abcdef0123456789abcdef',
    runId: '0123456789abcdef0123456789abcdef',
    userPrincipalName: `someone.new@${demo.domain}`,
    displayName: 'Someone New',
    set: { jobTitle: 'Engineer' },
    manager: demo.landmarks.manager.userPrincipalName,
    invitedUserEmailAddress: 'someone@partner.example',
    kind: 'security',
    licenses: ['SPE_E5'],
    reason: 'a test of bad input',
    since: 'start',
    decision: 'approve',
    sql: 'SELECT count(*) FROM users',
  };
  if (!(name in samples)) throw new Error(`There is no sample of ${name}`);
  return samples[name];
}

function goodArguments({ required = [], properties = {} }: Schema): Record<string, unknown> {
  // change_group_owners needs one of two: somebody to add or to remove.
  const either = 'add' in properties ? { add: [demo.landmarks.ordinary.id] } : {};
  // Automatic replies are for the inside at least.
  const replies = 'autoReply' in properties ? { autoReply: { internal: 'I have left' } } : {};
  const good = { ...either, ...replies, ...Object.fromEntries(required.map((name) => [name, sample(name)])) };
  return 'set' in properties && 'group' in properties ? { ...good, set: { description: 'Engineers' } } : good;
}

/** Every tool with each of its fields. */
function everyField(): { tool: string; field: Field; base: Record<string, unknown> }[] {
  return tools.flatMap(({ name, schema }) =>
    fieldsOf(schema).map((field) => ({ tool: name, field, base: goodArguments(schema) })),
  );
}

/** A call that the input's schema refuses: says which field, and nothing leaves the process. */
async function refused(tool: string, args: Record<string, unknown>, names: readonly string[], what: string) {
  const before = demo.requests.length;
  const { isError, data, text } = await server.client.call(tool, args);
  const at = `${tool}, ${names[0]}: ${what}`;
  expect(isError, at).toBe(true);
  expect(data, at).toMatchObject({
    error: { code: 'INPUT_INVALID', message: expect.any(String), fix: expect.any(String) },
  });
  const { message, fix } = Object(data['error']);
  const named = fieldsNamed(data);
  expect(
    names.some((name) => named.includes(name)),
    `${at} is refused for ${named}`,
  ).toBe(true);
  expect(message, at).toContain(named[0]);
  expect(fix, at).toContain(named[0]);
  expect(text.length, at).toBeLessThan(3000);
  expectVisible(text, data, at);
  // Whether a cursor is ours is found out where the list begins, which may be after a look at the group.
  const sent = demo.requests.slice(before);
  if (names[0] === 'cursor')
    expect(
      sent.map(faultOf).filter((fault) => fault !== undefined),
      at,
    ).toEqual([]);
  else expect(sent, at).toEqual([]);
  return fix;
}

// Controls but line breaks, marks of direction, tag characters, halves of surrogate pairs.
const invisible = /(?!\n)[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}\p{Cs}]/u;

function expectVisible(text: string, data: unknown, at: string): void {
  expect(invisible.exec(text)?.[0], at).toBeUndefined();
  expect(
    strings(data).some((each) => invisible.test(each)),
    at,
  ).toBe(false);
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...strings(inner)]);
}

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let i = 0; i < depth; i += 1) value = { a: value };
  return value;
}

/** SQL has lines; a value that it is asked with may be any text, also none. */
const taken: Readonly<Record<string, readonly string[]>> = {
  sql: ['a line break'],
  params: ['a line break', 'empty'],
};

describe('refused with the name of the field, and nothing sent:', () => {
  test('a field that is not there', async () => {
    for (const { name, schema } of tools) {
      for (const stranger of ['zzz', 'constructor', 'toString', 'confirm', '\u202eresu', '../user', '$filter']) {
        const shown = stranger.replace('\u202e', '⟨U+202E⟩');
        await refused(name, { ...goodArguments(schema), [stranger]: true }, [shown], 'unknown');
      }
    }
  });

  test('a name with a slip in it, and says which was meant', async () => {
    for (const { tool, field, base } of everyField()) {
      if (field.path.includes('0')) continue;
      const slipped = `${field.name}x`;
      const fix = await refused(
        tool,
        withField(base, [...field.path.slice(0, -1), slipped], 'x'),
        [[...field.path.slice(0, -1), slipped].join('.')],
        'a slip',
      );
      expect(fix).toContain(`did you mean ${field.name}?`);
    }
  });

  test('a required one that is missing', async () => {
    for (const { name, schema } of tools) {
      for (const required of schema.required ?? []) {
        const { [required]: _, ...rest } = goodArguments(schema);
        expect(await refused(name, rest, [required], 'missing')).toContain(`${required} is required`);
      }
    }
  });

  test('a value of another type', async () => {
    for (const { tool, field, base } of everyField()) {
      const isNullable = field.types.includes('null');
      const others: [string, unknown][] = [
        ['string', 'x'],
        ['integer', 7],
        ['boolean', true],
        ['object', { x: 1 }],
        ['array', [['x']]],
        ['null', null],
      ];
      for (const [type, value] of others) {
        if (field.types.includes(type) && !(type === 'string' && field.choices.length > 0)) continue;
        if (type === 'null' && isNullable) continue;
        await refused(
          tool,
          withField(base, field.path, value),
          [field.path.join('.'), `${field.path.join('.')}.x`],
          `a ${type}`,
        );
      }
    }
  });

  test('a number out of its range', async () => {
    for (const { tool, field, base } of everyField().filter(({ field: { types } }) => types.includes('integer'))) {
      for (const number of [-1, 1.5, 601, 1e300, Number.MIN_SAFE_INTEGER]) {
        await refused(tool, withField(base, field.path, number), [field.path.join('.')], String(number));
      }
    }
  });

  test('text that no field takes', async () => {
    const extremes: [string, string][] = [
      ['empty', ''],
      ['NUL', 'a\0b'],
      ['a line break', 'a\nb'],
      ['half a pair', 'a\ud800b'],
      ['a right-to-left mark', '\u200fa'],
      ['a right-to-left override', 'a\u202eb'],
      ['tag characters', `a${String.fromCodePoint(0xe0041, 0xe0042)}`],
      ['32,000 characters', 'x'.repeat(32_000)],
      ['100 KB', 'x'.repeat(102_400)],
      ['100 KB of quotes', `'`.repeat(102_400)],
    ];
    for (const { tool, field, base } of everyField().filter(isText)) {
      for (const [what, text] of extremes) {
        if (taken[field.path[0] ?? '']?.includes(what)) continue;
        await refused(tool, withField(base, field.path, text), [field.path.join('.')], what);
      }
    }
  });

  test('objects nested deep, and arrays of 10,000', async () => {
    for (const { tool, field, base } of everyField()) {
      const names = [field.path.join('.'), field.path[0] ?? ''];
      await refused(tool, withField(base, field.path, nested(500)), names, 'nested');
      const item = field.choices[0] ?? (field.name === 'users' ? demo.landmarks.ordinary.id : 'x');
      await refused(tool, withField(base, field.path, Array(10_000).fill(item)), names, 'an array');
    }
  });
});

const odd = [
  '../',
  '..',
  '../../users',
  '..%2f',
  '%2e%2e%2fusers',
  '%00',
  `x' or '1' eq '1`,
  `x" OR "displayName:a`,
  "');--",
  'x?$select=id',
  'x#y&$top=1',
  'me/memberOf',
  '$ann@contoso.example',
  '\\..\\users',
  '{"a":["$x"]}',
];

/** Fields that go into addresses and queries; the others only into plans, and need fewer tries. */
const asking = new Set([
  'user',
  'users',
  'group',
  'planId',
  'license',
  'manager',
  'text',
  'cursor',
  'userPrincipalName',
]);

/** What a call may end as whose values are odd, but may be real. */
// CONFLICT: a purge of somebody who is not deleted, UNSUPPORTED_QUERY: a filter that Graph does not have.
const harmless = [
  'INPUT_INVALID',
  'NOT_FOUND',
  'CONFLICT',
  'UNSUPPORTED_QUERY',
  'APPROVAL_UNAVAILABLE',
  'unchanged',
  'found',
];

test('odd text is refused, finds nothing or is plain data: whatever is sent is a sound read', async () => {
  for (const [i, { tool, field, base }] of everyField().filter(isText).entries()) {
    const tried = asking.has(field.name) ? odd : odd.filter((_, k) => k % 5 === i % 5);
    for (const text of tried) {
      const at = `${tool}, ${field.path.join('.')}: ${text}`;
      const before = demo.requests.length;
      const result = await server.client.call(tool, withField(base, field.path, text));
      const sent = demo.requests.slice(before);
      expect(harmless, at).toContain(endOf(result));
      if (endOf(result) === 'INPUT_INVALID' && sent.length === 0) {
        expect(fieldsNamed(result.data), at).toContain(field.path.join('.'));
      }
      expectVisible(result.text, result.data, at);
      for (const request of sent) expect(faultOf(request), `${at}: ${request.method} ${request.path}`).toBeUndefined();
    }
  }
});

function endOf({ isError, data }: CallResult): string {
  return String(isError ? Object(data['error']).code : (data['status'] ?? 'found'));
}

function fieldsNamed(data: Record<string, unknown>): string[] {
  const { field, fields = [] } = Object(Object(data['error']).detail);
  return [{ field }, ...fields].flatMap((each: { field?: string }) => each.field ?? []);
}

const readPosts = /\/\$batch$|\/(getMemberGroups|checkMemberGroups|getMemberObjects|checkMemberObjects|getByIds)$/;
const options = ['$select', '$filter', '$search', '$expand', '$orderby', '$top', '$count', '$skiptoken'];

/** What makes a request more, or other, than a read of what was named. */
function faultOf({ method, path, status }: ReceivedRequest): string | undefined {
  const [address = '', query = ''] = path.split(/\?(.*)/s);
  if (method !== 'GET' && !(method === 'POST' && readPosts.test(address))) return 'is a write';
  if (new URL(path, demo.url).pathname !== address) return 'is not the path it seems to be';
  // What is in a $batch is logged by itself.
  if (!/^\/v1\.0\/(?:\$batch$|[A-Za-z])/.test(address) || /%2f|%5c|%[01]|\/\/|\/%2e/i.test(address))
    return 'has an odd path';
  const names = [...new URLSearchParams(query).keys()];
  if (names.some((name) => !options.includes(name))) return 'has an odd option';
  if (new Set(names).size < names.length) return 'has an option twice';
  return [200, 404].includes(status) ? undefined : `was answered ${status}`;
}
