import type { DatabaseSync } from 'node:sqlite';
import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { DirectoryChange } from '../../src/contract/index.ts';
import { groupColumns } from '../../src/directory/columns.ts';
import { changesIn } from '../../src/directory/feed.ts';
import { addingIn, fieldsIn, readMirror } from '../../src/directory/mirror-file.ts';
import { optionalFields, selectionOf } from '../../src/directory/selection.ts';
import { GraphClient } from '../demo/graph-client.ts';
import { contentsOf, emptyReplay, type Replayed, replay } from './replay.ts';

/** A change of the tenant. Numbers name objects by their place in the lists of the moment; what cannot be is refused, and is no change. */
export interface Change {
  readonly kind: (typeof changeKinds)[number];
  readonly one: number;
  readonly other: number;
}

const changeKinds = [
  ...['create user', 'patch user', 'move user', 'delete user', 'restore user', 'purge user'],
  ...['create group', 'patch group', 'delete group', 'restore group', 'change rule'],
  ...['add member', 'remove member', 'add device', 'nest group'],
  ...['set manager', 'remove manager', 'assign license', 'remove license'],
] as const;

/** Few places, so that the same objects are met again and again. */
const place = fc.oneof({ weight: 4, arbitrary: fc.nat(7) }, { weight: 1, arbitrary: fc.nat(600) });

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom(...changeKinds),
  one: place,
  other: place,
});

/** What happens between a tenant and its mirror. */
export type Step =
  | { readonly kind: 'change'; readonly changes: readonly Change[] }
  /** A sync: undisturbed, or killed once the tenant has received so many of its delta requests. Meanwhile, changes. */
  | { readonly kind: 'sync'; readonly killAfter: number | undefined; readonly meanwhile: readonly Change[] }
  /** All tokens are too old. */
  | { readonly kind: 'age' }
  /** What the tenant answers to the next requests of a collection. */
  | { readonly kind: 'fault'; readonly spec: string }
  | { readonly kind: 'fields'; readonly fields: readonly string[] }
  /** Somebody begins to follow the feed. */
  | { readonly kind: 'follow' };

const collection = fc.constantFrom('users', 'groups');
const faults = ['410:x1', '410:@2', 'page-token:@2', '410:0.3:x2', '503:x1', 'reset-mid:x1', 'truncated:x1'];

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      killAfter: fc.option(fc.nat(8), { nil: undefined, freq: 2 }),
      meanwhile: fc.array(change, { maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'age' } as const) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(collection, fc.constantFrom(...faults))
      .map(([which, fault]) => ({ kind: 'fault' as const, spec: `GET /${which}/delta=${fault}` })),
  },
  {
    weight: 1,
    arbitrary: fc
      .subarray(['employeeId', 'mobilePhone', 'businessPhones'])
      .map((fields) => ({ kind: 'fields' as const, fields })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'follow' } as const) },
);

type Row = Readonly<Record<string, unknown>>;
const departments = ['Sales', 'Marketing', 'Legal', 'Finance'];

/** A tenant that changes, and what a mirror of it must hold. */
export class ModelTenant {
  readonly graph: GraphClient;
  readonly #clock: { ahead: number };
  #made = 0;

  private constructor(graph: GraphClient, clock: { ahead: number }) {
    this.graph = graph;
    this.#clock = clock;
  }

  static async start(seed: number, users = 430): Promise<ModelTenant> {
    const clock = { ahead: 0 };
    const now = () => Date.now() + clock.ahead;
    return new ModelTenant(await GraphClient.start({ users, seed, budget: false, now }), clock);
  }

  now(): number {
    return Date.now() + this.#clock.ahead;
  }

  age(): void {
    this.#clock.ahead += 8 * 86_400_000;
  }

  /** Delta requests that were received so far. */
  get deltas(): number {
    return this.graph.tenant.requests.filter(({ path }) => path.includes('/delta')).length;
  }

  async change(changes: readonly Change[]): Promise<void> {
    for (const each of changes) await this.#change(each);
  }

