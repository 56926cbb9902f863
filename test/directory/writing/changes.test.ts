import { describe, expect, it } from 'vitest';
import { emptyReplay } from '../replay.ts';
import { a, deleted, group, left, Mirrored, managedBy, purged, user } from './hand-made.ts';

const filled = () =>
  new Mirrored().loaded(
    [user('u1', { city: 'Oslo' }), user('u2', managedBy('u1')), user('u3')],
    [group('g1', ['u1', 'u2'])],
  );

describe('a round of changes', () => {
  it('tells what came, changed and went, with what was before', () => {
    const mirror = filled();
    expect(mirror.page('users', user('u4', { city: 'Rome' }), { id: 'u1', city: 'Bonn' }, deleted('u3'))).toMatchObject(
      {
        created: 1,
        updated: 1,
        deleted: 1,
      },
    );
    expect(mirror.told).toEqual(['user_created u4', 'user_updated u1', 'user_deleted u3']);
    expect(mirror.fieldsOf('user_created', 'u4')).toEqual([
      { displayName: { old: null, new: 'User u4' }, city: { old: null, new: 'Rome' } },
    ]);
    expect(mirror.fieldsOf('user_updated', 'u1')).toEqual([{ city: { old: 'Oslo', new: 'Bonn' } }]);
    expect(mirror.fieldsOf('user_deleted', 'u3')).toEqual([{ displayName: { old: 'User u3', new: null } }]);
  });

  it('tells nothing of what is as it was, in whatever order lists come', () => {
    const mirror = new Mirrored().loaded([user('u1', { proxyAddresses: ['SMTP:a', 'smtp:b'], city: null })]);
    const same = user('u1', { proxyAddresses: ['smtp:b', 'SMTP:a'], department: null });
    expect(mirror.page('users', same, same, user('u1'))).toMatchObject({ created: 0, updated: 0 });
    expect(mirror.told).toEqual([]);
  });

  it('takes what is told again and again, and late', () => {
    const mirror = filled();
    const round = [
      ['users', [user('u4'), { id: 'u1', city: 'Bonn' }, deleted('u3')]],
      ['groups', [group('g1', [left('u2'), 'u4']), group('g2', ['u1'])]],
    ] as const;
    for (let times = 0; times < 3; times += 1)
      for (const [collection, items] of round) mirror.page(collection, ...items);
    expect(mirror.told).toEqual([
      'user_created u4',
      'user_updated u1',
      'user_deleted u3',
      'member_removed g1 u2',
      'member_added g1 u4',
      'group_created g2',
      'member_added g2 u1',
    ]);
    // Of who never was there, too.
    const before = mirror.contents;
    mirror.page('users', deleted('u3'), deleted('never'), purged('nobody'));
    mirror.page('groups', group('g1', [left('u2'), left('never')]), deleted('never'));
    expect(mirror.contents).toEqual(before);
    expect(mirror.told.length).toBe(7);
  });

  it('takes empty pages, and ends where one has the delta link', () => {
    const mirror = filled();
    mirror.part('users');
    mirror.part('users', { id: 'u1', city: 'Bonn' });
    mirror.page('users');
    expect(mirror.told).toEqual(['user_updated u1']);
    expect(mirror.restarted().users).toEqual({
      mode: 'delta',
      link: expect.stringContaining('/delta-'),
      underWay: false,
      complete: true,
    });
  });

  it('takes both orders of the entries of a change of managers', () => {
    const mirror = filled();
    mirror.page('users', { id: 'u2', ...managedBy(left('u1'), 'u3') });
    expect(mirror.managers).toEqual(['u2 u3']);
    mirror.page('users', { id: 'u2', ...managedBy('u1', left('u3')) });
    expect(mirror.managers).toEqual(['u2 u1']);
    // The end of an earlier one, told late.
    mirror.page('users', { id: 'u2', ...managedBy(left('u3')) });
    expect(mirror.managers).toEqual(['u2 u1']);
    mirror.page('users', { id: 'u2', ...managedBy(left('u1')) });
    expect(mirror.managers).toEqual([]);
    expect(mirror.fieldsOf('user_updated', 'u2')).toEqual(
      [
        ['u1', 'u3'],
        ['u3', 'u1'],
        ['u1', null],
      ].map(([old, now]) => ({ managerId: { old, new: now } })),
    );
  });

  it('takes members of every type', () => {
    const mirror = filled();
    const others = [a('device', 'd1'), a('orgContact', 'c1'), a('servicePrincipal', 's1'), { id: 'x1' }];
    mirror.page('groups', group('g2', ['u1']), group('g1', [a('group', 'g2'), ...others]));
    expect(mirror.list("SELECT memberId, memberType FROM memberships WHERE groupId = 'g1' ORDER BY memberId")).toEqual([
      'c1 orgContact',
      'd1 device',
      'g2 group',
      's1 servicePrincipal',
      'u1 user',
      'u2 user',
      'x1 directoryObject',
    ]);
  });

  it('has a membership and a manager once both ends are there, whoever is told of first', () => {
    const mirror = filled();
    mirror.page('groups', group('g1', ['u9', a('group', 'g9')]), group('g9', ['u8']));
    expect(mirror.memberships).toEqual(['g1 g9', 'g1 u1', 'g1 u2']);
    mirror.page('users', { id: 'u3', ...managedBy('u9') });
    expect(mirror.managers).toEqual(['u2 u1']);
    mirror.page('users', user('u8'), user('u9'));
    expect(mirror.memberships).toEqual(['g1 g9', 'g1 u1', 'g1 u2', 'g1 u9', 'g9 u8']);
    expect(mirror.managers).toEqual(['u2 u1', 'u3 u9']);
  });

  it('has no member and no manager who came and went for good unseen', () => {
    const mirror = filled();
    mirror.page('groups', group('g1', ['u9', a('group', 'g9')]));
    mirror.page('users', { id: 'u3', ...managedBy('u9') }, purged('u9'));
    mirror.page('groups', purged('g9'));
    mirror.page('groups', group('g1', ['u9']));
    expect([mirror.memberships, mirror.managers]).toEqual([['g1 u1', 'g1 u2'], ['u2 u1']]);
    expect(mirror.told).toEqual([]);
  });

  it('whoever follows the feed has the mirror, from whatever moment on', () => {
    const mirror = filled();
    const followers = [[emptyReplay(), 'start']] as [ReturnType<typeof emptyReplay>, string][];
    const rounds: (() => void)[] = [
      () => mirror.page('users', user('u4', managedBy('u2')), { id: 'u1', city: null }),
      () => mirror.page('groups', group('g2', ['u4', 'u1']), group('g1', [left('u1')])),
      () => mirror.page('users', deleted('u2')),
      () => mirror.page('users', user('u2'), purged('u1')),
      () => mirror.page('groups', deleted('g2'), { id: 'g1', description: 'x' }),
    ];
    for (const round of rounds) {
      followers.push([mirror.fromStart(), mirror.cursor]);
      round();
      mirror.synced();
      for (const [into, since] of followers)
        expect(mirror.follow(structuredClone(into), since)).toEqual(mirror.contents);
    }
    expect(mirror.memberships).toEqual(['g1 u2']);
    expect(mirror.managers).toEqual(['u4 u2']);
  });
});
