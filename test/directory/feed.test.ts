import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { ChangeKind, DirectoryChange, ErrorCode } from '../../src/contract/index.ts';
import { changesIn } from '../../src/directory/feed.ts';
import { HandFilled, noon } from './hand-filled.ts';
import { emptyReplay, replay } from './replay.ts';

const opened: HandFilled[] = [];
function handFilled(): HandFilled {
  const mirror = new HandFilled();
  opened.push(mirror);
  return mirror;
}
afterEach(() => {
  for (const mirror of opened.splice(0)) mirror.remove();
});

const read = (mirror: HandFilled, since: string, more: { kinds?: readonly ChangeKind[]; limit?: number } = {}) =>
  changesIn(mirror.db, { since, limit: 100, ...more }, mirror.time);

function all(mirror: HandFilled, since: string, limit: number, kinds?: readonly ChangeKind[]): DirectoryChange[] {
  const told: DirectoryChange[] = [];
  for (let at = since; ; ) {
    const page = read(mirror, at, { limit, ...(kinds === undefined ? {} : { kinds }) });
    told.push(...page.items);
    if (!page.more) return told;
    expect(page.nextCursor).not.toBe(at);
    at = page.nextCursor;
  }
}

const refusal = (code: ErrorCode) => expect.objectContaining({ name: 'ToolError', code });

describe('from start', () => {
  it('tells all that stands there as created now, users, groups, then memberships', () => {
    const mirror = handFilled();
    mirror.put('users', 'u1', { displayName: 'Ada', managerId: 'u2', proxyAddresses: ['SMTP:ada@x.example'] });
    mirror.put('users', 'u2', { displayName: 'Bo', city: null });
    mirror.put('groups', 'g1', { displayName: 'All' });
    mirror.join('g1', 'u1');
    mirror.completed();
    const common = { sequence: 0, time: new Date(noon).toISOString() };
    expect(read(mirror, 'start')).toEqual({
      items: [
        {
          ...common,
          kind: 'user_created',
          id: 'u1',
          fields: {
            displayName: { old: null, new: 'Ada' },
            managerId: { old: null, new: 'u2' },
            proxyAddresses: { old: null, new: ['SMTP:ada@x.example'] },
          },
        },
        { ...common, kind: 'user_created', id: 'u2', fields: { displayName: { old: null, new: 'Bo' } } },
        { ...common, kind: 'group_created', id: 'g1', fields: { displayName: { old: null, new: 'All' } } },
        { ...common, kind: 'member_added', id: 'g1', memberId: 'u1', memberType: 'user' },
      ],
      nextCursor: `c1.${mirror.id}.0`,
      more: false,
    });
  });

  it('tells after the base what came while it was read', () => {
    const mirror = handFilled();
    for (const id of ['u1', 'u2', 'u3']) mirror.put('users', id, { displayName: id });
    mirror.completed();
    const first = read(mirror, 'start', { limit: 2 });
    expect([first.items.map(({ id }) => id), first.more, first.nextCursor]).toEqual([
      ['u1', 'u2'],
      true,
      `c1.${mirror.id}.0.users.2`,
    ]);
    mirror.take('users', 'u3');
    mirror.put('users', 'u1', { displayName: 'changed' });
    // Sqlite gives the row of u4 the rowid that u3 had.
    mirror.put('users', 'u4', { displayName: 'u4' });
    const rest = all(mirror, first.nextCursor, 1);
    expect(rest.map(({ kind, id, sequence }) => `${sequence} ${kind} ${id}`)).toEqual([
      '0 user_created u4',
      '1 user_deleted u3',
      '2 user_updated u1',
      '3 user_created u4',
    ]);
    expect(replay(emptyReplay(), [...first.items, ...rest])).toEqual(mirror.contents());
  });

  it('leaves out of the base, too, what was not asked for', () => {
    const mirror = handFilled();
    mirror.put('users', 'u1', {});
    mirror.put('groups', 'g1', {});
    mirror.completed();
    mirror.put('users', 'u2', {});
    mirror.put('groups', 'g2', {});
    const told = all(mirror, 'start', 1, ['group_created', 'member_added']);
    expect(told.map(({ id }) => id)).toEqual(['g1', 'g2']);
  });

  it('a page of nothing is where a base begins: whoever keeps that place misses nothing between', () => {
    const mirror = handFilled();
    mirror.put('users', 'u1', {});
    mirror.put('users', 'u2', {});
    mirror.completed();
    const { items, nextCursor, more } = read(mirror, 'start', { limit: 0 });
    expect([items, nextCursor, more]).toEqual([[], `c1.${mirror.id}.0.users.0`, true]);
    mirror.take('users', 'u1');
    expect(all(mirror, nextCursor, 100).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'user_created u2',
      'user_deleted u1',
    ]);
  });

  it('of an empty directory tells nothing', () => {
    const mirror = handFilled().completed();
    expect(read(mirror, 'start')).toEqual({ items: [], nextCursor: `c1.${mirror.id}.0`, more: false });
  });
});