  async #change({ kind, one, other }: Change): Promise<void> {
    const { graph } = this;
    const send = (method: string, path: string, body?: unknown) => graph.send(method, path, body);
    this.#made += 1;
    const name = `made-${this.#made}`;
    const user = async (n: number) => at(await graph.all('/users?$select=id&$top=999'), n);
    const gone = async (type: string) =>
      at(await graph.all(`/directory/deletedItems/microsoft.graph.${type}?$select=id`), one);
    const groups = await graph.all('/groups?$select=id,groupTypes,assignedLicenses&$top=999');
    const ruled = groups.filter((row) => isDynamic(row));
    // The latest ones too: those that were made here are last.
    const group = at(groups.filter((row) => !isDynamic(row)).toReversed(), one);
    const link = (id: string) => ({ '@odata.id': graph.link(id) });
    switch (kind) {
      case 'create user':
        return void (await send('POST', '/users', {
          accountEnabled: true,
          displayName: name,
          mailNickname: name,
          userPrincipalName: `${name}@${graph.tenant.domain}`,
          passwordProfile: { password: 'Correct-horse-9-battery' },
          department: departments[other % 4],
          usageLocation: 'NO',
        }));
      case 'patch user':
        return void (await send('PATCH', `/users/${await user(one)}`, {
          jobTitle: other % 3 === 0 ? null : name,
          employeeId: `${other % 4}`,
          mobilePhone: `+47 ${other % 3}`,
          businessPhones: other % 2 === 0 ? [] : [`+47 ${other}`],
          city: `City ${other % 2}`,
        }));
      case 'move user':
        return void (await send('PATCH', `/users/${await user(one)}`, { department: departments[other % 4] }));
      case 'delete user':
        return void (await send('DELETE', `/users/${await user(one)}`));
      case 'restore user':
        return void (await send('POST', `/directory/deletedItems/${await gone('user')}/restore`));
      case 'purge user':
        return void (await send('DELETE', `/directory/deletedItems/${await gone('user')}`));
      case 'create group':
        return void (await send('POST', '/groups', {
          displayName: name,
          mailNickname: name,
          mailEnabled: other % 2 === 0,
          securityEnabled: other % 2 === 1,
          groupTypes: other % 2 === 0 ? ['Unified'] : [],
          'members@odata.bind': [graph.link(await user(other))],
        }));
      case 'patch group':
        return void (await send('PATCH', `/groups/${group}`, { description: other % 3 === 0 ? null : name }));
      case 'delete group':
        return void (await send('DELETE', `/groups/${group}`));
      case 'restore group':
        return void (await send('POST', `/directory/deletedItems/${await gone('group')}/restore`));
      case 'change rule':
        return void (await send('PATCH', `/groups/${at(ruled, one)}`, {
          membershipRule: `user.department -eq "${departments[other % 4]}"`,
        }));
      case 'add member':
        return void (await send('POST', `/groups/${group}/members/$ref`, link(await user(other))));
      case 'remove member': {
        const members = await graph.all(`/groups/${group}/members?$select=id&$top=999`);
        return void (await send('DELETE', `/groups/${group}/members/${at(members, other)}/$ref`));
      }
      case 'add device':
        return void (await send(
          'POST',
          `/groups/${group}/members/$ref`,
          link(at((await graph.get('/devices?$select=id')).items, other)),
        ));
      case 'nest group':
        return void (await send('POST', `/groups/${group}/members/$ref`, link(at(groups.toReversed(), other))));
      case 'set manager':
        return void (await send('PUT', `/users/${await user(one)}/manager/$ref`, link(await user(other))));
      case 'remove manager':
        return void (await send('DELETE', `/users/${await user(one)}/manager/$ref`));
      case 'assign license':
      case 'remove license': {
        const { items } = await graph.get('/subscribedSkus');
        const skuId = items[other % items.length]?.['skuId'];
        const isAdded = kind === 'assign license';
        return void (await send('POST', `/users/${await user(one)}/assignLicense`, {
          addLicenses: isAdded ? [{ skuId, disabledPlans: [] }] : [],
          removeLicenses: isAdded ? [] : [skuId],
        }));
      }
    }
  }

  /** What a mirror must hold, as the tenant tells it by plain reads. */
  async contents(fields: readonly string[]): Promise<Replayed & { readonly licenses: readonly string[] }> {
    const { graph } = this;
    const select = selectionOf(fields).columns.map(({ name }) => name);
    const contents = emptyReplay();
    const licenses: string[] = [];
    const users = await graph.all(`/users?$select=id,${select}&$expand=manager($select=id)&$top=999`);
    for (const { id, manager, ...row } of users) {
      const managerId = Object(manager).id;
      contents.users.set(String(id), plain({ ...row, ...(managerId === undefined ? {} : { managerId }) }));
      for (const { skuId } of listOf(row['assignedLicenses'])) licenses.push(`${id} ${skuId}`);
    }
    for (const { id, ...row } of await graph.all(
      `/groups?$select=id,${groupColumns.map(({ name }) => name)}&$top=999`,
    )) {
      contents.groups.set(String(id), plain(row));
      for (const member of await graph.all(`/groups/${id}/members?$select=id&$top=999`)) {
        contents.memberships.set(`${id} ${member['id']}`, String(member['@odata.type']).replace(/^.*\./, ''));
      }
    }
    return { ...sorted(contents), licenses: licenses.toSorted() };
  }
}

