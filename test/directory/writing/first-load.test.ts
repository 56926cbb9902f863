import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { a, deleted, group, left, Mirrored, managedBy, purged, user } from './hand-made.ts';

describe('the first load', () => {
  it('fills the tables, and the feed begins with nothing', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1', { accountEnabled: true, proxyAddresses: ['SMTP:u1@x.example'] }), user('u2'));
    mirror.page('users', user('u3', managedBy('u1')));
    mirror.page('groups', group('g1', ['u1', a('group', 'g2'), a('device', 'd1')]), group('g2'));
    mirror.synced();
    expect(mirror.users).toEqual(['u1', 'u2', 'u3']);
    expect(mirror.managers).toEqual(['u3 u1']);
    expect(mirror.list('SELECT groupId, memberId, memberType FROM memberships')).toEqual([
      'g1 u1 user',
      'g1 g2 group',
      'g1 d1 device',
    ]);
    expect(mirror.contents.users.get('u1')).toEqual({
      displayName: 'User u1',
      accountEnabled: true,
      proxyAddresses: ['SMTP:u1@x.example'],
    });
    expect(mirror.told).toEqual([]);
    expect(mirror.fromStart()).toEqual(mirror.contents);
  });

  it('is asked of nobody before it has ended, for users and for groups', () => {
    const mirror = new Mirrored();
    mirror.page('users', user('u1'));
    expect(() => mirror.fromStart()).toThrow('first sync has not ended');
    mirror.page('groups');
    expect(mirror.fromStart().users.size).toBe(1);
  });

  it('is taken up by the next process where the last page was committed', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1'));
    mirror.part('groups', group('g1', ['u1']));
    const { users, groups } = mirror.restarted();
    expect([users, groups]).toEqual([
      { mode: 'load', link: 'https://graph.test/next-1', underWay: true, complete: false },
      { mode: 'load', link: 'https://graph.test/next-2', underWay: true, complete: false },
    ]);
    mirror.loaded([user('u2')], [group('g1', ['u2'])]);
    expect([mirror.users, mirror.memberships]).toEqual([
      ['u1', 'u2'],
      ['g1 u1', 'g1 u2'],
    ]);
  });

  it('begins where another version of this program has left its mirror', () => {
    const mirror = new Mirrored().loaded([user('u1')], [group('g1', ['u1'])]);
    mirror.writer.close();
    const old = new DatabaseSync(mirror.file);
    old.exec('ALTER TABLE internal_mirror DROP COLUMN products; DROP TABLE internal_parked; PRAGMA user_version = 1');
    old.close();
    mirror.writer = mirror.another();
    expect(mirror.begin()).toMatchObject({ users: { mode: 'load', complete: false }, groups: { mode: 'load' } });
    mirror.loaded([user('u2')]);
    expect([mirror.users, mirror.groups, mirror.memberships]).toEqual([['u2'], [], []]);
  });

  it('takes empty pages', () => {
    const mirror = new Mirrored();
    mirror.part('users');
    mirror.part('users');
    mirror.part('users', user('u1'));
    mirror.loaded([]);
    expect(mirror.users).toEqual(['u1']);
  });

  it('makes one of what comes twice: the later one', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1', { jobTitle: 'old', city: 'Oslo' }), user('u2'), user('u2'));
    mirror.part('users', user('u1', { jobTitle: 'new', city: null }));
    mirror.part('groups', group('g1', ['u1', 'u2', 'u1'], { description: 'old' }));
    mirror.loaded([], [group('g1', ['u2'], { description: 'new' })]);
    expect(mirror.users).toEqual(['u1', 'u2']);
    expect(mirror.contents.users.get('u1')).toEqual({ displayName: 'User u1', jobTitle: 'new' });
    expect(mirror.contents.groups.get('g1')).toEqual({ displayName: 'Group g1', description: 'new' });
    expect(mirror.memberships).toEqual(['g1 u1', 'g1 u2']);
  });

  it('adds up the members of a group that stands on several pages, also where only they are told again', () => {
    const mirror = new Mirrored();
    mirror.part('groups', group('g1', ['u1'], { description: 'large', mailEnabled: false }));
    mirror.part('groups', { id: 'g1', 'members@delta': [a('user', 'u2')] });
    mirror.loaded([user('u1'), user('u2'), user('u3')], [{ id: 'g1', 'members@delta': [a('user', 'u3')] }]);
    expect(mirror.memberships).toEqual(['g1 u1', 'g1 u2', 'g1 u3']);
    expect(mirror.contents.groups.get('g1')).toEqual({
      displayName: 'Group g1',
      description: 'large',
      mailEnabled: false,
    });
  });

  it('keeps the manager of who comes again without one', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1', managedBy('u9')), user('u2', managedBy('u9')), user('u3', managedBy('u9')));
    mirror.part('users', user('u3', managedBy('u8')));
    mirror.loaded([
      user('u1', { city: 'Oslo' }),
      user('u2', { city: 'Oslo', ...managedBy(left('u9')) }),
      user('u3'),
      user('u8'),
      user('u9'),
    ]);
    expect(mirror.managers).toEqual(['u1 u9', 'u3 u8']);
  });

  it('leaves out who is removed later in it, and has who comes back after that', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1'), user('u2'), user('u3'), user('u4'), deleted('never'));
    mirror.part('users', deleted('u1'), purged('u2'), deleted('u3'), purged('u4'));
    mirror.part('users', user('u3', { city: 'Rome' }));
    mirror.loaded([user('u4')]);
    expect(mirror.users).toEqual(['u3', 'u4']);
    expect(mirror.contents.users.get('u3')).toEqual({ displayName: 'User u3', city: 'Rome' });
    expect(mirror.list('SELECT id FROM internal_deleted ORDER BY id')).toEqual(['never', 'u1']);
    expect(mirror.told).toEqual([]);
  });

  it('forgets that somebody was deleted who is then gone for good', () => {
    const mirror = new Mirrored();
    mirror.part('users', deleted('u1'));
    mirror.loaded([purged('u1')]);
    expect(mirror.list('SELECT id FROM internal_deleted')).toEqual([]);
  });

  it('leaves out a group that is removed, and a member that left', () => {
    const mirror = new Mirrored();
    mirror.part('groups', group('g1', ['u1', 'u2']), group('g2', ['u1']), group('g3', ['u1', 'u2']));
    mirror.part('groups', purged('g2'), group('g1', [left('u1')]), deleted('g3'));
    mirror.part('groups', group('g3', ['u2']));
    mirror.loaded([user('u1'), user('u2')], [group('g1', [left('u2')]), group('g1', ['u2'])]);
    expect(mirror.groups).toEqual(['g1', 'g3']);
    expect(mirror.memberships).toEqual(['g1 u2', 'g3 u2']);
    expect(mirror.list('SELECT * FROM internal_deleted')).toEqual([]);
  });

  it('has no member and no manager who was removed after they were told of', () => {
    const mirror = new Mirrored();
    mirror.page('groups', group('g1', ['u1', 'u2', 'u3']));
    mirror.part('users', user('u1', managedBy('u2')), user('u2'), user('u3', managedBy('u1')));
    mirror.part('users', deleted('u2'));
    mirror.page('users', purged('u3'));
    mirror.synced();
    expect([mirror.memberships, mirror.managers]).toEqual([['g1 u1'], []]);
    mirror.page('users', user('u2'));
    expect([mirror.memberships, mirror.managers]).toEqual([['g1 u1', 'g1 u2'], ['u1 u2']]);
  });

  it('begins anew where Graph no longer knows its place: nothing of it stays', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1'), user('u2'), deleted('u3'));
    mirror.part('groups', group('g1', ['u1']));
    mirror.reset('users');
    mirror.reset('groups');
    expect([mirror.users, mirror.groups, mirror.memberships]).toEqual([[], [], []]);
    mirror.loaded([user('u2'), user('u3')], [group('g2', ['u3'])]);
    expect([mirror.users, mirror.groups, mirror.memberships]).toEqual([['u2', 'u3'], ['g2'], ['g2 u3']]);
    // Nobody waits for somebody who is there.
    mirror.page('groups', group('g2', [left('u3'), a('user', 'u2')]));
    mirror.page('groups', group('g2', ['u3']));
    expect(mirror.memberships).toEqual(['g2 u2', 'g2 u3']);
  });

  it('has no members who are not there, and has them once they come', () => {
    const mirror = new Mirrored();
    mirror.part('groups', group('g1', ['u1', 'u2', a('device', 'd1'), a('group', 'g2')]));
    mirror.page('users', user('u1'), user('u3'));
    mirror.page('groups', group('g2', ['u2', 'u3', 'u4']));
    mirror.synced();
    expect(mirror.memberships).toEqual(['g1 d1', 'g1 g2', 'g1 u1', 'g2 u3']);
    mirror.page('users', user('u2'), purged('u4'));
    expect(mirror.memberships).toEqual(['g1 d1', 'g1 g2', 'g1 u1', 'g1 u2', 'g2 u2', 'g2 u3']);
    expect(mirror.list('SELECT * FROM internal_parked')).toEqual([]);
  });

  it('has nobody of a load that began anew as member who has gone since', () => {
    const mirror = new Mirrored();
    mirror.part('users', user('u1'), user('u2'));
    mirror.page('groups', group('g1', ['u1', 'u2']));
    mirror.reset('users');
    mirror.page('users', user('u1'));
    expect(mirror.memberships).toEqual(['g1 u1']);
  });

  it('says who came back while it went on, so that their memberships are read', () => {
    const mirror = new Mirrored();
    mirror.writer.noteDeleted(mirror.now, ['u1', 'u2']);
    mirror.page('groups', group('g1', ['u3']));
    mirror.loaded([user('u1'), user('u3')]);
    expect(mirror.writer.returned()).toEqual([{ id: 'u1', kind: 'user' }]);
    mirror.writer.settle(mirror.now, [
      { kind: 'user', id: 'u1', groups: ['g1', 'not mirrored'], reports: ['u3'], manager: undefined },
    ]);
    expect([mirror.memberships, mirror.managers]).toEqual([['g1 u1', 'g1 u3'], ['u3 u1']]);
    expect(mirror.writer.returned()).toEqual([]);
    // Of who is deleted still, the list is of use later.
    mirror.page('users', user('u2'));
    expect(mirror.writer.returned().map(({ id }) => id)).toEqual(['u2']);
  });
});
