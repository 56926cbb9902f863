import type { GraphClient } from '../../demo/graph-client.ts';
import type { Facts, Person } from './facts.ts';
import { daysBefore } from './question.ts';

/** Changes a tenant as its administrators would, by plain requests. Whom it takes is the same in every run. */
export class Staging {
  readonly #graph: GraphClient;
  readonly #facts: Facts;
  readonly #now: number;

  constructor(graph: GraphClient, facts: Facts, now: number) {
    this.#graph = graph;
    this.#facts = facts;
    this.#now = now;
  }

  /** What people ask for, and a fresh tenant has none of. */
  async beforeTheFirstSync(): Promise<void> {
    await this.#licenseGuests();
    const [first, second, third] = this.#some('Guest', 3);
    const [one, other] = this.#some('Member', 2);
    await this.#group('Empty Team', []);
    await this.#group('Abandoned Project', []);
    await this.#group('Partners', [first, second]);
    await this.#group('Partners and Staff', [third, one]);
    await this.#join('Access Reviewers', one);
    await this.#join('Access Reviewers', other);
    await this.#disableManagers();
    for (const { id } of this.#some('Member', 5, 40)) await this.#send('DELETE', `/users/${id}/manager/$ref`);
    const [known, copied] = this.#some('Member', 2, 60);
    await this.#send('PATCH', `/users/${copied.id}`, {
      employeeId: known.employeeId,
      displayName: known.displayName,
    });
    const holders = this.#inCloud().filter((one) => this.#facts.productsOf(one).includes('SPE_E3'));
    await this.#send('POST', '/invitations', {
      invitedUserEmailAddress: 'lena@partner.example',
      inviteRedirectUrl: 'https://myapps.microsoft.com',
    });
    for (const holder of holders.slice(10, 13)) await this.#license(holder, 'SPE_E5');
  }

  /** A day later. */
  async firstChanges(): Promise<void> {
    await this.#move(['Sales', 'Legal', 'Finance'], 'Operations');
    const [left, joined, moved] = this.#some('Member', 3, 80);
    await this.#send('DELETE', `/users/${left.id}`);
    await this.#join('VPN Users', joined);
    const boss = this.#graph.link(this.#facts.group('All Employees').members[3] ?? '');
    await this.#send('PUT', `/users/${moved.id}/manager/$ref`, { '@odata.id': boss });
  }

  /** More than a week after those. */
  async laterChanges(): Promise<void> {
    await this.#move(['Marketing', 'Sales'], 'Sales');
    const [left, joined, other] = this.#some('Member', 3, 100);
    await this.#send('DELETE', `/users/${left.id}`);
    await this.#join('VPN Users', joined);
    await this.#join('Project Aurora', joined);
    await this.#join('Project Aurora', other);
    const leaving = this.#facts.peopleIn(this.#facts.group('VPN Users')).slice(0, 2);
    const { id } = this.#facts.group('VPN Users');
    for (const member of leaving) await this.#send('DELETE', `/groups/${id}/members/${member.id}/$ref`);
    await this.#send('POST', '/users', {
      accountEnabled: true,
      displayName: 'Noor Winter',
      mailNickname: 'noor.winter',
      userPrincipalName: `noor.winter@${this.#graph.tenant.domain}`,
      department: 'Sales',
      passwordProfile: { password: 'Long-enough-4-a-test' },
    });
  }

  /** Guests with E5: who came lately, who did not, who never came, and who is disabled. */
  async #licenseGuests(): Promise<void> {
    const guests = this.#facts.people.filter(({ userType }) => userType === 'Guest');
    const stale = guests.filter(({ lastSignIn }) => lastSignIn !== null && lastSignIn < daysBefore(this.#now, 100));
    const recent = guests.filter(({ lastSignIn }) => lastSignIn !== null && lastSignIn > daysBefore(this.#now, 50));
    const never = guests.filter(({ lastSignIn }) => lastSignIn === null);
    for (const guest of [...stale.slice(0, 4), ...recent.slice(0, 3), ...never]) await this.#license(guest, 'SPE_E5');
    for (const { id } of stale.slice(0, 1)) await this.#send('PATCH', `/users/${id}`, { accountEnabled: false });
  }

  async #disableManagers(): Promise<void> {
    const managers = this.#inCloud().filter((one) => this.#facts.reportsOf(one).length > 0 && one.managerId !== null);
    for (const { id } of managers.slice(-2)) await this.#send('PATCH', `/users/${id}`, { accountEnabled: false });
  }

  /** Somebody of each department comes into another one: dynamic groups follow. */
  async #move(departments: readonly string[], to: string): Promise<void> {
    for (const department of departments) {
      const found = this.#inCloud()
        .filter((one) => one.department === department)
        .at(5);
      if (found !== undefined) await this.#send('PATCH', `/users/${found.id}`, { department: to });
    }
  }

  async #group(displayName: string, members: readonly Person[]): Promise<void> {
    const mailNickname = displayName.replaceAll(' ', '');
    const body = { displayName, mailNickname, mailEnabled: false, securityEnabled: true };
    const id = await this.#send('POST', '/groups', body);
    for (const member of members) await this.#add(id, member);
  }

  async #join(group: string, member: Person): Promise<void> {
    const { id, members } = this.#facts.group(group);
    if (!members.includes(member.id)) await this.#add(id, member);
  }

  async #add(groupId: string, member: Person): Promise<void> {
    await this.#send('POST', `/groups/${groupId}/members/$ref`, { '@odata.id': this.#graph.link(member.id) });
  }

  async #license({ id }: Person, name: string): Promise<void> {
    const skus = await this.#graph.all('/subscribedSkus');
    const skuId = skus.find(({ skuPartNumber }) => skuPartNumber === name)?.['skuId'];
    await this.#send('PATCH', `/users/${id}`, { usageLocation: 'DE' });
    const addLicenses = [{ skuId, disabledPlans: [] }];
    await this.#send('POST', `/users/${id}/assignLicense`, { addLicenses, removeLicenses: [] });
  }

  /** People of a kind who are mastered in the cloud, from a place in the list on. */
  #some(userType: Person['userType'], count: 2, from?: number): [Person, Person];
  #some(userType: Person['userType'], count: 3, from?: number): [Person, Person, Person];
  #some(userType: Person['userType'], count: number, from?: number): Person[];
  #some(userType: Person['userType'], count: number, from = 10): Person[] {
    return this.#inCloud()
      .filter((one) => one.userType === userType)
      .slice(from, from + count);
  }

  #inCloud(): Person[] {
    return this.#facts.people.filter(({ onPremisesSyncEnabled }) => onPremisesSyncEnabled !== true);
  }

  async #send(method: string, path: string, body?: object): Promise<string> {
    const { status, text, json } = await this.#graph.send(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return String(json['id']);
  }
}
