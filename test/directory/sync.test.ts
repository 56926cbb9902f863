import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { json } from '../graph/loopback.ts';
import { failureOf } from '../graph/setting.ts';
import { VirtualClock } from '../graph/virtual-clock.ts';
import { linkTo, page, type Reply, raw, refused, ScriptedGraph, secret, zipped } from './scripted-graph.ts';

let at: ScriptedGraph;
const started: ScriptedGraph[] = [];
async function start(
  script: ScriptedGraph['script'],
  options: Parameters<typeof ScriptedGraph.start>[0] = {},
): Promise<void> {
  at = await ScriptedGraph.start(options);
  started.push(at);
  at.next(script);
}
afterEach(async () => {
  for (const each of started.splice(0)) {
    // In none of them the token was seen outside.
    expect(each.logged()).not.toContain(secret);
    expect(each.told.join()).not.toContain(secret);
    await each.close();
  }
});

const user = (id: string, more: object = {}) => ({ id, displayName: `User ${id}`, ...more });
const group = (id: string, ...members: string[]) => ({
  id,
  displayName: `Group ${id}`,
  'members@delta': members.map((member) => ({ '@odata.type': '#microsoft.graph.user', id: member })),
});

/** Two pages of users, one of groups. */
const whole = {
  users: [page('users', [user('u1'), user('u2')], 'p2')],
  'users p2': [page('users', [user('u3')])],
  groups: [page('groups', [group('g1', 'u1', 'u3')])],
};

