import { expect, test } from 'vitest';
import { type RequestFacts, refusalOf } from '../../src/page/request-check.ts';

const origin = 'http://127.0.0.1:4711';
const host = '127.0.0.1:4711';

interface Asked {
  readonly method?: string;
  readonly url?: string;
  /** Beside Host; `null` takes away what a browser sends by itself. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly hosts?: readonly string[];
}

/** A request as a browser sends it from the page itself, but for what is said. */
function facts({ method = 'GET', url = '/api/plans', headers = {}, hosts = [host] }: Asked): RequestFacts {
  const own: Record<string, string | null> =
    method === 'POST'
      ? { origin, 'content-type': 'application/json', 'content-length': '2', 'sec-fetch-site': 'same-origin' }
      : { 'sec-fetch-site': url === '/' ? 'none' : 'same-origin' };
  const sent = Object.fromEntries(
    Object.entries({ ...own, ...headers }).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  const [first] = hosts;
  return {
    method,
    url,
    headers: { ...sent, ...(first === undefined ? {} : { host: first }) },
    rawHeaders: [...hosts.flatMap((name) => ['Host', name]), ...Object.entries(sent).flat()],
  };
}

test.each<[string, Asked]>([
  ['the page, typed', { url: '/' }],
  ['the page, reloaded', { url: '/', headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'document' } }],
  ['the page, by a client that is no browser', { url: '/', headers: { 'sec-fetch-site': null } }],
  ['a read', {}],
  ['a read that names its origin', { headers: { origin } }],
  ['a post', { method: 'POST' }],
  ['a post with a charset', { method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8' } }],
])('%s is served', (_, asked) => {
  expect(refusalOf(facts(asked), origin)).toBeUndefined();
});

test.each<[string, Asked, number]>([
  ['a foreign Host, as DNS rebinding sends it', { hosts: ['attacker.example:4711'] }, 403],
  ['a foreign Host on the static page', { url: '/', hosts: ['attacker.example:4711'] }, 403],
  ['another name of this machine', { hosts: ['localhost:4711'] }, 403],
  ['another port', { hosts: ['127.0.0.1:80'] }, 403],
  ['no port', { hosts: ['127.0.0.1'] }, 403],
  ['a Host that begins like ours', { hosts: ['127.0.0.1:4711.attacker.example'] }, 403],
  ['IPv6', { hosts: ['[::1]:4711'] }, 403],
  ['two Hosts', { hosts: [host, 'attacker.example'] }, 403],
  ['no Host', { hosts: [] }, 403],
  ['a whole URL for a path', { url: 'http://attacker.example/api/plans' }, 400],
  ['a query', { url: '/api/plans?token=1' }, 400],
  ['an empty segment', { url: '//attacker.example/' }, 400],
  ['an escape', { url: '/api/plans/%2e%2e' }, 400],
  ['PUT', { method: 'PUT' }, 405],
  ['DELETE', { method: 'DELETE' }, 405],
  ['TRACE', { method: 'TRACE' }, 405],
  ['HEAD', { method: 'HEAD', url: '/' }, 405],
  ['a preflight', { method: 'OPTIONS', headers: { origin: 'https://attacker.example' } }, 405],
  ['a post to the static page', { method: 'POST', url: '/' }, 405],
  ['a post of another page', { method: 'POST', headers: { origin: 'https://attacker.example' } }, 403],
  ['a post of a sandboxed frame', { method: 'POST', headers: { origin: 'null' } }, 403],
  ['a post that names no origin', { method: 'POST', headers: { origin: null } }, 403],
  ['a post of another port of this machine', { method: 'POST', headers: { origin: 'http://127.0.0.1:80' } }, 403],
  ['a post of https', { method: 'POST', headers: { origin: 'https://127.0.0.1:4711' } }, 403],
  ['a read of another page', { headers: { origin: 'https://attacker.example' } }, 403],
  ['cross-site', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ['same-site: cookies and sites ignore ports', { headers: { 'sec-fetch-site': 'same-site' } }, 403],
  ['an API path in the address bar', { headers: { 'sec-fetch-site': 'none' } }, 403],
  ['no Sec-Fetch-Site where the page always sends one', { headers: { 'sec-fetch-site': null } }, 403],
  ['a cross-site post with the right origin', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ['an API path as a script', { headers: { 'sec-fetch-dest': 'script' } }, 403],
  ['a link to the page from another one', { url: '/', headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ['the page in a frame', { url: '/', headers: { 'sec-fetch-dest': 'iframe' } }, 403],
  ['the page as an object', { url: '/', headers: { 'sec-fetch-dest': 'object' } }, 403],
  ['a form', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['a form that looks like JSON', { method: 'POST', headers: { 'content-type': 'text/plain' } }, 415],
  ['no type', { method: 'POST', headers: { 'content-type': null } }, 415],
  ['a read with a body', { headers: { 'content-length': '5' } }, 400],
  ['a read with a body of unknown length', { headers: { 'transfer-encoding': 'chunked' } }, 400],
])('%s is refused', (_, asked, status) => {
  expect(refusalOf(facts(asked), origin)?.status).toBe(status);
});

test('no refusal repeats what was sent', () => {
  const asked = { method: 'POST', hosts: ['<b>attacker</b>'], headers: { origin: '<b>attacker</b>' } };
  expect(refusalOf(facts(asked), origin)?.message).not.toContain('attacker');
});
