import { describe, expect, it } from 'vitest';
import { a, deleted, group, left, Mirrored, managedBy, purged, user } from './hand-made.ts';

const filled = () =>
  new Mirrored().loaded(
    [user('boss'), user('u1', managedBy('boss')), user('u2', managedBy('u1'))],
    [group('g1', ['u1', 'u2', a('group', 'g2')]), group('g2', ['u1'])],
  );

describe('who is deleted', () => {
  it('is in no group and nobody’s manager, and both again with the return', () => {
    const mirror = filled();
    mirror.page('users', deleted('u1'));
    expect([mirror.users, mirror.memberships, mirror.managers]).toEqual([['boss', 'u2'], ['g1 g2', 'g1 u2'], []]);
    expect(mirror.told).toEqual([
      ...['g1', 'g2'].map((id) => `member_removed ${id} u1`),
      'user_updated u2',
      'user_deleted u1',
    ]);
    mirror.restarted();
    mirror.page('users', user('u1', managedBy('boss')));
    expect(mirror.memberships).toEqual(['g1 g2', 'g1 u1', 'g1 u2', 'g2 u1']);
    expect(mirror.managers).toEqual(['u1 boss', 'u2 u1']);
    expect(mirror.list('SELECT * FROM internal_parked')).toEqual([]);
    expect(mirror.list('SELECT * FROM internal_deleted')).toEqual([]);
    expect(mirror.writer.returned()).toEqual([{ id: 'u1', kind: 'user' }]);
  });

  it('comes back without what was taken away meanwhile, and with what was given', () => {
    const mirror = filled();
    mirror.page('users', deleted('u1'));
    mirror.page('groups', group('g1', [left('u1')]), group('g3', ['u1']));
    mirror.page('users', { id: 'u2', ...managedBy('boss') });
    expect(mirror.memberships).toEqual(['g1 g2', 'g1 u2']);
    mirror.page('users', user('u1'));
    expect(mirror.memberships).toEqual(['g1 g2', 'g1 u2', 'g2 u1', 'g3 u1']);
    expect(mirror.managers).toEqual(['u2 boss']);
  });

  it('is a manager still where only the end of another one is told, late', () => {
    const mirror = filled();
    mirror.page('users', deleted('u1'));
    mirror.page('users', { id: 'u2', ...managedBy(left('boss')) });
    mirror.page('users', user('u1'));
    expect(mirror.managers).toEqual(['u2 u1']);
    mirror.page('users', deleted('u1'));
    mirror.page('users', { id: 'u2', ...managedBy(left('u1')) });
    mirror.page('users', user('u1'));
    expect(mirror.managers).toEqual([]);
  });

  it('can be on both ends: the link waits for the last of them', () => {
    const mirror = filled();
    mirror.page('users', deleted('u1'), deleted('u2'));
    mirror.page('groups', deleted('g2'));
    mirror.page('users', user('u1'));
    mirror.page('groups', { id: 'g2', displayName: 'Group g2' });
    mirror.page('users', user('u2'));
    expect(mirror.memberships).toEqual(['g1 g2', 'g1 u1', 'g1 u2', 'g2 u1']);
  });

  it('is asked for once it is back: what was read counts', () => {
    const mirror = filled();
    mirror.page('users', deleted('u1'));
    mirror.page('groups', group('g4'));
    mirror.page('users', user('u1'));
    const read = { kind: 'user', id: 'u1', groups: ['g1', 'g4', 'g9'], reports: ['boss'], manager: 'u2' } as const;
    expect(mirror.writer.settle(mirror.now, [read])).toMatchObject({ added: 1, removed: 1, updated: 3 });
    expect(mirror.memberships).toEqual(['g1 g2', 'g1 u1', 'g1 u2', 'g4 u1']);
    expect(mirror.managers).toEqual(['boss u1', 'u1 u2']);
    expect(mirror.writer.returned()).toEqual([]);
    expect(mirror.synced().fromStart()).toEqual(mirror.contents);
    const before = mirror.told;
    mirror.writer.settle(mirror.now, [read]);
    expect(mirror.told).toEqual(before);
  });

  it('is not asked for, nor told of, once it is gone again', () => {
    const mirror = filled();
    mirror.page('users', deleted('u1'));
    mirror.page('users', user('u1'));
    mirror.page('users', deleted('u1'));
    expect(mirror.writer.returned()).toEqual([]);
    mirror.writer.settle(mirror.now, [{ kind: 'user', id: 'u1', groups: ['g1'], reports: ['u2'], manager: 'boss' }]);
    expect([mirror.memberships, mirror.managers]).toEqual([['g1 g2', 'g1 u2'], []]);
  });
});

describe('a group that is deleted', () => {
  it('comes back with the members it tells of, and no others', () => {
    const mirror = filled();
    mirror.page('groups', deleted('g1'));
    expect([mirror.groups, mirror.memberships]).toEqual([['g2'], ['g2 u1']]);
    expect(mirror.told).toContain('group_deleted g1');
    mirror.page('groups', group('g1', ['u2', 'boss']));
    expect(mirror.memberships).toEqual(['g1 boss', 'g1 u2', 'g2 u1']);
    expect(mirror.told).not.toContain('member_added g1 u1');
    expect(mirror.writer.returned()).toEqual([]);
  });

  it('that tells of none has those it had, until they are read', () => {
    const mirror = filled();
    mirror.page('groups', deleted('g1'));
    mirror.page('groups', group('g1'));
    expect(mirror.memberships).toEqual(['g1 g2', 'g1 u1', 'g1 u2', 'g2 u1']);
    expect(mirror.writer.returned()).toEqual([{ id: 'g1', kind: 'group' }]);
    mirror.page('groups', group('g1', [a('servicePrincipal', 's1')]));
    mirror.writer.settle(mirror.now, [{ kind: 'group', id: 'g1', members: [{ id: 'boss', type: 'user' }] }]);
    expect(mirror.memberships).toEqual(['g1 boss', 'g1 s1', 'g2 u1']);
  });

  it('for good leaves nothing waiting', () => {
    const mirror = filled();
    mirror.page('groups', deleted('g1'), purged('g1'), purged('g2'));
    expect(mirror.list('SELECT * FROM internal_parked')).toEqual([]);
    expect(mirror.told.filter((each) => each.startsWith('group'))).toEqual([
      ...['group_deleted g1', 'group_purged g1', 'group_deleted g2', 'group_purged g2'],
    ]);
  });
});

describe('users who are told of in the first rounds after one over everything', () => {
  it('count as come back: they may have been away while groups were told', () => {
    const mirror = filled();
    mirror.page('users', user('u1', { city: 'Oslo' }));
    mirror.synced();
    mirror.page('users', user('u2', { city: 'Oslo' }), deleted('boss'));
    mirror.synced();
    mirror.page('users', user('u3'));
    expect(mirror.writer.returned().map(({ id }) => id)).toEqual(['u1', 'u2']);
  });
});
