import { describe, expect, it } from 'vitest';
import { selectionOf } from '../../../src/directory/selection.ts';
import { Leased } from '../../../src/directory/writing/lease.ts';
import { UnexpectedPage } from '../../../src/directory/writing/page.ts';
import { group, Mirrored, minute, user } from './hand-made.ts';

const filled = () => new Mirrored().loaded([user('u1')], [group('g1', ['u1'])]);
const next = { '@odata.nextLink': 'https://graph.test/next' };

/** Everything that is in the file, but for the lease. */
function everything(mirror: Mirrored): unknown {
  const tables = mirror.list("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  return tables.map((table) => mirror.all(`SELECT * FROM ${table}`).map(({ leaseUntil: _, ...row }) => row));
}

describe('a page that is not as documented commits nothing', () => {
  const before = { id: 'u9', displayName: 'came before' };
  const both = { ...next, '@odata.deltaLink': 'https://graph.test/delta' };
  it.each<[string, unknown, string]>([
    ['no JSON', '{"value":[', 'JSON'],
    ['nothing', '', 'JSON'],
    ['a list', '[]', 'body'],
    ['null', 'null', 'body'],
    ['no value', { ...next }, 'value'],
    ['a value that is no list', { value: {}, ...next }, 'value'],
    ['no link', { value: [before] }, '@odata.deltaLink'],
    ['both links', { value: [before], ...both }, '@odata.deltaLink'],
    ['a next link that is no text', { value: [before], '@odata.nextLink': 7 }, '@odata.nextLink'],
    ['a next link that is null', { value: [before], ...both, '@odata.nextLink': null }, '@odata.nextLink'],
    ['a delta link that is no text', { value: [before], '@odata.deltaLink': {} }, '@odata.deltaLink'],
    ['an object that is none', { value: [before, 'u8'], ...next }, 'value'],
    ['an object that is null', { value: [before, null], ...next }, 'value'],
    ['an object without an id', { value: [before, { displayName: 'x' }], ...next }, 'value.id'],
    ['an empty id', { value: [before, { id: '' }], ...next }, 'value.id'],
    ['an id that is a number', { value: [before, { id: 7 }], ...next }, 'value.id'],
    ['a text that is a number', { value: [before, { id: 'u8', city: 7 }], ...next }, 'value.city'],
    ['a text that is a list', { value: [before, { id: 'u8', displayName: [] }], ...next }, 'value.displayName'],
    [
      'a boolean that is text',
      { value: [before, { id: 'u8', accountEnabled: 'true' }], ...next },
      'value.accountEnabled',
    ],
    ['a list that is text', { value: [before, { id: 'u8', proxyAddresses: 'a' }], ...next }, 'value.proxyAddresses'],
    ['a removal that is text', { value: [before, { id: 'u1', '@removed': 'deleted' }], ...next }, 'value.@removed'],
    [
      'a relation that is no list',
      { value: [before, { id: 'u8', 'manager@delta': {} }], ...next },
      'value.manager@delta',
    ],
    ['a relation of texts', { value: [before, { id: 'u8', 'manager@delta': ['u1'] }], ...next }, 'value.manager@delta'],
    [
      'a relation without ids',
      { value: [before, { id: 'u8', 'manager@delta': [{}] }], ...next },
      'value.manager@delta.id',
    ],
    [
      'licenses without a product',
      { value: [before, { id: 'u8', assignedLicenses: [{}] }], ...next },
      'value.assignedLicenses.skuId',
    ],
    [
      'licenses that are none',
      { value: [before, { id: 'u8', assignedLicenses: { a: 1 } }], ...next },
      'value.assignedLicenses',
    ],
  ])('%s', (_, body, field) => {
    for (const mirror of [filled(), new Mirrored()]) {
      const was = everything(mirror);
      let thrown: unknown;
      try {
        mirror.raw('users', body);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toEqual(new UnexpectedPage(field));
      expect(String(thrown)).not.toContain('graph.test');
      expect(everything(mirror)).toEqual(was);
      // And the sync goes on where it stood.
      mirror.page('users', user('u2'));
      expect(mirror.users).toContain('u2');
      expect(mirror.users).not.toContain('u9');
    }
  });

  it('nor does a group’s', () => {
    const mirror = filled();
    expect(() => mirror.raw('groups', { value: [group('g2', ['u1']), group('g3', [{ id: 3 }])], ...next })).toThrow(
      new UnexpectedPage('value.members@delta.id'),
    );
    expect([mirror.groups, mirror.memberships, mirror.told]).toEqual([['g1'], ['g1 u1'], []]);
  });

  it('and whom it deleted is not taken for absent afterwards', () => {
    const mirror = filled();
    expect(() =>
      mirror.raw('users', { value: [{ id: 'u1', '@removed': { reason: 'changed' } }, 7], ...next }),
    ).toThrow();
    mirror.page('groups', group('g2', ['u1']));
    expect(mirror.memberships).toEqual(['g1 u1', 'g2 u1']);
  });
});

describe('a page out of turn', () => {
  it('is refused, and what it holds is not taken in', () => {
    const mirror = filled();
    mirror.part('users', user('u2'));
    const page = { value: [user('u9')], ...next };
    for (const from of [undefined, 'https://graph.test/delta-1', 'https://graph.test/other']) {
      expect(() => mirror.raw('users', page, from ?? '')).toThrow('out of turn');
    }
    mirror.page('users', user('u3'));
    expect(mirror.users).toEqual(['u1', 'u2', 'u3']);
  });
});

describe('one sync at a time', () => {
  const selection = selectionOf();

  it('the mirror is taken until the sync ends, is left, or has shown no sign for long', () => {
    const mirror = new Mirrored();
    const other = mirror.another('other host:1:two');
    const begin = () => other.begin(mirror.now, selection);
    expect(begin).toThrow(Leased);
    mirror.now += 29_000;
    expect(begin).toThrow(Leased);
    mirror.writer.beat(mirror.now);
    mirror.now += 29_000;
    expect(begin).toThrow(Leased);
    mirror.writer.leave();
    expect(begin().users.mode).toBe('load');
    other.end(mirror.now);
    mirror.begin();
    mirror.now += 31_000;
    expect(begin().users.mode).toBe('load');
    other.close();
  });

  it('is taken from a process of this machine that is gone', () => {
    const mirror = new Mirrored();
    const gone = mirror.another('host:999999:gone');
    mirror.writer.leave();
    gone.begin(mirror.now, selection);
    expect(() => mirror.begin()).not.toThrow();
    gone.close();
  });

  it('whoever slept while another took over writes nothing', () => {
    const mirror = filled();
    const other = mirror.another('other host:1:two');
    mirror.now += minute;
    other.begin(mirror.now, selection);
    const was = everything(mirror);
    const { writer, now } = mirror;
    for (const work of [
      () => mirror.page('users', user('u9')),
      () => mirror.page('groups', group('g9')),
      () => writer.beat(now),
      () => writer.restart(now, 'users'),
      () => writer.nameProducts(now, { a: 'b' }),
      () => writer.noteDeleted(now, ['u1']),
      () => writer.settle(now, [{ kind: 'user', id: 'u1', groups: [], reports: [], manager: undefined }]),
      () => writer.purge(now, ['u1']),
      () => writer.applySignIns(now, [], undefined),
      () => writer.end(now),
    ]) {
      expect(work).toThrow(Leased);
    }
    writer.leave();
    expect(everything(mirror)).toEqual(was);
    other.beat(now);
    other.close();
  });
});
