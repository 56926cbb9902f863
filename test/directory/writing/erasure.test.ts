import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { day, deleted, group, Mirrored, managedBy, purged, user } from './hand-made.ts';

/** Everything that lies in the folder of the mirror, byte for byte. */
function bytes(mirror: Mirrored): Buffer {
  return Buffer.concat(readdirSync(mirror.folder).map((name) => readFileSync(join(mirror.folder, name))));
}

const traces = (mirror: Mirrored, text: string) => bytes(mirror).toString('latin1').split(text).length - 1;

/** Wide rows, so that they fill many pages. */
const many = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) =>
    user(`p${from + n}`, { jobTitle: `${'x'.repeat((n * 37) % 400)}`, mail: `p${from + n}@x.example` }),
  );

const zebulon = (more: Record<string, unknown> = {}) =>
  user('z', {
    displayName: 'Zebulon Quint',
    givenName: 'Zebulon',
    surname: 'Quint',
    userPrincipalName: 'zebulon.quint@x.example',
    mail: 'zebulon.quint@x.example',
    proxyAddresses: ['SMTP:zebulon.quint@x.example'],
    ...more,
  });
const isThere = (mirror: Mirrored) => traces(mirror, 'Zebulon') + traces(mirror, 'zebulon') > 0;

describe('who is gone for good', () => {
  it('is told of as purged, and nothing else of them is left in the feed', () => {
    const mirror = new Mirrored().loaded([zebulon(), user('u1', managedBy('z'))], [group('g1', ['z', 'u1'])]);
    mirror.page('users', { id: 'z', city: 'Oslo' });
    mirror.page('users', deleted('z'));
    mirror.page('users', zebulon());
    mirror.page('users', deleted('z'));
    expect(mirror.told.filter((each) => each.includes('z')).length).toBeGreaterThan(5);
    expect(mirror.page('users', purged('z'))).toMatchObject({ deleted: 0, purged: 1 });
    expect(mirror.told.filter((each) => each.includes('z'))).toEqual(['user_purged z']);
    expect(mirror.fieldsOf('user_purged', 'z')).toEqual([undefined]);
    for (const table of ['internal_deleted', 'internal_parked', 'internal_returned', 'licenses']) {
      expect(mirror.list(`SELECT * FROM ${table}`)).toEqual([]);
    }
    // Told again, it is nothing new.
    expect(mirror.page('users', purged('z'))).toMatchObject({ purged: 0 });
    mirror.synced();
    expect(mirror.fromStart()).toEqual(mirror.contents);
  });

  it('is gone at once where nobody told of the deletion before', () => {
    const mirror = new Mirrored().loaded([zebulon(), user('u1', managedBy('z'))], [group('g1', ['z', 'u1'])]);
    expect(mirror.page('users', purged('z'))).toMatchObject({ deleted: 1, purged: 1 });
    expect(mirror.told).toEqual(['user_updated u1', 'user_purged z']);
    expect([mirror.memberships, mirror.managers]).toEqual([['g1 u1'], []]);
  });

  it('leaves no byte in the files, wherever the rows lay', () => {
    const mirror = new Mirrored();
    mirror.part('users', ...many(0, 150), zebulon(), ...many(150, 300));
    mirror.loaded([user('u1', managedBy('z'))], [group('g1', ['z', 'u1'])]);
    for (let round = 0; round < 20; round += 1) {
      mirror.page(
        'users',
        { id: 'z', jobTitle: `Zebulon ${'y'.repeat(round * 60)}` },
        ...many(round * 9, round * 9 + 40).map((each) => ({ ...each, city: `c${round}` })),
      );
    }
    mirror.page('users', deleted('z'), ...many(300, 400));
    mirror.synced();
    expect(isThere(mirror)).toBe(true);
    mirror.page('users', purged('z'));
    mirror.writer.end(mirror.now);
    mirror.writer.forget();
    expect([traces(mirror, 'Zebulon'), traces(mirror, 'zebulon')]).toEqual([0, 0]);
    // Who is there is.
    expect(traces(mirror, 'p399@x.example')).toBeGreaterThan(0);
    mirror.begin();
  });

  it('leaves none where it was found out later', () => {
    const mirror = new Mirrored().loaded([...many(0, 50), zebulon()]);
    mirror.reset('users');
    mirror.page('users', ...many(0, 50));
    mirror.synced();
    mirror.writer.purge(mirror.now + day, mirror.writer.doubtful(mirror.now + day));
    mirror.writer.forget();
    expect(isThere(mirror)).toBe(false);
    expect(mirror.told).toEqual(['user_purged z']);
  });
});

describe('changes', () => {
  it('are erased after ninety days, and their place is remembered', () => {
    const mirror = new Mirrored().loaded([user('u1', { city: 'Oslo' }), ...many(0, 100)]);
    const old = mirror.cursor;
    mirror.page('users', { id: 'u1', city: 'Quzz-Town' });
    mirror.page('users', { id: 'u1', city: 'Rome' });
    mirror.synced();
    const late = mirror.cursor;
    mirror.now += 89 * day;
    mirror.begin();
    mirror.page('users', { id: 'u1', city: 'Bonn' });
    mirror.synced();
    expect(mirror.told.length).toBe(3);
    expect(mirror.follow(mirror.fromStart(), old)).toEqual(mirror.contents);
    mirror.now += 2 * day;
    mirror.begin();
    mirror.writer.end(mirror.now);
    mirror.writer.forget();
    expect(mirror.list('SELECT erased FROM internal_mirror')).toEqual(['2']);
    expect(mirror.fieldsOf('user_updated', 'u1')).toEqual([{ city: { old: 'Rome', new: 'Bonn' } }]);
    expect(traces(mirror, 'Quzz-Town')).toBe(0);
    expect(() => mirror.follow(mirror.fromStart(), old)).toThrow('no longer kept');
    expect(mirror.follow(mirror.fromStart(), late)).toEqual(mirror.contents);
    mirror.now += 100 * day;
    mirror.begin();
    mirror.synced();
    expect([mirror.told, mirror.list('SELECT erased FROM internal_mirror')]).toEqual([[], ['3']]);
    mirror.page('users', { id: 'u1', city: 'Pisa' });
    expect(mirror.list('SELECT sequence FROM changes')).toEqual(['4']);
  });

  it('of a property that is no longer selected leave no byte', () => {
    const mirror = new Mirrored(['employeeId']).loaded([user('u1', { employeeId: 'Quzz-1' }), ...many(0, 200)]);
    mirror.page('users', { id: 'u1', employeeId: 'Quzz-2', city: 'Oslo' }, { id: 'p7', employeeId: 'Quzz-3' });
    mirror.synced();
    mirror.restarted([]);
    mirror.writer.end(mirror.now);
    mirror.writer.forget();
    expect(traces(mirror, 'Quzz')).toBe(0);
  });
});