describe('a sync', () => {
  it('fills the mirror, and then takes what changed', async () => {
    await start(whole);
    const first = await at.sync();
    expect(first).toMatchObject({
      mode: 'first',
      users: { created: 3, updated: 0, deleted: 0, purged: 0, total: 3 },
      groups: { created: 1, total: 1 },
      memberships: { added: 2, removed: 0, total: 2 },
      // Those of the script, and two rounds of users without any change.
      pages: 5,
      requests: at.asked.length,
      cursor: expect.stringMatching(/^c1\.[0-9a-f]+\.0$/),
    });
    at.next({
      'users end': [page('users', [user('u4'), { id: 'u1', '@removed': { reason: 'changed' } }])],
      'groups end': [page('groups', [{ ...group('g1', 'u4'), displayName: 'renamed' }])],
    });
    const second = await at.sync();
    expect(second).toMatchObject({
      mode: 'changes',
      users: { created: 1, deleted: 1, total: 3 },
      groups: { updated: 1, total: 1 },
      memberships: { total: 2 },
      pages: 2,
      requests: at.asked.length - first.requests,
    });
    const told = await at.directory.changes({ since: first.cursor, limit: 100 });
    expect(told.items.map(({ kind, id }) => `${kind} ${id}`).toSorted()).toEqual([
      ...['group_updated g1', 'member_added g1', 'member_removed g1', 'user_created u4', 'user_deleted u1'],
    ]);
    expect(told.nextCursor).toBe(second.cursor);
  });

  it('selects what the mirror holds, by one first request each', async () => {
    await start(whole, { fields: ['employeeId', 'signInActivity'] });
    at.next({ ...whole, 'users p2': [page('users', [])] });
    await at.sync().catch(() => undefined);
    const selects = at.graph.seen
      .map(({ url }) => decodeURIComponent(url))
      .filter((url) => url.includes('/delta?$select'));
    expect(selects.length).toBe(2);
    const [users = '', groups = ''] = selects.toSorted().toReversed();
    expect(users).toMatch(/^\/v1\.0\/users\/delta\?\$select=id,.*\bemployeeId\b.*,manager$/);
    expect(users).not.toContain('signInActivity');
    expect(groups).toMatch(/^\/v1\.0\/groups\/delta\?\$select=id,.*,members$/);
  });

  it.each<[string, Reply]>([
    [
      'the link after the objects',
      raw((root) => JSON.stringify({ value: [user('u1')], '@odata.nextLink': linkTo(root, 'users', 'p2') })),
    ],
    [
      'an escaped link',
      raw((root) =>
        JSON.stringify({ '@odata.nextLink': linkTo(root, 'users', 'p2'), value: [user('u1')] }).replaceAll('/', '\\/'),
      ),
    ],
    [
      'a link that has to be looked for',
      raw((root) => `{"value":[{"id":"u1"}],"@odata.nextLink" : "${linkTo(root, 'users', 'p2')}","more":[]}`),
    ],
    [
      'a name that looks like a link',
      raw((root) =>
        JSON.stringify({
          value: [user('u1', { city: '"@odata.nextLink":"https://evil.test"' })],
          '@odata.nextLink': linkTo(root, 'users', 'p2'),
        }),
      ),
    ],
    ['gzip', zipped((root) => JSON.stringify({ value: [user('u1')], '@odata.nextLink': linkTo(root, 'users', 'p2') }))],
    ['no object and a next link', page('users', [], 'p2')],
  ])('takes a page with %s', async (_, first) => {
    await start({ users: [first], 'users p2': [page('users', [user('u1'), user('u2')])] });
    expect(await at.sync()).toMatchObject({ users: { total: 2 } });
    expect(at.users).toEqual(['u1', 'u2']);
    expect(at.asked.filter((each) => each === 'users p2')).toEqual(['users p2']);
  });

  it('that was interrupted goes on where it stood, and then with what happened meanwhile', async () => {
    const hanging: Reply = () => undefined;
    await start({ ...whole, 'users p2': [hanging] });
    const stop = new AbortController();
    const ending = at.failing(stop.signal);
    while (!at.asked.includes('users p2') || at.told.length === 0) await sleep(1);
    while (at.list('SELECT usersLink FROM internal_mirror').join() === '') await sleep(1);
    stop.abort();
    expect(await ending).toMatchObject({ code: 'CANCELLED' });
    expect(at.users).toEqual(['u1', 'u2']);
    expect(await failureOf(at.directory.changes({ since: 'start', limit: 1 }))).toMatchObject({ code: 'NOT_FOUND' });
    const before = at.asked.length;
    at.next({ ...whole, 'users end': [page('users', [{ id: 'u1', city: 'Oslo' }])] });
    expect(await at.sync()).toMatchObject({ mode: 'first', users: { total: 3, updated: 1 } });
    const asked = at.asked.slice(before);
    expect([...new Set(asked.filter((each) => each.startsWith('users ')))]).toEqual(['users p2', 'users end']);
    expect(asked).not.toContain('users');
  });

  it('is one at a time: in a process, and of several', async () => {
    let letGo: (() => void) | undefined;
    const held: Reply = (response, root) => {
      letGo = () => page('users', [user('u1')])(response, root);
    };
    await start({ users: [held] });
    const first = at.sync();
    expect(await at.failing()).toMatchObject({ code: 'CONFLICT' });
    while (letGo === undefined) await sleep(1);
    const other = at.another([], 'other host:1:two');
    const call = { signal: new AbortController().signal, progress: () => undefined };
    expect(await failureOf(other.sync(call))).toMatchObject({ code: 'CONFLICT' });
    letGo();
    expect(await first).toMatchObject({ users: { total: 1 } });
    expect(await other.sync(call)).toMatchObject({ mode: 'changes' });
  });
});

it.skipIf(process.platform === 'win32')('refuses a mirror that others can read, and says how to mend it', async () => {
  await start(whole);
  await at.sync();
  chmodSync(at.file, 0o644);
  const other = at.another();
  const call = { signal: new AbortController().signal, progress: () => undefined };
  const mend = { code: 'CONFIG_INVALID', fix: expect.stringContaining(`chmod go= "${at.file}"`) };
  expect(await failureOf(other.sync(call))).toMatchObject(mend);
  chmodSync(at.file, 0o600);
  expect(await other.sync(call)).toMatchObject({ mode: 'changes' });
});

