import { z } from 'zod';
import type { GraphClient } from '../../demo/graph-client.ts';

const person = z
  .object({
    id: z.string(),
    displayName: z.string(),
    userPrincipalName: z.string(),
    mail: z.string().nullish(),
    department: z.string().nullish(),
    userType: z.enum(['Member', 'Guest']),
    accountEnabled: z.boolean(),
    createdDateTime: z.string(),
    externalUserState: z.string().nullish(),
    onPremisesSyncEnabled: z.boolean().nullish(),
    employeeId: z.string().nullish(),
    mobilePhone: z.string().nullish(),
    assignedLicenses: z.array(z.object({ skuId: z.string() })),
    signInActivity: z.object({ lastSignInDateTime: z.string().nullish() }).nullish(),
    manager: z.object({ id: z.string() }).nullish(),
  })
  .transform(({ department, mobilePhone, employeeId, signInActivity, manager, ...rest }) => ({
    ...rest,
    department: department ?? null,
    mobilePhone: mobilePhone ?? null,
    employeeId: employeeId ?? null,
    lastSignIn: signInActivity?.lastSignInDateTime ?? null,
    managerId: manager?.id ?? null,
  }));
export type Person = z.output<typeof person>;

const group = z.object({
  id: z.string(),
  displayName: z.string(),
  groupTypes: z.array(z.string()),
  isAssignableToRole: z.boolean().nullish(),
  membershipRule: z.string().nullish(),
});
const member = z.object({ '@odata.type': z.string(), id: z.string() });
const product = z.object({ skuId: z.string(), skuPartNumber: z.string() });

/** A group with the ids of its direct members, and of those who are people. */
export type Group = z.output<typeof group> & {
  readonly members: readonly string[];
  readonly groups: readonly string[];
};

/** What plain GET requests say of a tenant: no delta query, no mirror. */
export class Facts {
  readonly people: readonly Person[];
  readonly groups: readonly Group[];
  readonly #products: ReadonlyMap<string, string>;
  readonly #people: ReadonlyMap<string, Person>;

  private constructor(people: readonly Person[], groups: readonly Group[], products: ReadonlyMap<string, string>) {
    this.people = people;
    this.groups = groups;
    this.#products = products;
    this.#people = new Map(people.map((one) => [one.id, one]));
  }

  static async read(graph: GraphClient): Promise<Facts> {
    const properties = Object.keys(person.in.shape).filter((name) => name !== 'manager');
    const people = await graph.all(`/users?$select=${properties.join(',')}&$expand=manager($select=id)&$top=500`);
    const groups = await graph.all(`/groups?$select=${Object.keys(group.shape).join(',')}&$top=999`);
    const skus = await graph.all('/subscribedSkus');
    return new Facts(
      people.map((each) => person.parse(each)),
      await Promise.all(groups.map((each) => withMembers(group.parse(each), graph))),
      new Map(skus.map((each) => product.parse(each)).map(({ skuId, skuPartNumber }) => [skuId, skuPartNumber])),
    );
  }

  /** @throws where there is nobody with this id. */
  person(id: string): Person {
    const found = this.#people.get(id);
    if (found === undefined) throw new Error(`Nobody has the id ${id}`);
    return found;
  }

  has(id: string): boolean {
    return this.#people.has(id);
  }

  /** @throws where there is no group of this name. */
  group(displayName: string): Group {
    const found = this.groups.find((each) => each.displayName === displayName);
    if (found === undefined) throw new Error(`No group is called ${displayName}`);
    return found;
  }

  /** The people who are members themselves. */
  peopleIn({ members }: Group): Person[] {
    return members.flatMap((id) => this.#people.get(id) ?? []);
  }

  reportsOf({ id }: Person): Person[] {
    return this.people.filter(({ managerId }) => managerId === id);
  }

  /** Names of the products that somebody holds, in order. */
  productsOf({ assignedLicenses }: Person): string[] {
    return assignedLicenses.map(({ skuId }) => this.#products.get(skuId) ?? skuId).sort();
  }
}

async function withMembers(found: z.output<typeof group>, graph: GraphClient): Promise<Group> {
  const members = (await graph.all(`/groups/${found.id}/members?$select=id&$top=999`)).map((each) =>
    member.parse(each),
  );
  const groups = members.filter((each) => each['@odata.type'] === '#microsoft.graph.group');
  return { ...found, members: members.map(({ id }) => id), groups: groups.map(({ id }) => id) };
}