const at = (rows: readonly Row[], n: number): string => String(rows[n % Math.max(1, rows.length)]?.['id']);
const isDynamic = ({ groupTypes }: Row): boolean =>
  Array.isArray(groupTypes) && groupTypes.includes('DynamicMembership');
const listOf = (value: unknown): Row[] => (Array.isArray(value) ? value : []);

/** Without what is null or empty, lists in an order of their own. */
function plain(row: Row): Row {
  const some = Object.entries(row).filter(
    ([name, value]) => !name.startsWith('@') && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(
    some.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((each) => JSON.stringify(each)).toSorted() : value,
    ]),
  );
}

function sorted({ users, groups, memberships }: Replayed): Replayed {
  const inOrder = <T>(map: ReadonlyMap<string, T>) => new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { users: inOrder(users), groups: inOrder(groups), memberships: inOrder(memberships) };
}

/** Who follows the feed of a mirror, from `start` on. */
class Follower {
  readonly into = emptyReplay();
  /** The fields of the settings have changed meanwhile: what is told of those is not told of everybody. */
  isPartial = false;
  #cursor = 'start';

  read(db: DatabaseSync, now: number): void {
    for (let more = true; more; ) {
      const page = changesIn(db, { since: this.#cursor, limit: 500 }, now);
      replay(this.into, page.items as DirectoryChange[]);
      this.#cursor = page.nextCursor;
      ({ more } = page);
    }
  }
}

/** The mirror in a file, and those who follow it. */
export class ModelMirror {
  readonly file: string;
  readonly #followers: Follower[] = [];

  constructor(file: string) {
    this.file = file;
  }

  /** From now on, where there is something to follow. */
  follow(now: number, fields: readonly string[]): void {
    this.#read((db) => {
      const complete = db.prepare('SELECT usersComplete AND groupsComplete AS c FROM internal_mirror').get()?.['c'];
      if (complete !== 1) return;
      const follower = new Follower();
      follower.isPartial = addingIn(db).length > 0 || !isDeepStrictEqual(fieldsIn(db), fields.toSorted());
      follower.read(db, now);
      this.#followers.push(follower);
    });
  }

  reselected(): void {
    for (const each of this.#followers) each.isPartial = true;
  }

  /** Holds the mirror against the tenant, and those who follow it against the mirror. */
  async check(tenant: ModelTenant, fields: readonly string[]): Promise<void> {
    const { licenses: held, ...expected } = await tenant.contents(fields);
    this.#read((db) => {
      const contents = contentsOf(db);
      expect(differences(plainOf(contents), expected)).toEqual([]);
      const licenses = db.prepare('SELECT userId, skuId FROM licenses').all();
      expect(licenses.map(({ userId, skuId }) => `${userId} ${skuId}`).toSorted()).toEqual(held);
      expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      for (const follower of [...this.#followers, new Follower()]) {
        follower.read(db, tenant.now());
        const names = follower.isPartial ? optionalFields : [];
        const followed = plainOf(without(follower.into, names));
        expect(differences(followed, plainOf(without(contents, names)))).toEqual([]);
      }
    });
  }

  #read(work: (db: DatabaseSync) => void): void {
    const db = readMirror(this.file);
    if (db === undefined) return;
    try {
      work(db);
    } finally {
      db.close();
    }
  }
}

/** A value, of an object only what the other one has not. */
function unlike(one: unknown, other: unknown): string {
  if (typeof one !== 'object' || typeof other !== 'object') return inspect(one, { depth: 0 });
  return inspect(
    Object.fromEntries(
      Object.entries(Object(one)).filter(
        ([name, value]) => !isDeepStrictEqual(value, Reflect.get(Object(other), name)),
      ),
    ),
  );
}

/** What differs, row by row. */
function differences(one: Replayed, other: Replayed): readonly string[] {
  return (['users', 'groups', 'memberships'] as const).flatMap((name) => {
    const [a, b] = [one[name], other[name]] as const;
    const differ = [...new Set([...a.keys(), ...b.keys()])].filter((key) => !isDeepStrictEqual(a.get(key), b.get(key)));
    return differ.map(
      (key) => `${name} ${key}: ${unlike(a.get(key), b.get(key))} instead of ${unlike(b.get(key), a.get(key))}`,
    );
  });
}

function plainOf({ users, groups, memberships }: Replayed): Replayed {
  const all = (map: ReadonlyMap<string, Row>) => new Map([...map].map(([id, row]) => [id, plain(row)]));
  return sorted({ users: all(users), groups: all(groups), memberships });
}

function without({ users, ...rest }: Replayed, names: readonly string[]): Replayed {
  const cut = (row: Row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
  return { ...rest, users: new Map([...users].map(([id, row]) => [id, cut(row)])) };
}