describe('where Graph no longer knows the place', () => {
  const resets: [string, Reply][] = [
    ['410 with a Location', refused(410, 'resyncRequired')],
    ['410 and another code', refused(410, 'syncStateInvalid')],
    ['syncStateNotFound', refused(400, 'syncStateNotFound')],
    ['SyncStateNotFound as 404', refused(404, 'SyncStateNotFound')],
    ['an expired page', refused(400, 'Directory_ExpiredPageToken')],
    ['a page that is not found', refused(400, 'DirectoryPageTokenNotFoundException')],
    ['a bad request', refused(400, 'Request_BadRequest')],
  ];

  it.each(resets)(
    '%s: the first load begins anew, and later all is gone through, and what differs is told',
    async (_, reset) => {
      await start({
        ...whole,
        users: [page('users', [user('u1'), user('gone')], 'p2'), page('users', [user('u1'), user('u2')], 'p3')],
        'users p2': [reset],
        'users p3': [page('users', [user('u3')])],
      });
      expect(await at.sync()).toMatchObject({ mode: 'first', users: { total: 3 } });
      expect([at.users, at.changes]).toEqual([['u1', 'u2', 'u3'], []]);
      at.next({
        'users end': [reset, page('users', [])],
        users: [page('users', [user('u1'), user('u4')], 'p3')],
        'users p3': [page('users', [user('u3')])],
      });
      expect(await at.sync()).toMatchObject({
        mode: 'resync',
        users: { created: 1, updated: 0, deleted: 1, total: 3 },
        groups: { created: 0, updated: 0, deleted: 0, total: 1 },
      });
      expect(at.changes).toEqual(['user_created u4', 'user_deleted u2']);
    },
  );

  it('in the middle of a round of changes and of a resync, it begins anew', async () => {
    await start(whole);
    await at.sync();
    at.next({
      ...whole,
      'users end': [page('users', [{ id: 'u1', city: 'Oslo' }], 'c2'), page('users', [])],
      'users c2': [refused(410, 'resyncRequired')],
      users: [page('users', [user('u1', { city: 'Oslo' }), user('u2'), user('u3')])],
    });
    expect(await at.sync()).toMatchObject({ mode: 'resync', users: { updated: 1, total: 3 } });
    expect(at.changes).toEqual(['user_updated u1']);
  });

  it('again and again, the sync ends, and the mirror can be read', async () => {
    await start(whole);
    await at.sync();
    at.next({ ...whole, 'users end': [refused(410, 'resyncRequired')], 'users p2': [refused(410, 'resyncRequired')] });
    expect(await at.failing()).toMatchObject({ code: 'UPSTREAM', message: expect.stringContaining('twice') });
    expect(at.users).toEqual(['u1', 'u2', 'u3']);
    expect((await at.directory.changes({ since: 'start', limit: 10 })).items.length).toBe(6);
    at.next(whole);
    expect(await at.sync()).toMatchObject({ mode: 'resync', users: { total: 3 } });
    expect(at.changes).toEqual([]);
  });

  it('for groups, users are left alone', async () => {
    await start(whole);
    await at.sync();
    at.next({
      'groups end': [refused(410, 'resyncRequired')],
      groups: [page('groups', [group('g1', 'u1'), group('g2')])],
    });
    expect(await at.sync()).toMatchObject({ mode: 'resync', users: { total: 3 }, groups: { created: 1 } });
    expect(at.changes).toEqual(['group_created g2', 'member_removed g1']);
  });
});