describe('from a cursor', () => {
  it('goes on after it, and is at the end where nothing came', () => {
    const mirror = handFilled().completed();
    mirror.put('users', 'u1', { displayName: 'Ada' });
    mirror.put('users', 'u1', { displayName: 'Ada L' });
    const { items, nextCursor, more } = read(mirror, `c1.${mirror.id}.1`);
    expect(items).toEqual([
      {
        sequence: 2,
        time: new Date(noon + 2000).toISOString(),
        kind: 'user_updated',
        id: 'u1',
        fields: { displayName: { old: 'Ada', new: 'Ada L' } },
      },
    ]);
    expect([nextCursor, more]).toEqual([`c1.${mirror.id}.2`, false]);
    expect(read(mirror, nextCursor)).toEqual({ items: [], nextCursor, more: false });
  });

  it('a page holds at most its limit, and at most 64 KB', () => {
    const mirror = handFilled().completed();
    for (let i = 0; i < 8; i += 1) mirror.put('users', `u${i}`, { displayName: 'ß'.repeat(10_000) });
    mirror.put('users', 'long', { displayName: 'x'.repeat(100_000) });
    expect(read(mirror, `c1.${mirror.id}.0`, { limit: 2 }).items).toHaveLength(2);
    const page = read(mirror, `c1.${mirror.id}.0`);
    expect([page.items.length, page.more]).toEqual([3, true]);
    expect(Buffer.byteLength(JSON.stringify(page.items))).toBeLessThan(64 * 1024);
    expect(page.warnings).toEqual([expect.stringContaining('Cut at 64 KB')]);
    expect(read(mirror, `c1.${mirror.id}.0`, { limit: 2 })).not.toHaveProperty('warnings');
    expect(all(mirror, 'start', 100)).toHaveLength(9);
    expect(all(mirror, `c1.${mirror.id}.0`, 100)).toHaveLength(9);
  });

  it('counts characters that are shown as escapes at the size they are shown', () => {
    const mirror = handFilled().completed();
    for (let i = 0; i < 8; i += 1) mirror.put('users', `u${i}`, { displayName: '\u200b'.repeat(2000) });
    const page = read(mirror, `c1.${mirror.id}.0`);
    expect([page.items.length, page.more]).toEqual([2, true]);
    expect(all(mirror, `c1.${mirror.id}.0`, 100)).toHaveLength(8);
  });

  it('passes over what was not asked for, also over much of it', () => {
    const mirror = handFilled().completed();
    mirror.db.exec(
      "INSERT INTO changes (time, kind, id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000) SELECT '2026-01-01T12:00:00.000Z', 'user_updated', 'u' FROM n",
    );
    mirror.note('group_purged', 'g1');
    const first = read(mirror, `c1.${mirror.id}.0`, { kinds: ['group_purged'] });
    expect([first.items, first.more]).toEqual([[], true]);
    expect(all(mirror, `c1.${mirror.id}.0`, 10, ['group_purged']).map(({ sequence }) => sequence)).toEqual([120_001]);
  });

  it('goes on over gaps that a person who is gone for good has left', () => {
    const mirror = handFilled().completed();
    mirror.put('users', 'u1', { displayName: 'Ada' });
    mirror.take('users', 'u1', true);
    const { items, nextCursor } = read(mirror, `c1.${mirror.id}.1`);
    expect(items.map(({ kind, sequence }) => [kind, sequence])).toEqual([['user_purged', 3]]);
    expect(nextCursor).toBe(`c1.${mirror.id}.3`);
  });

  it('of another mirror, or whose changes are erased, is to begin again', () => {
    const mirror = handFilled().completed();
    for (const id of ['u1', 'u2', 'u3']) mirror.put('users', id, {});
    mirror.erase(2);
    for (const cursor of ['c1.abcdef.1', `c1.${mirror.id}.1`, `c1.${mirror.id}.1.users.7`]) {
      expect(() => read(mirror, cursor)).toThrow(refusal('SYNC_RESET'));
    }
    expect(read(mirror, `c1.${mirror.id}.2`).items.map(({ id }) => id)).toEqual(['u3']);
  });

  it('stays good where all changes are erased', () => {
    const mirror = handFilled().completed();
    mirror.put('users', 'u1', {});
    mirror.erase(1);
    expect(read(mirror, `c1.${mirror.id}.1`)).toMatchObject({ items: [], more: false });
  });

  it.each(['', 'Start', 'c1', 'c1.x.1', 'c2.ab.1', 'c1.ab.1.licenses.1', 'c1.ab.-1', '2026-13-01', 'yesterday', '1'])(
    'that is %j is none',
    (since) => {
      expect(() => read(handFilled().completed(), since)).toThrow(refusal('INPUT_INVALID'));
    },
  );

  it('that lies ahead is none', () => {
    const mirror = handFilled().completed();
    expect(() => read(mirror, `c1.${mirror.id}.1`)).toThrow(refusal('INPUT_INVALID'));
  });
});

