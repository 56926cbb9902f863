import { describe, expect, it } from 'vitest';
import { group, Mirrored, user } from './hand-made.ts';

const columns = (mirror: Mirrored) => mirror.list("SELECT name FROM pragma_table_info('users')");

describe('another selection of properties', () => {
  it('that has one more brings it with a round over all users, and tells nothing of it', () => {
    const mirror = new Mirrored().loaded([user('u1'), user('u2'), user('u3')], [group('g1', ['u1'])]);
    const { users, groups } = mirror.restarted(['employeeId']);
    expect([users, groups.mode]).toEqual([{ mode: 'full', link: undefined, underWay: false, complete: true }, 'delta']);
    expect(columns(mirror)).toContain('employeeId');
    mirror.part('users', user('u1', { employeeId: '7' }), user('u2', { employeeId: '8', city: 'Oslo' }));
    // The process ends in the middle: the rest is as new to the next one.
    mirror.restarted();
    mirror.page('users', user('u3', { employeeId: '9' }), user('u4', { employeeId: '10' }));
    expect(mirror.told).toEqual(['user_updated u2', 'user_created u4']);
    expect(mirror.fieldsOf('user_updated', 'u2')).toEqual([{ city: { old: null, new: 'Oslo' } }]);
    expect(mirror.list('SELECT employeeId FROM users ORDER BY id')).toEqual(['7', '8', '9', '10']);
    expect(mirror.contents.users.get('u1')).toEqual({ displayName: 'User u1', employeeId: '7' });
    mirror.page('users', { id: 'u1', employeeId: '70' });
    expect(mirror.fieldsOf('user_updated', 'u1')).toEqual([{ employeeId: { old: '7', new: '70' } }]);
    expect(mirror.restarted().users.mode).toBe('delta');
  });

  it('that has one less forgets it: column, object, and what was told of it', () => {
    const mirror = new Mirrored(['employeeId', 'mobilePhone']);
    mirror.loaded([user('u1', { employeeId: 'secret-1', mobilePhone: '1' }), user('u2', { employeeId: 'secret-2' })]);
    mirror.page('users', { id: 'u1', employeeId: 'secret-3' }, { id: 'u2', employeeId: 'secret-4', city: 'Oslo' });
    mirror.page('users', user('u3', { employeeId: 'secret-5' }));
    mirror.synced();
    expect(mirror.restarted(['mobilePhone']).users.mode).toBe('full');
    expect(columns(mirror)).not.toContain('employeeId');
    expect(columns(mirror)).toContain('mobilePhone');
    const all = JSON.stringify([mirror.all('SELECT * FROM users'), mirror.all('SELECT * FROM changes')]);
    expect(all).not.toContain('secret');
    expect(all).not.toContain('employeeId');
    // Nothing else happened to u1 then.
    expect(mirror.told).toEqual(['user_updated u2', 'user_created u3']);
    mirror.page('users', user('u1', { mobilePhone: '1' }), user('u2', { city: 'Oslo' }), user('u3'));
    expect(mirror.told).toEqual(['user_updated u2', 'user_created u3']);
    mirror.synced();
    expect(mirror.fromStart()).toEqual(mirror.contents);
  });

  it('in the middle of the first load begins it anew', () => {
    const mirror = new Mirrored(['employeeId']);
    mirror.part('users', user('u1', { employeeId: '7' }));
    mirror.page('groups', group('g1', ['u1']));
    expect(mirror.restarted(['faxNumber'])).toMatchObject({
      users: { mode: 'load', link: undefined },
      groups: { mode: 'delta' },
    });
    mirror.page('users', user('u1', { faxNumber: '1' }));
    mirror.synced();
    expect(mirror.contents.users.get('u1')).toEqual({ displayName: 'User u1', faxNumber: '1' });
    expect(mirror.told).toEqual([]);
    mirror.page('users', { id: 'u1', faxNumber: '2' });
    expect(mirror.told).toEqual(['user_updated u1']);
  });

  it('in the middle of a round over everything begins that anew', () => {
    const mirror = new Mirrored(['employeeId']).loaded([user('u1', { employeeId: '7' }), user('u2')]);
    mirror.reset('users');
    mirror.part('users', user('u1', { employeeId: '7' }));
    mirror.restarted(['employeeId', 'faxNumber']);
    mirror.part('users', user('u1', { employeeId: '7', faxNumber: '1' }));
    mirror.restarted(['faxNumber']);
    mirror.page('users', user('u1', { faxNumber: '1' }), user('u2', { faxNumber: '2' }));
    expect(mirror.told).toEqual([]);
    expect(mirror.list('SELECT faxNumber FROM users ORDER BY id')).toEqual(['1', '2']);
  });

  it('with sign-in activity makes no round: it comes by a way of its own, and has no part in the feed', () => {
    const mirror = new Mirrored().loaded([user('u1'), user('u2')]);
    expect(mirror.restarted(['signInActivity']).users.mode).toBe('delta');
    const moments = { lastSignInDateTime: '2026-01-01T00:00:00Z' };
    mirror.writer.applySignIns(
      mirror.now,
      [
        { id: 'u1', moments },
        { id: 'gone', moments },
      ],
      'page 2',
    );
    expect(mirror.restarted().signIns).toEqual({ link: 'page 2', at: undefined });
    mirror.writer.applySignIns(mirror.now, [{ id: 'u2', moments: {} }], undefined);
    const at = mirror.now;
    expect(mirror.restarted().signIns).toEqual({ link: undefined, at });
    expect(mirror.all('SELECT id, lastSignInDateTime AS last, lastSuccessfulSignInDateTime AS ok FROM users')).toEqual([
      { id: 'u1', last: '2026-01-01T00:00:00Z', ok: null },
      { id: 'u2', last: null, ok: null },
    ]);
    mirror.page('users', { id: 'u1', city: 'Oslo' });
    expect(mirror.list('SELECT lastSignInDateTime FROM users')).toEqual(['2026-01-01T00:00:00Z', '']);
    expect(mirror.contents.users.get('u1')).toEqual({ displayName: 'User u1', city: 'Oslo' });
    mirror.restarted([]);
    expect(columns(mirror).filter((name) => name.includes('SignIn'))).toEqual([]);
    expect(mirror.restarted(['signInActivity']).signIns).toEqual({ link: undefined, at: undefined });
    expect(mirror.told).toEqual(['user_updated u1']);
  });
});