describe('what Graph answers otherwise', () => {
  it('a link to another host is not followed, and ends the sync', async () => {
    const foreign = raw(() =>
      JSON.stringify({
        '@odata.nextLink': `https://graph.attacker.example/v1.0/users/delta?$skiptoken=${secret}`,
        value: [user('u1')],
      }),
    );
    await start({ users: [foreign] });
    for (let times = 0; times < 2; times += 1) {
      const failure = await at.failing();
      expect(failure).toMatchObject({ code: 'UPSTREAM', detail: { graphCode: 'foreignNextLink' } });
      expect(JSON.stringify(failure) + inspect(failure, { depth: 9 })).not.toContain(secret);
    }
    at.next(whole);
    expect(await at.sync()).toMatchObject({ users: { total: 3 } });
  });

  it('a link to another collection of this host is not followed either', async () => {
    await start({
      users: [raw((root) => JSON.stringify({ '@odata.nextLink': `${root}/v1.0/me/messages?x=${secret}`, value: [] }))],
    });
    expect(await at.failing()).toMatchObject({ code: 'UPSTREAM' });
    expect(at.asked.filter((each) => each.startsWith('me'))).toEqual([]);
  });

  it('a page that is not as documented ends the sync, names the place, and nothing of it stays', async () => {
    await start({ ...whole, 'users p2': [page('users', [user('u9'), { id: 7 }])] });
    const failure = await at.failing();
    expect(failure).toMatchObject({ code: 'UPSTREAM', detail: { field: 'value.id' } });
    expect(JSON.stringify(failure) + inspect(failure, { depth: 9 })).not.toContain(secret);
    expect(at.users).toEqual(['u1', 'u2']);
    at.next(whole);
    expect(await at.sync()).toMatchObject({ users: { total: 3 } });
  });

  it('with Retry-After, waits as long as it is asked to', async () => {
    const clock = new VirtualClock({ skips: true });
    await start(
      { ...whole, 'users p2': [refused(429, 'TooManyRequests', { 'retry-after': '17' }), page('users', [user('u3')])] },
      { clock },
    );
    expect(await at.sync()).toMatchObject({ users: { total: 3 } });
    expect(clock.waits.some((ms) => ms >= 17_000 && ms < 20_000)).toBe(true);
  });

  it('no names of products: licenses are mirrored without, and a warning says why', async () => {
    const licensed = page('users', [user('u1', { assignedLicenses: [{ skuId: 's1', disabledPlans: [] }] })]);
    await start({ users: [licensed], subscribedSkus: [refused(403, 'Authorization_RequestDenied')] });
    expect((await at.sync()).warnings).toEqual([expect.stringContaining('LicenseAssignment.Read.All')]);
    expect(at.list('SELECT userId, skuId, skuPartNumber FROM licenses')).toEqual(['u1 s1 ']);
    at.next({});
    expect((await at.sync()).warnings).toBe(undefined);
    expect(at.list('SELECT skuPartNumber FROM licenses')).toEqual(['SPE_E5']);
  });

  it('no permission at all ends the sync', async () => {
    await start({ users: [refused(403, 'Authorization_RequestDenied')] });
    expect(await at.failing()).toMatchObject({ code: 'NOT_PERMITTED' });
  });

  it('a token is in the mirror alone: not in a result, an error, a line of the log or of the progress', async () => {
    const shown: unknown[] = [];
    await start(whole);
    shown.push(
      await at.sync(),
      await at.directory.describe(),
      await at.directory.changes({ since: 'start', limit: 100 }),
    );
    for (const reply of [
      refused(500, 'InternalServerError'),
      refused(403, secret),
      page('users', [{ id: 1 }]),
      raw(() => `{"x": "${secret}`),
      refused(410, 'resyncRequired'),
    ]) {
      at.next({ 'users end': [reply], users: [page('users', [user('u1')], 'p9')], 'users p9': [reply] });
      shown.push(await at.failing());
    }
    const all = shown
      .map(
        (each) => JSON.stringify(each) + (each instanceof Error ? `${each.stack} ${inspect(each, { depth: 0 })}` : ''),
      )
      .join('\n');
    expect(all.replaceAll(`"graphCode":"${secret}"`, '')).not.toContain(secret);
    expect(at.bytes().length).toBeGreaterThan(0);
  });
});

