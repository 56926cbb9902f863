import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DemoTenantOptions } from '../../../src/demo/index.ts';
import { GraphClient } from '../graph-client.ts';

type Row = Record<string, unknown>;

let graph: GraphClient;
let nowMs: number;
const start = async (options: DemoTenantOptions = {}): Promise<void> => {
  graph = await GraphClient.start({ users: 450, now: () => nowMs, ...options });
};
beforeEach(() => {
  nowMs = Date.parse('2026-06-01T12:00:00Z');
});
afterEach(() => graph.tenant.close());

/** A whole round: every page's objects, and the link that the next round begins with. */
async function round(path: string, headers: Record<string, string> = {}): Promise<{ pages: Row[][]; link: string }> {
  const pages: Row[][] = [];
  for (let next = path; ; ) {
    const { status, json, items, text } = await graph.get(next, headers);
    if (status !== 200) throw new Error(text);
    pages.push(items);
    const link = json['@odata.deltaLink'];
    expect([json['@odata.nextLink'], link].filter((value) => value !== undefined)).toHaveLength(1);
    if (typeof link === 'string') return { pages, link };
    next = String(json['@odata.nextLink']);
  }
}

const user = (id: unknown): string => `/users/${id}`;
const reason = (row: Row | undefined): unknown => Object(row?.['@removed']).reason;

