import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { a, day, deleted, group, left, Mirrored, managedBy, minute, user } from './hand-made.ts';

const filled = () =>
  new Mirrored().loaded(
    [user('u1', { city: 'Oslo' }), user('u2', managedBy('u1')), user('u3')],
    [group('g1', ['u1', 'u2'], { description: 'x' }), group('g2', [a('group', 'g1'), 'u3'])],
  );

function reset(mirror: Mirrored): void {
  mirror.reset('users');
  mirror.reset('groups');
}

describe('a round over everything', () => {
  it('tells nothing where nothing differs', () => {
    const mirror = filled();
    reset(mirror);
    mirror.page('users', user('u3'), user('u1', { city: 'Oslo' }), user('u2', managedBy('u1')));
    mirror.page('groups', group('g2', ['u3', a('group', 'g1')]), group('g1', ['u2', 'u1'], { description: 'x' }));
    expect(mirror.told).toEqual([]);
    expect(mirror.list('SELECT * FROM internal_seen')).toEqual([]);
    expect(mirror.restarted()).toMatchObject({ users: { mode: 'delta' }, groups: { mode: 'delta' } });
  });

  it('tells what differs, and that alone', () => {
    const mirror = filled();
    reset(mirror);
    mirror.part('users', user('u4', managedBy('u1')), user('u1'));
    mirror.page('users', user('u2', { city: 'Rome' }));
    mirror.part('groups', group('g1', ['u4'], { description: 'y' }));
    mirror.page('groups', group('g1', ['u2'], { description: 'y' }), group('g3', ['u1']));
    mirror.synced();
    expect(mirror.told.toSorted()).toEqual([
      'group_created g3',
      'group_deleted g2',
      'group_updated g1',
      'member_added g1 u4',
      'member_added g3 u1',
      'member_removed g1 u1',
      'member_removed g2 g1',
      'member_removed g2 u3',
      'user_created u4',
      'user_deleted u3',
      'user_updated u1',
      'user_updated u2',
    ]);
    expect(mirror.fieldsOf('user_updated', 'u1')).toEqual([{ city: { old: 'Oslo', new: null } }]);
    expect(mirror.fieldsOf('user_updated', 'u2')).toEqual([
      { city: { old: null, new: 'Rome' }, managerId: { old: 'u1', new: null } },
    ]);
    expect(mirror.memberships).toEqual(['g1 u2', 'g1 u4', 'g3 u1']);
    expect(mirror.fromStart()).toEqual(mirror.contents);
  });

  it('merges what it tells twice', () => {
    const mirror = filled();
    reset(mirror);
    mirror.part('users', user('u1', { city: 'Oslo' }), user('u2', managedBy('u1')), user('u3'));
    mirror.page('users', user('u2'), { id: 'u1' });
    mirror.part('groups', group('g1', ['u1'], { description: 'x' }), group('g2', ['u3', a('group', 'g1')]));
    mirror.page('groups', { id: 'g1', 'members@delta': [a('user', 'u2')] });
    expect(mirror.told).toEqual([]);
  });

  it('takes who is removed in it, before or after they are told of', () => {
    const mirror = filled();
    reset(mirror);
    mirror.part('users', user('u1', { city: 'Oslo' }), deleted('u1'), deleted('u2'));
    mirror.page('users', user('u2', managedBy('u1')), user('u3'));
    mirror.page('groups', group('g1', [left('u2'), 'u2']), group('g2', ['u3', left('u3'), a('group', 'g1')]));
    expect([mirror.users, mirror.memberships]).toEqual([
      ['u2', 'u3'],
      ['g1 u2', 'g2 g1'],
    ]);
  });

  it('keeps the mirror readable, row by row, until a page changes it', () => {
    const mirror = filled();
    const other = new DatabaseSync(mirror.file, { readOnly: true });
    const count = () =>
      other.prepare('SELECT (SELECT count(*) FROM users) AS u, (SELECT count(*) FROM memberships) AS m').get();
    reset(mirror);
    const seen = [count()];
    for (const id of ['u4', 'u1', 'u2']) {
      mirror.part('users', user(id));
      seen.push(count());
    }
    expect(mirror.fromStart().users.size).toBe(4);
    mirror.page('users');
    seen.push(count());
    other.close();
    expect(seen.map((row) => `${row?.['u']} ${row?.['m']}`)).toEqual(['3 4', '4 4', '4 4', '4 4', '3 3']);
  });

  it('goes on in the next process, with what was met before', () => {
    const mirror = filled();
    reset(mirror);
    mirror.part('users', user('u1', { city: 'Oslo' }), user('u2', managedBy('u1')));
    expect(mirror.restarted().users).toMatchObject({ mode: 'full', complete: true });
    mirror.page('users', user('u3'));
    expect(mirror.told).toEqual([]);
  });

  it('that has to begin anew forgets what it met', () => {
    const mirror = filled();
    reset(mirror);
    mirror.part('users', user('u3'));
    mirror.reset('users');
    mirror.page('users', user('u1', { city: 'Oslo' }), user('u2', managedBy('u1')));
    expect(mirror.told).toEqual(['member_removed g2 u3', 'user_deleted u3']);
  });

  it('of users alone leaves groups as they are, and the other way round', () => {
    const mirror = filled();
    mirror.reset('groups');
    mirror.page('groups', group('g1', ['u1']));
    mirror.reset('users');
    mirror.page('users', user('u1', { city: 'Oslo' }), user('u2', managedBy('u1')), user('u3'));
    expect([mirror.users, mirror.groups, mirror.memberships]).toEqual([['u1', 'u2', 'u3'], ['g1'], ['g1 u1']]);
  });

  it('leaves whoever it does not meet in doubt, and all who were deleted before', () => {
    const mirror = filled();
    mirror.page('users', deleted('u1'));
    mirror.synced();
    mirror.reset('users');
    mirror.page('users', user('u2'));
    expect(mirror.writer.doubtful(mirror.now)).toEqual([]);
    expect(mirror.writer.doubtful(mirror.now + 11 * minute)).toEqual(['u1', 'u3']);
    mirror.now += 11 * minute;
    expect(mirror.writer.purge(mirror.now, ['u3'])).toMatchObject({ purged: 1 });
    expect(mirror.writer.doubtful(mirror.now + day)).toEqual([]);
    // After thirty days nobody can be restored any more.
    expect(mirror.writer.doubtful(mirror.now + 30 * day)).toEqual(['u1']);
    mirror.page('users', user('u1'));
    expect(mirror.users).toEqual(['u1', 'u2']);
  });

  it('has no link that waited for somebody who came, and ended before they did', () => {
    const mirror = filled();
    mirror.page('groups', group('g1', ['new', 'newer']));
    mirror.page('users', { id: 'u3', ...managedBy('new') }, { id: 'u1', ...managedBy('newer') });
    reset(mirror);
    mirror.page('groups', group('g1', ['u1', 'newer']), group('g2'));
    mirror.page('users', user('u1', managedBy('newer')), user('u2'), user('u3'), user('new'), user('newer'));
    expect(mirror.memberships).toEqual(['g1 newer', 'g1 u1']);
    expect(mirror.managers).toEqual(['u1 newer']);
  });

  it('looks each membership up by the whole of its key', () => {
    const mirror = filled();
    const plan = mirror.all(
      "EXPLAIN QUERY PLAN SELECT 1 FROM memberships m WHERE NOT EXISTS (SELECT 1 FROM internal_seen s WHERE s.collection = 'groups' AND s.id = m.groupId AND s.memberId = m.memberId)",
    );
    expect(plan.map(({ detail }) => detail).join()).toContain('collection=? AND id=? AND memberId=?');
    const people = Array.from({ length: 6000 }, (_, n) => `p${n}`);
    mirror.page('users', ...people.map((id) => user(id)));
    mirror.page('groups', group('g9', people));
    mirror.reset('groups');
    mirror.page('groups', group('g9', people));
    expect(mirror.memberships.length).toBe(6000);
  });
});
