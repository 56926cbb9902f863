import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { GraphClient } from './graph-client.ts';

// Everything is taken from someone, as an offboarding would, and given back.

let graph: GraphClient;
beforeEach(async () => {
  graph = await GraphClient.start({ users: 60 });
});
afterEach(() => graph.tenant.close());

type Item = Record<string, unknown>;

const done = async (method: string, path: string, body?: unknown) => {
  const answer = await graph.send(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer;
};
const items = async (path: string): Promise<Item[]> => (await graph.get(path)).items;
const link = (id: unknown) => ({ '@odata.id': graph.link(String(id)) });
const isOpen = (group: Item) =>
  group['onPremisesSyncEnabled'] !== true &&
  !JSON.stringify(group['groupTypes']).includes('DynamicMembership') &&
  (group['mailEnabled'] !== true || JSON.stringify(group['groupTypes']).includes('Unified'));

const licenseStates = z.object({
  licenseAssignmentStates: z.array(
    z.object({ skuId: z.string(), assignedByGroup: z.string().nullable(), disabledPlans: z.array(z.string()) }),
  ),
});

type Act = () => Promise<unknown>;

/** Takes all that can be taken from someone, and remembers how to give it back. */
class Stripping {
  readonly #id: string;
  readonly #successor: string;
  readonly #undo: Act[] = [];

  constructor(id: string, successor: string) {
    this.#id = id;
    this.#successor = successor;
  }

  async all(): Promise<void> {
    await this.#devices();
    await this.#mailboxAndDrive();
    await this.#owned();
    await this.#apps();
    await this.#licenses();
    await this.#memberships();
    await this.#people();
  }

  /** What was done last is undone first. */
  async undo(): Promise<void> {
    for (const give of this.#undo.toReversed()) await give();
  }

  get #user(): string {
    return `/users/${this.#id}`;
  }

  async #step(take: Act, give: Act): Promise<void> {
    await take();
    this.#undo.push(give);
  }

  /** Out of a collection of references, or into it. */
  #leave(collection: string, id = this.#id): Promise<void> {
    return this.#step(
      () => done('DELETE', `${collection}/${id}/$ref`),
      () => done('POST', `${collection}/$ref`, link(id)),
    );
  }

  #join(collection: string, id: string): Promise<void> {
    return this.#step(
      () => done('POST', `${collection}/$ref`, link(id)),
      () => done('DELETE', `${collection}/${id}/$ref`),
    );
  }

  async #devices(): Promise<void> {
    for (const { id } of await items(`${this.#user}/ownedDevices?$select=id`)) {
      const set = (accountEnabled: boolean) => done('PATCH', `/devices/${id}`, { accountEnabled });
      await this.#step(
        () => set(false),
        () => set(true),
      );
    }
  }

  async #mailboxAndDrive(): Promise<void> {
    const reply = (status: string) =>
      done('PATCH', `${this.#user}/mailboxSettings`, { automaticRepliesSetting: { status } });
    await this.#step(
      () => reply('alwaysEnabled'),
      () => reply('disabled'),
    );
    const drive = (await graph.get(`${this.#user}/drive?$select=id`)).json['id'];
    const recipients = [{ objectId: this.#successor }];
    const sharing = { recipients, roles: ['write'], requireSignIn: true, sendInvitation: false };
    const [permission] = (await done('POST', `/drives/${drive}/root/invite`, sharing)).items;
    this.#undo.push(() => done('DELETE', `/drives/${drive}/root/permissions/${permission?.['id']}`));
  }

  async #owned(): Promise<void> {
    for (const [cast, collection] of [
      ['group', 'groups'],
      ['application', 'applications'],
      ['servicePrincipal', 'servicePrincipals'],
    ]) {
      for (const { id } of await items(`${this.#user}/ownedObjects/microsoft.graph.${cast}`)) {
        await this.#join(`/${collection}/${id}/owners`, this.#successor);
        await this.#leave(`/${collection}/${id}/owners`);
      }
    }
  }

  async #apps(): Promise<void> {
    const roles = `${this.#user}/appRoleAssignments`;
    for (const { id, principalId, resourceId, appRoleId } of await items(roles)) {
      if (principalId !== this.#id) continue;
      await this.#step(
        () => done('DELETE', `${roles}/${id}`),
        () => done('POST', roles, { principalId, resourceId, appRoleId }),
      );
    }
    for (const { id, ...consent } of await items(`${this.#user}/oauth2PermissionGrants`)) {
      await this.#step(
        () => done('DELETE', `/oauth2PermissionGrants/${id}`),
        () => done('POST', '/oauth2PermissionGrants', consent),
      );
    }
  }

  async #licenses(): Promise<void> {
    const { json } = await graph.get(`${this.#user}?$select=licenseAssignmentStates`);
    const direct = licenseStates
      .parse(json)
      .licenseAssignmentStates.filter(({ assignedByGroup }) => assignedByGroup === null)
      .map(({ skuId, disabledPlans }) => ({ skuId, disabledPlans }));
    const assign = (addLicenses: readonly object[], removeLicenses: readonly string[]) =>
      done('POST', `${this.#user}/assignLicense`, { addLicenses, removeLicenses });
    const skuIds = direct.map(({ skuId }) => skuId);
    await this.#step(
      () => assign([], skuIds),
      () => assign(direct, []),
    );
  }

  async #memberships(): Promise<void> {
    for (const { id } of await items(`${this.#user}/memberOf/microsoft.graph.administrativeUnit`)) {
      await this.#leave(`/directory/administrativeUnits/${id}/members`);
    }
    const groups = await items(`${this.#user}/memberOf/microsoft.graph.group?$top=999`);
    for (const { id } of groups.filter(isOpen)) await this.#leave(`/groups/${id}/members`);
  }

  async #people(): Promise<void> {
    const select = '$select=id,onPremisesSyncEnabled';
    const reports = await items(`${this.#user}/directReports/microsoft.graph.user?${select}`);
    for (const { id } of reports.filter((report) => report['onPremisesSyncEnabled'] !== true)) {
      const set = (manager: string) => done('PUT', `/users/${id}/manager/$ref`, link(manager));
      await this.#step(
        () => set(this.#successor),
        () => set(this.#id),
      );
    }
    const above = (await graph.get(`${this.#user}/manager?$select=id`)).json['id'];
    await this.#step(
      () => done('DELETE', `${this.#user}/manager/$ref`),
      () => done('PUT', `${this.#user}/manager/$ref`, link(above)),
    );
    for (const { id } of await items(`${this.#user}/sponsorOf`)) {
      await this.#join(`/users/${id}/sponsors`, this.#successor);
      await this.#leave(`/users/${id}/sponsors`);
    }
  }
}