describe('users', () => {
  test('the first round has everyone, 200 a page; the next one nothing', async () => {
    await start();
    const { pages, link } = await round('/users/delta?$select=displayName');
    expect(pages.map((page) => page.length)).toEqual([200, 200, 50]);
    const everyone = await graph.all('/users?$select=id,displayName&$top=999');
    expect(pages.flat()).toEqual(everyone);
    expect((await round(link)).pages).toEqual([[]]);
    expect((await round('/users/delta()?$select=id')).pages.flat()).toHaveLength(450);
  });

  test('without $select the default properties come', async () => {
    await start({ users: 30 });
    const [first] = (await round('/users/delta')).pages.flat();
    expect(Object.keys(first ?? {}).sort()).toEqual(
      Object.keys((await graph.get(user(first?.['id']))).json)
        .filter((name) => !name.startsWith('@'))
        .sort(),
    );
  });

  test('what changed is told once, as it is now, and only if it was asked for', async () => {
    await start();
    const { link } = await round('/users/delta?$select=displayName,jobTitle');
    const { ordinary, guest, newcomer } = graph.tenant.landmarks;
    await graph.send('PATCH', user(ordinary.id), { jobTitle: 'one' });
    await graph.send('PATCH', user(guest.id), { mobilePhone: '+1 555' });
    await graph.send('PATCH', user(ordinary.id), { jobTitle: 'two' });
    await graph.send('DELETE', user(newcomer.id));
    const next = await round(link);
    expect(next.pages).toEqual([
      [
        { id: ordinary.id, displayName: ordinary.displayName, jobTitle: 'two' },
        { id: newcomer.id, '@removed': { reason: 'changed' } },
      ],
    ]);
    expect((await round(next.link)).pages).toEqual([[]]);
    // An old link can be taken again: replays happen.
    expect((await round(link)).pages.flat()).toHaveLength(2);
  });

  test('minimal answers hold what changed alone, nulls too', async () => {
    await start({ users: 30 });
    const prefer = { Prefer: 'return=minimal' };
    const { link } = await round('/users/delta?$select=displayName,jobTitle,department', prefer);
    const { ordinary } = graph.tenant.landmarks;
    await graph.send('PATCH', user(ordinary.id), { jobTitle: null });
    expect((await round(link, prefer)).pages).toEqual([[{ id: ordinary.id, jobTitle: null }]]);
  });

  test('deleted, gone for good, restored, created', async () => {
    await start({ users: 30 });
    const { ordinary, guest, deletedUser } = graph.tenant.landmarks;
    const { link } = await round('/users/delta?$select=displayName');
    await graph.send('DELETE', user(ordinary.id));
    await graph.send('POST', `/directory/deletedItems/${deletedUser.id}/restore`);
    await graph.send('DELETE', user(guest.id));
    await graph.send('DELETE', `/directory/deletedItems/${guest.id}`);
    const invitation = await graph.send('POST', '/invitations', {
      invitedUserEmailAddress: 'a@fabrikam.example',
      inviteRedirectUrl: 'https://myapps.microsoft.com',
    });
    const rows = new Map((await round(link)).pages.flat().map((row) => [row['id'], row]));
    expect(reason(rows.get(ordinary.id))).toBe('changed');
    expect(reason(rows.get(guest.id))).toBe('deleted');
    expect(rows.get(deletedUser.id)).toEqual({ id: deletedUser.id, displayName: deletedUser.displayName });
    expect(rows.get(Object(invitation.json['invitedUser']).id)).toMatchObject({ displayName: 'a' });
    expect(rows.size).toBe(4);
  });

  test('managers come and go when they are asked for', async () => {
    await start({ users: 30 });
    const { ordinary, manager, executive } = graph.tenant.landmarks;
    const { pages, link } = await round('/users/delta?$select=id,manager');
    const type = '#microsoft.graph.user';
    expect(pages.flat().find(({ id }) => id === ordinary.id)).toEqual({
      id: ordinary.id,
      'manager@delta': [{ '@odata.type': type, id: manager.id }],
    });
    await graph.send('PUT', `${user(ordinary.id)}/manager/$ref`, { '@odata.id': graph.link(executive.id) });
    expect((await round(link)).pages.flat()).toEqual([
      {
        id: ordinary.id,
        'manager@delta': [
          { '@odata.type': type, id: manager.id, '@removed': { reason: 'deleted' } },
          { '@odata.type': type, id: executive.id },
        ],
      },
    ]);
  });

  test('many changes come in pages, and what changes meanwhile comes next time', async () => {
    await start();
    const { link } = await round('/users/delta?$select=jobTitle');
    const ids = (await graph.all('/users?$select=id&$top=999')).map(({ id }) => id);
    for (const id of ids.slice(0, 410)) await graph.send('PATCH', user(id), { usageLocation: 'NO' });
    expect((await round(link)).pages).toEqual([[]]);
    const cloud = (await graph.all('/users?$select=id,onPremisesSyncEnabled&$top=999'))
      .filter((row) => row['onPremisesSyncEnabled'] !== true && row['id'] !== graph.tenant.landmarks.restricted.id)
      .map(({ id }) => id);
    for (const id of cloud) await graph.send('PATCH', user(id), { jobTitle: 'x' });
    const first = await graph.get(link);
    expect(first.items).toHaveLength(200);
    await graph.send('PATCH', user(cloud[0]), { jobTitle: 'y' });
    const rest = await round(String(first.json['@odata.nextLink']));
    expect([...first.items, ...rest.pages.flat()].map(({ id }) => id)).toEqual(cloud);
    expect((await round(rest.link)).pages).toEqual([[{ id: cloud[0], jobTitle: 'y' }]]);
  });

  test('latest begins now; a filter takes ids alone', async () => {
    await start({ users: 30 });
    const { ordinary, guest } = graph.tenant.landmarks;
    const latest = await round('/users/delta?$select=jobTitle&$deltatoken=latest');
    expect(latest.pages).toEqual([[]]);
    const filtered = await round(`/users/delta?$select=jobTitle&$filter=id eq '${ordinary.id}'`);
    expect(filtered.pages.flat().map(({ id }) => id)).toEqual([ordinary.id]);
    await graph.send('PATCH', user(ordinary.id), { jobTitle: 'x' });
    await graph.send('PATCH', user(guest.id), { jobTitle: 'x' });
    expect((await round(latest.link)).pages.flat()).toHaveLength(2);
    expect((await round(filtered.link)).pages.flat()).toEqual([{ id: ordinary.id, jobTitle: 'x' }]);
  });

  test.each([
    '$top=5',
    '$orderby=displayName',
    '$expand=manager',
    '$search="displayName:a"',
    '$count=true',
    "$filter=department eq 'Sales'",
    '$select=signInActivity',
    '$select=shoeSize',
    '$deltatoken=made-up',
    '$skiptoken=made-up',
  ])('%s is refused', async (option) => {
    await start({ users: 30 });
    expect((await graph.get(`/users/delta?${option}`)).status).toBe(400);
  });

  test('a token stands alone, belongs to its collection, and lives seven days', async () => {
    await start({ users: 30 });
    const { link } = await round('/users/delta?$select=id');
    expect((await graph.get(`${link}&$select=id`)).status).toBe(400);
    expect((await graph.get(link.replace('/users/', '/groups/'))).status).toBe(400);
    nowMs += 7 * 86_400_000;
    expect((await graph.get(link)).status).toBe(200);
    nowMs += 1;
    expect((await graph.get(link)).error.code).toBe('syncStateNotFound');
  });

  test('a reset is 410 with the way to begin anew', async () => {
    await start({ users: 30 });
    const { link } = await round('/users/delta?$select=id');
    graph.tenant.faults('GET /users/delta=410');
    const gone = await graph.get(link);
    expect(gone.status).toBe(410);
    const location = String(gone.headers.get('location'));
    expect(location).toBe(`${graph.tenant.url}/v1.0/users/delta?$deltatoken=`);
    expect((await round(location)).pages.flat()).toHaveLength(30);
  });

  test('someone who does not show yet is not lost', async () => {
    await start({ users: 30, replicationDelayMs: 5000 });
    const { link } = await round('/users/delta?$select=displayName');
    const { json } = await graph.send('POST', '/invitations', {
      invitedUserEmailAddress: 'late@fabrikam.example',
      inviteRedirectUrl: 'https://myapps.microsoft.com',
    });
    const early = await round(link);
    const begun = await round('/users/delta?$select=displayName');
    expect(early.pages).toEqual([[]]);
    nowMs += 5000;
    const late = { id: Object(json['invitedUser']).id, displayName: 'late' };
    expect((await round(early.link)).pages).toEqual([[late]]);
    expect((await round(begun.link)).pages).toEqual([[late]]);
  });

  test('whoever merges by id has what a list has, whatever happened between', async () => {
    await start({ users: 40 });
    const select = 'displayName,jobTitle,accountEnabled';
    const mirror = new Map<unknown, Row>();
    let link = `/users/delta?$select=${select}`;
    const sync = async (): Promise<void> => {
      const { pages, link: next } = await round(link);
      link = next;
      for (const row of pages.flat()) {
        if (row['@removed'] !== undefined) mirror.delete(row['id']);
        else mirror.set(row['id'], row);
      }
    };
    await sync();
    const ids = (await graph.all('/users?$select=id')).map(({ id }) => String(id));
    let titles = 0;
    const act = fc.record({
      what: fc.constantFrom('title', 'block', 'delete', 'restore', 'purge', 'sync'),
      who: fc.constantFrom(...ids),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
        for (const { what, who } of acts) {
          titles += 1;
          if (what === 'title') await graph.send('PATCH', user(who), { jobTitle: `title ${titles}` });
          else if (what === 'block') await graph.send('PATCH', user(who), { accountEnabled: false });
          else if (what === 'delete') await graph.send('DELETE', user(who));
          else if (what === 'restore') await graph.send('POST', `/directory/deletedItems/${who}/restore`);
          else if (what === 'purge') await graph.send('DELETE', `/directory/deletedItems/${who}`);
          else await sync();
        }
        await sync();
        const listed = await graph.all(`/users?$select=id,${select}`);
        expect(new Map(listed.map((row) => [row['id'], row]))).toEqual(mirror);
      }),
      { numRuns: 25 },
    );
  });
});