describe('who comes back', () => {
  const list =
    (...items: object[]): Reply =>
    (response) =>
      json(response, 200, { value: items });
  const of = (type: string, id: string) => ({ '@odata.type': `#microsoft.graph.${type}`, id });

  it('is asked for: memberships, reports, manager', async () => {
    await start({ ...whole, 'directory/deletedItems/microsoft.graph.user': [list({ id: 'u9' })] });
    await at.sync();
    at.next({
      'users end': [page('users', [user('u9')])],
      'users/u9/memberOf': [list(of('group', 'g1'), of('directoryRole', 'r1'), of('group', 'unknown'))],
      'users/u9/directReports': [list(of('user', 'u1'))],
      'users/u9/manager': [(response) => json(response, 200, of('user', 'u3'))],
    });
    expect(await at.sync()).toMatchObject({ mode: 'changes', users: { created: 1 }, memberships: { added: 1 } });
    expect(at.list("SELECT groupId FROM memberships WHERE memberId = 'u9'")).toEqual(['g1']);
    expect(at.list('SELECT userId, managerId FROM managers ORDER BY userId')).toEqual(['u1 u9', 'u9 u3']);
    expect(at.list('SELECT * FROM internal_returned')).toEqual([]);
  });

  it('while everything was gone through, is asked for: later changes make nobody be asked for', async () => {
    await start({
      ...whole,
      groups: [page('groups', [group('g1', 'u1')])],
      // Deleted and restored while groups were told: nothing says so but this.
      'users end': [page('users', [user('u3')]), page('users', [])],
      'users/u3/memberOf': [list(of('group', 'g1'))],
      'users/u3/directReports': [list(of('user', 'u1'))],
    });
    expect(await at.sync()).toMatchObject({ mode: 'first', memberships: { total: 2 } });
    expect(at.list('SELECT memberId FROM memberships ORDER BY memberId')).toEqual(['u1', 'u3']);
    expect(at.list('SELECT userId, managerId FROM managers')).toEqual(['u1 u3']);
    const before = at.asked.length;
    at.next({ 'users end': [page('users', [user('u1', { city: 'Oslo' }), user('u2', { city: 'Oslo' })])] });
    expect(await at.sync()).toMatchObject({ mode: 'changes', users: { updated: 2 } });
    expect(at.asked.slice(before).filter((each) => each.startsWith('users/'))).toEqual([]);
  });

  it('is not known beforehand where deleted users may not be read: warnings say so, and nobody is erased', async () => {
    const clock = new VirtualClock({ skips: true });
    const hidden = { 'directory/deletedItems/microsoft.graph.user': [refused(403, 'Authorization_RequestDenied')] };
    await start({ ...whole, ...hidden }, { clock });
    expect(await at.sync()).toMatchObject({
      users: { total: 3 },
      warnings: [expect.stringMatching(/^Deleted users may/)],
    });
    at.next({
      ...hidden,
      'users end': [refused(410, 'resyncRequired'), page('users', [])],
      users: [page('users', [])],
    });
    await at.sync();
    await clock.sleep(11 * 60_000);
    at.next(hidden);
    expect(await at.sync()).toMatchObject({
      users: { purged: 0 },
      warnings: [expect.stringContaining('was not erased')],
    });
  });

  it('and may not be asked for, is so later: the rest of the sync holds, and a warning says so', async () => {
    const gone = { ...whole, 'directory/deletedItems/microsoft.graph.user': [list({ id: 'u9' })] };
    await start(gone);
    await at.sync();
    const forbidden = refused(403, 'Authorization_RequestDenied');
    at.next({ 'users end': [page('users', [user('u9')])], 'users/u9/memberOf': [forbidden] });
    const { warnings, users } = await at.sync();
    expect(users).toMatchObject({ created: 1 });
    expect(warnings).toEqual([expect.stringContaining('came back could not be read (NOT_PERMITTED)')]);
    expect(at.list('SELECT id FROM internal_returned')).toEqual(['u9']);
    at.next({
      'users end': [page('users', [])],
      ...{ 'users/u9/memberOf': [list(of('group', 'g1'))], 'users/u9/directReports': [list()] },
    });
    expect((await at.sync()).warnings).toBeUndefined();
    expect(at.list("SELECT groupId FROM memberships WHERE memberId = 'u9'")).toEqual(['g1']);
  });

  it('and is gone again when asked for, is left for later', async () => {
    await start({ ...whole, 'directory/deletedItems/microsoft.graph.user': [list({ id: 'u9' })] });
    await at.sync();
    at.next({ 'users end': [page('users', [user('u9')])] });
    await at.sync();
    expect(at.list('SELECT id FROM internal_returned')).toEqual(['u9']);
    at.next({ 'users end': [page('users', [{ id: 'u9', '@removed': { reason: 'changed' } }])] });
    await at.sync();
    expect(at.list('SELECT id FROM internal_returned')).toEqual([]);
  });

  it('who was found missing is erased once Graph lists them nowhere', async () => {
    const clock = new VirtualClock({ skips: true });
    await start(whole, { clock });
    await at.sync();
    at.next({ 'users end': [refused(410, 'resyncRequired'), page('users', [])], users: [page('users', [])] });
    await at.sync();
    expect(at.changes.filter((each) => each.startsWith('user_'))).toEqual(
      ['u1', 'u2', 'u3'].map((id) => `user_deleted ${id}`),
    );
    await clock.sleep(11 * 60_000);
    at.next({
      'directory/deletedItems/microsoft.graph.user': [list({ id: 'u1' })],
      'users/u2': [(response) => json(response, 200, { id: 'u2' })],
    });
    // Products, a page of each collection, the list of the deleted, and the two who are not in it, which go together.
    expect(await at.sync()).toMatchObject({ users: { purged: 1 }, requests: 6 });
    expect(at.changes.filter((each) => each.includes('u3'))).toEqual(['user_purged u3']);
    const before = at.asked.length;
    await at.sync();
    expect(at.asked.slice(before).filter((each) => each.startsWith('directory'))).toEqual([]);
  });
});