test('the leaver keeps what only others can take, and gets everything back', async () => {
  const { leaver, manager, groups } = graph.tenant.landmarks;
  const before = graph.tenant.snapshot();
  const stripping = new Stripping(leaver.id, manager.id);
  await stripping.all();
  const after = graph.tenant.snapshot().holdings[leaver.id];
  expect(after).toMatchObject({ owns: [], appRoles: [], consents: [], administrativeUnits: [], sponsorOf: [] });
  expect(after?.devices.map(({ accountEnabled }) => accountEnabled)).toEqual([false, false, false]);
  expect(after?.directReports).toEqual([graph.tenant.landmarks.synced.id]);
  expect(after?.drivePermissions).toEqual([{ userId: manager.id, roles: ['write'] }]);
  expect(after?.memberOf).toHaveLength(3);
  expect(after?.memberOf).toContain(groups.dynamic.id);
  expect(graph.tenant.snapshot().users[leaver.id]).not.toHaveProperty('assignedLicenses');
  await stripping.undo();
  const undone = graph.tenant.snapshot();
  expect(undone.holdings).toEqual(before.holdings);
  expect(undone.users).toEqual(before.users);
  expect(undone.appOwners).toEqual(before.appOwners);
  expect(undone.administrativeUnits).toEqual(before.administrativeUnits);
});

test('a deletion keeps what a person had, and a restore brings it back', async () => {
  const { leaver, groups } = graph.tenant.landmarks;
  const before = graph.tenant.snapshot();
  await done('DELETE', `/users/${leaver.id}`);
  const members = await items(`/groups/${groups.licensed.id}/members?$select=id`);
  expect(members.map((member) => member['id'])).not.toContain(leaver.id);
  expect((await graph.get(`/users/${leaver.id}/memberOf`)).status).toBe(404);
  await done('POST', `/directory/deletedItems/${leaver.id}/restore`);
  const after = graph.tenant.snapshot();
  expect(after.holdings).toEqual(before.holdings);
  expect(after.users[leaver.id]).toEqual(before.users[leaver.id]);
});

test('who is gone for good is nowhere any more', async () => {
  const { leaver } = graph.tenant.landmarks;
  await done('DELETE', `/users/${leaver.id}`);
  await done('DELETE', `/directory/deletedItems/${leaver.id}`);
  const { directoryAudits: _, purgedUsers, holdings, appOwners, administrativeUnits } = graph.tenant.snapshot();
  expect(purgedUsers).toEqual([leaver.id]);
  expect(JSON.stringify([holdings, appOwners, administrativeUnits])).not.toContain(leaver.id);
});