describe('from a moment', () => {
  it('begins with the first change at or after it', () => {
    const mirror = handFilled().completed();
    for (const id of ['u1', 'u2', 'u3']) mirror.put('users', id, {});
    const ids = (since: string) => read(mirror, since).items.map(({ id }) => id);
    expect(ids('2026-01-01T12:00:02Z')).toEqual(['u2', 'u3']);
    expect(ids('2026-01-01T13:00:02.000+01:00')).toEqual(['u2', 'u3']);
    expect(ids('2026-01-01')).toEqual(['u1', 'u2', 'u3']);
    expect(ids('2027-01-01')).toEqual([]);
  });

  it('says where changes after it are erased', () => {
    const mirror = handFilled().completed();
    for (const id of ['u1', 'u2', 'u3']) mirror.put('users', id, {});
    mirror.erase(1);
    const old = read(mirror, '2025-01-01');
    expect([old.items.map(({ id }) => id), old.warnings]).toEqual([['u2', 'u3'], [expect.stringMatching(/erased/)]]);
    expect(read(mirror, '2026-01-01T12:00:03Z')).not.toHaveProperty('warnings');
    expect(read(mirror, '2025-12-31')).not.toHaveProperty('warnings');
  });
});

describe('a mirror that is not there', () => {
  it('says so, and how to make it', () => {
    expect(() => changesIn(undefined, { since: 'start', limit: 1 }, noon)).toThrow(refusal('NOT_FOUND'));
  });

  it('is one whose first sync has not ended', () => {
    const mirror = handFilled();
    mirror.db.exec("UPDATE internal_mirror SET usersMode = 'delta', usersComplete = 1");
    expect(() => read(mirror, 'start')).toThrow(refusal('NOT_FOUND'));
  });
});

const id = (prefix: string) => fc.integer({ min: 0, max: 5 }).map((n) => `${prefix}${n}`);
const user = id('u');
const group = id('g');
const object = fc.record(
  { displayName: fc.constantFrom('a', 'b', 'c'), city: fc.constantFrom('x', 'y'), managerId: user },
  { requiredKeys: [] },
);
const step = fc.oneof(
  fc.record({ do: fc.constant('user'), id: user, object }),
  fc.record({
    do: fc.constant('group'),
    id: group,
    object: object.map(({ displayName = 'd', city }) => ({ displayName, ...(city && { mail: city }) })),
  }),
  fc.record({ do: fc.constant('take'), table: fc.constantFrom('users', 'groups'), n: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ do: fc.constant('purge'), table: fc.constantFrom('users', 'groups'), n: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ do: fc.constant('join'), group, member: fc.oneof(user, group) }),
  fc.record({ do: fc.constant('leave'), group, member: fc.oneof(user, group) }),
  fc.record({ do: fc.constant('read'), limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('again'), back: fc.integer({ min: 1, max: 5 }) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

it('whoever applies all in order, any number of times, ends up with the mirror', () => {
  const run = (before: readonly Step[], steps: readonly Step[]) => {
    const mirror = new HandFilled();
    try {
      const gone = new Set<string>();
      for (const each of before) take(mirror, each, gone);
      mirror.completed();
      const held = emptyReplay();
      const places = [read(mirror, 'start', { limit: 0 }).nextCursor];
      const readOn = (limit: number) => {
        const page = read(mirror, places.at(-1) ?? '', { limit });
        replay(held, page.items);
        places.push(page.nextCursor);
        return page.more;
      };
      for (const each of steps) {
        if (each.do === 'read') readOn(each.limit);
        else if (each.do === 'again') places.splice(Math.max(1, places.length - each.back));
        else take(mirror, each, gone);
      }
      while (readOn(3));
      expect(held).toEqual(mirror.contents());
    } finally {
      mirror.remove();
    }
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 20 }), fc.array(step, { maxLength: 60 }), run), { numRuns: 60 });
});

/** Who is gone for good does not come back: ids are not given twice. */
function take(mirror: HandFilled, each: Step, gone: Set<string>): void {
  const isThere = (one: string) =>
    mirror.db.prepare('SELECT 1 FROM users WHERE id = ?1 UNION SELECT 1 FROM groups WHERE id = ?1').get(one) !==
    undefined;
  if (each.do === 'user' && 'object' in each && !gone.has(each.id)) mirror.put('users', each.id, each.object);
  if (each.do === 'group' && 'object' in each && !gone.has(each.id)) mirror.put('groups', each.id, each.object);
  if ('table' in each && (each.table === 'users' || each.table === 'groups')) {
    const one = `${each.table === 'users' ? 'u' : 'g'}${each.n}`;
    if (each.do === 'purge') gone.add(one);
    mirror.take(each.table, one, each.do === 'purge');
  }
  if (each.do === 'join' && 'member' in each && isThere(each.group) && isThere(each.member)) {
    mirror.join(each.group, each.member, each.member.startsWith('u') ? 'user' : 'group');
  }
  if (each.do === 'leave' && 'member' in each) mirror.leave(each.group, each.member);
}