describe('sign-in activity', () => {
  const last = (n: number) => ({ lastSignInDateTime: `2026-01-0${n}T00:00:00Z` });
  const pageOf =
    (ids: readonly string[], next?: string): Reply =>
    (response, root) => {
      const value = ids.map((id, n) => ({ id, ...(n === 0 ? { signInActivity: last(1) } : {}) }));
      json(response, 200, {
        value,
        ...(next === undefined ? {} : { '@odata.nextLink': `${root}/v1.0/users?$skiptoken=${secret}-${next}` }),
      });
    };
  const isPass = ({ url }: { url: string }) => /^\/v1\.0\/users\?/.test(url);
  const lines = () => at.list("SELECT id, coalesce(lastSignInDateTime, '-') FROM users ORDER BY id");

  /** The list of users is `users` too: by its query it is told from the delta query. */
  async function withPass(pass: Record<string, readonly Reply[]>): Promise<VirtualClock> {
    const clock = new VirtualClock({ skips: true });
    await start(whole, { clock, fields: ['signInActivity'] });
    const handler = at.graph.handler;
    const met = new Map<string, number>();
    at.graph.handler = (seen, response, count) => {
      if (!isPass(seen)) return handler(seen, response, count);
      const name = new RegExp(`${secret}-(\\w+)`).exec(decodeURIComponent(seen.url))?.[1] ?? 'first';
      const nth = met.get(name) ?? 0;
      met.set(name, nth + 1);
      const replies = pass[name] ?? [];
      replies[Math.min(nth, replies.length - 1)]?.(response, at.graph.url);
    };
    return clock;
  }

  it('is read page by page, once a day', async () => {
    const clock = await withPass({ first: [pageOf(['u1', 'u2'], 's2')], s2: [pageOf(['u3'])] });
    expect((await at.sync()).signIns).toEqual({ users: 3, complete: true });
    expect(lines()).toEqual(['u1 2026-01-01T00:00:00Z', 'u2 -', 'u3 2026-01-01T00:00:00Z']);
    at.next({});
    expect((await at.sync()).signIns).toEqual({ users: 0, complete: true });
    expect(at.graph.seen.filter(isPass).length).toBe(2);
    await clock.sleep(25 * 3_600_000);
    expect((await at.sync()).signIns).toEqual({ users: 3, complete: true });
    expect(at.changes).toEqual([]);
  });

  it('that Graph does not answer now is a warning, and is gone on with by the next sync', async () => {
    await withPass({
      first: [pageOf(['u1', 'u2'], 's2')],
      s2: [(response) => json(response, 200, { nothing: true }), pageOf(['u3'])],
    });
    expect(await at.sync()).toMatchObject({
      ...{ users: { total: 3 }, signIns: { users: 2, complete: false } },
      warnings: [expect.stringContaining('Sign-in activity could not be read to the end now (UPSTREAM)')],
    });
    at.next({});
    expect(await at.sync()).toMatchObject({ signIns: { users: 1, complete: true } });
    expect(lines()).toEqual(['u1 2026-01-01T00:00:00Z', 'u2 -', 'u3 2026-01-01T00:00:00Z']);
  });

  it('is read for ten pages, and by the next sync from there', async () => {
    const pages = Object.fromEntries(
      Array.from({ length: 14 }, (_, n) => [
        n === 0 ? 'first' : `s${n}`,
        [pageOf(['u1'], n === 13 ? undefined : `s${n + 1}`)],
      ]),
    );
    await withPass(pages);
    expect((await at.sync()).signIns).toEqual({ users: 10, complete: false });
    at.next({});
    expect((await at.sync()).signIns).toEqual({ users: 4, complete: true });
    expect(at.graph.seen.filter(isPass).length).toBe(14);
  });

  it('that may not be read is a warning', async () => {
    await withPass({ first: [refused(403, 'Authentication_MSGraphPermissionMissing')] });
    const report = await at.sync();
    expect(report.signIns).toEqual({ users: 0, complete: false });
    expect(report.warnings).toEqual([expect.stringContaining('AuditLog.Read.All')]);
    expect(at.users.length).toBe(3);
  });

  it('whose kept page leads to another Graph is read from the beginning', async () => {
    const pages = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [n === 0 ? 'first' : `s${n}`, [pageOf(['u1'], `s${n + 1}`)]]),
    );
    await withPass({ ...pages, first: [pageOf(['u1'], 's1'), pageOf(['u1', 'u2', 'u3'])] });
    expect((await at.sync()).signIns).toEqual({ users: 10, complete: false });
    const mirror = new DatabaseSync(at.file);
    mirror.exec("UPDATE internal_mirror SET signInsLink = 'https://graph.microsoft.us/v1.0/users?$skiptoken=1'");
    mirror.close();
    at.next({});
    expect((await at.sync()).signIns).toEqual({ users: 0, complete: false });
    expect((await at.sync()).signIns).toEqual({ users: 3, complete: true });
  });

  it('whose page is too old is read from the beginning', async () => {
    const pages = Object.fromEntries(
      Array.from({ length: 11 }, (_, n) => [n === 0 ? 'first' : `s${n}`, [pageOf(['u1'], `s${n + 1}`)]]),
    );
    await withPass({
      ...pages,
      first: [pageOf(['u1'], 's1'), pageOf(['u1', 'u2', 'u3'])],
      s10: [refused(400, 'Directory_ExpiredPageToken')],
    });
    expect((await at.sync()).signIns).toEqual({ users: 10, complete: false });
    at.next({});
    expect((await at.sync()).signIns).toEqual({ users: 0, complete: false });
    expect((await at.sync()).signIns).toEqual({ users: 3, complete: true });
  });
});