describe('groups', () => {
  const memberRows = (rows: readonly Row[], id: string): Row[] =>
    rows.filter((row) => row['id'] === id).flatMap((row) => JSON.parse(JSON.stringify(row['members@delta'] ?? [])));

  test('members come without being asked for, a big group on several pages', async () => {
    await start();
    const { bigGroup, security } = graph.tenant.landmarks.groups;
    const { pages } = await round('/groups/delta');
    expect(pages.filter((page) => page.some(({ id }) => id === bigGroup.id)).length).toBeGreaterThan(1);
    for (const { id } of [bigGroup, security]) {
      const listed = (await graph.all(`/groups/${id}/members?$select=id&$top=999`)).map((member) => member['id']);
      expect(memberRows(pages.flat(), id).map((member) => member['id'])).toEqual(listed);
    }
    expect((await round('/groups/delta?$select=displayName')).pages.flat()[0]).not.toHaveProperty('members@delta');
  });

  test('who came and went, also by the rule of a dynamic group; deleting a person says nothing', async () => {
    await start({ users: 60 });
    const { ordinary, eligibleAdmin, disabled, groups } = graph.tenant.landmarks;
    const { link } = await round('/groups/delta?$select=displayName,members');
    const refs = `/groups/${groups.security.id}/members`;
    await graph.send('POST', `${refs}/$ref`, { '@odata.id': graph.link(eligibleAdmin.id) });
    await graph.send('DELETE', `${refs}/${ordinary.id}/$ref`);
    await graph.send('PATCH', user(ordinary.id), { department: 'Sales' });
    await graph.send('DELETE', user(disabled.id));
    const rows = (await round(link)).pages.flat();
    const type = '#microsoft.graph.user';
    expect(memberRows(rows, groups.security.id)).toEqual([
      { '@odata.type': type, id: eligibleAdmin.id },
      { '@odata.type': type, id: ordinary.id, '@removed': { reason: 'deleted' } },
    ]);
    expect(memberRows(rows, groups.dynamic.id)).toEqual([{ '@odata.type': type, id: ordinary.id }]);
    expect(rows).toHaveLength(2);
  });

  test('another rule tells who left by it, and who came', async () => {
    await start({ users: 60 });
    const { dynamic } = graph.tenant.landmarks.groups;
    const members = async () => (await graph.all(`/groups/${dynamic.id}/members?$select=id`)).map(({ id }) => id);
    const { link } = await round('/groups/delta?$select=displayName,members');
    const before = await members();
    await graph.send('PATCH', `/groups/${dynamic.id}`, { membershipRule: 'user.department -eq "Legal"' });
    const after = await members();
    const rows = memberRows((await round(link)).pages.flat(), dynamic.id);
    const ids = (removed: boolean) => rows.filter((row) => '@removed' in row === removed).map(({ id }) => id);
    expect([ids(true), ids(false)]).toEqual([before, after]);
    expect(before.length * after.length).toBeGreaterThan(0);
  });

  test('what is new tells who left it meanwhile', async () => {
    await start({ users: 60 });
    const { ordinary, m365 } = { ...graph.tenant.landmarks, ...graph.tenant.landmarks.groups };
    const { link } = await round('/groups/delta?$select=members');
    const [gone] = await graph.all(`/groups/${m365.id}/members?$select=id`);
    await graph.send('DELETE', `/groups/${m365.id}`);
    await graph.send('POST', `/directory/deletedItems/${m365.id}/restore`);
    await graph.send('DELETE', `/groups/${m365.id}/members/${gone?.['id']}/$ref`);
    const rows = memberRows((await round(link)).pages.flat(), m365.id);
    const listed = await graph.all(`/groups/${m365.id}/members?$select=id`);
    expect(rows.filter((row) => !('@removed' in row)).map(({ id }) => id)).toEqual(listed.map(({ id }) => id));
    expect(rows.filter((row) => '@removed' in row).map(({ id }) => id)).toEqual([gone?.['id']]);
    const users = await round('/users/delta?$select=manager');
    await graph.send('DELETE', user(ordinary.id));
    await graph.send('POST', `/directory/deletedItems/${ordinary.id}/restore`);
    await graph.send('DELETE', `${user(ordinary.id)}/manager/$ref`);
    const [row] = (await round(users.link)).pages.flat().filter(({ id }) => id === ordinary.id);
    expect(row?.['manager@delta']).toEqual([expect.objectContaining({ '@removed': { reason: 'deleted' } })]);
  });

  test('a group that brings licenses changes those of whoever comes, leaves, or loses it', async () => {
    await start({ users: 60 });
    const groups = await graph.all('/groups?$select=id,assignedLicenses&$top=999');
    const { id } =
      groups.find(({ assignedLicenses }) => Array.isArray(assignedLicenses) && assignedLicenses.length > 0) ?? {};
    const members = (await graph.all(`/groups/${id}/members?$select=id`)).map((member) => String(member['id']));
    const { newcomer } = graph.tenant.landmarks;
    const first = await round('/users/delta?$select=assignedLicenses');
    await graph.send('POST', `/groups/${id}/members/$ref`, { '@odata.id': graph.link(newcomer.id) });
    await graph.send('DELETE', `/groups/${id}/members/${members[0]}/$ref`);
    const second = await round(first.link);
    expect(second.pages.flat().map((row) => row['id'])).toEqual([newcomer.id, members[0]]);
    await graph.send('DELETE', `/groups/${id}`);
    const third = await round(second.link);
    expect(
      third.pages
        .flat()
        .map((row) => row['id'])
        .toSorted(),
    ).toEqual([newcomer.id, ...members.slice(1)].toSorted());
  });

  test('created, changed, deleted for a while and for good', async () => {
    await start({ users: 60 });
    const { m365, security, nested } = graph.tenant.landmarks.groups;
    const { link } = await round('/groups/delta?$select=displayName,description');
    const body = { displayName: 'Fresh', mailEnabled: false, mailNickname: 'fresh', securityEnabled: true };
    const created = await graph.send('POST', '/groups', body);
    await graph.send('PATCH', `/groups/${nested.id}`, { description: 'changed' });
    await graph.send('DELETE', `/groups/${m365.id}`);
    await graph.send('DELETE', `/groups/${security.id}`);
    const rows = new Map((await round(link)).pages.flat().map((row) => [row['id'], row]));
    expect(rows.get(created.json['id'])).toMatchObject({ displayName: 'Fresh', description: null });
    expect(rows.get(nested.id)).toMatchObject({ description: 'changed' });
    expect(reason(rows.get(m365.id))).toBe('changed');
    expect(reason(rows.get(security.id))).toBe('deleted');
    expect(rows.size).toBe(4);
  });
});
