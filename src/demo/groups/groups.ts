import type { DirectoryObject } from '../directory-object.ts';
import { directoryTime } from '../people/generated.ts';
import type { People } from '../people/people.ts';
import { Person } from '../people/person.ts';
import type { PersonFacts } from '../people/population.ts';
import type { Replication } from '../replication.ts';
import { type MembershipRule, parseMembershipRule } from './membership-rule.ts';

/** Who belongs to a group from the start, said as a rule over what the seed makes. */
export type SeededMembership = (facts: PersonFacts) => boolean;

const listProperties = [
  'groupTypes',
  'proxyAddresses',
  'resourceBehaviorOptions',
  'resourceProvisioningOptions',
  'assignedLabels',
  'assignedLicenses',
  'onPremisesProvisioningErrors',
  'serviceProvisioningErrors',
];

/** One group: its properties, its owners, and who was put in or taken out. */
export class Group implements DirectoryObject {
  readonly kind = 'group';
  readonly id: string;
  readonly ordinal: number;
  readonly values: Record<string, unknown>;
  readonly seeded: SeededMembership | undefined;
  readonly added = new Set<string>();
  readonly removed = new Set<string>();
  readonly owners = new Set<string>();
  #rule: { text: string; rule: MembershipRule } | undefined;

  constructor(id: string, ordinal: number, values: Record<string, unknown>, seeded?: SeededMembership) {
    this.id = id;
    this.ordinal = ordinal;
    this.values = values;
    this.seeded = seeded;
  }

  get(property: string): unknown {
    if (property === 'id') return this.id;
    const value = this.values[property];
    return value === undefined ? (listProperties.includes(property) ? [] : null) : value;
  }

  get isUnified(): boolean {
    return this.#hasType('Unified');
  }

  get isDynamic(): boolean {
    return this.#hasType('DynamicMembership');
  }

  get isSynced(): boolean {
    return this.values['onPremisesSyncEnabled'] === true;
  }

  /** Distribution lists and mail-enabled security groups: Exchange alone changes them. */
  get isExchangeManaged(): boolean {
    return this.values['mailEnabled'] === true && !this.isUnified;
  }

  /** Whether the object is a direct member. */
  has(object: DirectoryObject): boolean {
    if (this.isDynamic) return object instanceof Person && this.#dynamicRule()(object);
    if (this.removed.has(object.id)) return false;
    if (this.added.has(object.id)) return true;
    return (
      this.seeded !== undefined && object instanceof Person && object.facts !== undefined && this.seeded(object.facts)
    );
  }

  add(object: DirectoryObject): void {
    this.removed.delete(object.id);
    if (!this.has(object)) this.added.add(object.id);
  }

  remove(object: DirectoryObject): void {
    this.added.delete(object.id);
    if (this.has(object)) this.removed.add(object.id);
  }

  /** Whether members can only be found by going through everyone. */
  get isRuled(): boolean {
    return this.isDynamic || this.seeded !== undefined;
  }

  #hasType(type: string): boolean {
    const types = this.values['groupTypes'];
    return Array.isArray(types) && types.includes(type);
  }

  #dynamicRule(): MembershipRule {
    const text = String(this.values['membershipRule'] ?? '');
    if (this.#rule?.text !== text) this.#rule = { text, rule: text === '' ? () => false : parseMembershipRule(text) };
    return this.#rule.rule;
  }
}

/** All groups, deleted ones apart. */
export class Groups {
  readonly #people: People;
  readonly #groups = new Map<string, Group>();
  readonly #deleted = new Map<string, Group>();
  readonly #replication: Replication;
  #inOrder: readonly Group[] | undefined;

  constructor(people: People, replication: Replication) {
    this.#people = people;
    this.#replication = replication;
  }

  put(group: Group): Group {
    this.#groups.set(group.id, group);
    this.#inOrder = undefined;
    return group;
  }

  /** Adds a new group, which others see later. */
  create(group: Group): void {
    this.put(group);
    this.#replication.begin(group.ordinal);
  }

  find(id: string): Group | undefined {
    const group = this.#groups.get(id.toLowerCase());
    return group === undefined || this.#replication.hides(group.ordinal) ? undefined : group;
  }

  deletedById(id: string): Group | undefined {
    return this.#deleted.get(id.toLowerCase());
  }

  deleted(): Group[] {
    return [...this.#deleted.values()];
  }

  all(): readonly Group[] {
    const all = this.withUnseen();
    return this.#replication.hidden === 0 ? all : all.filter(({ ordinal }) => !this.#replication.hides(ordinal));
  }

  /** All groups, those that do not show yet among them: what a check for a free name looks at. */
  withUnseen(): readonly Group[] {
    this.#inOrder ??= [...this.#groups.values()].sort((a, b) => a.ordinal - b.ordinal);
    return this.#inOrder;
  }

  /** M365 groups can be restored for a while; others are gone at once (GRAPH.md K5). */
  remove(group: Group, atMs: number): void {
    this.#groups.delete(group.id);
    this.#inOrder = undefined;
    if (!group.isUnified) return;
    group.values['deletedDateTime'] = directoryTime(atMs);
    this.#deleted.set(group.id, group);
  }

  restore(group: Group): void {
    group.values['deletedDateTime'] = null;
    this.#deleted.delete(group.id);
    this.create(group);
  }

  purge(group: Group): void {
    this.#deleted.delete(group.id);
  }

  /** Drops an object that is gone for good from every group. */
  forget(id: string): void {
    for (const group of this.#groups.values()) {
      group.added.delete(id);
      group.owners.delete(id);
    }
  }

  /** The groups that hold the object directly. */
  holding(object: DirectoryObject): Group[] {
    return this.all().filter((group) => group.id !== object.id && group.has(object));
  }

  /** The groups that hold the object directly or through other groups. */
  holdingTransitively(object: DirectoryObject): Group[] {
    const found = new Map<string, Group>();
    const visit = (inner: DirectoryObject): void => {
      for (const group of this.holding(inner)) {
        if (found.has(group.id)) continue;
        found.set(group.id, group);
        visit(group);
      }
    };
    visit(object);
    return [...found.values()].sort((a, b) => a.ordinal - b.ordinal);
  }

  /** The group and every group nested in it. */
  nested(group: Group): Group[] {
    const found = new Map([[group.id, group]]);
    for (const outer of found.values()) {
      for (const id of outer.added) {
        const inner = this.find(id);
        if (inner) found.set(inner.id, inner);
      }
    }
    return [...found.values()];
  }

  /** Members of any of the groups, each once, in order, after the given place. `resolve` finds an object by id. */
  *membersAfter(
    groups: readonly Group[],
    ordinal: number,
    resolve: (id: string) => DirectoryObject | undefined,
  ): Generator<DirectoryObject> {
    const ruled = groups.filter((group) => group.isRuled);
    const ids = new Set(groups.filter((group) => !group.isDynamic).flatMap((group) => [...group.added]));
    const explicit = [...ids]
      .flatMap((id) => resolve(id) ?? [])
      .filter((object) => object.ordinal > ordinal)
      .sort((a, b) => a.ordinal - b.ordinal);
    let next = 0;
    for (const person of ruled.length > 0 ? this.#people.after(ordinal) : []) {
      for (; (explicit[next]?.ordinal ?? Number.POSITIVE_INFINITY) < person.ordinal; next += 1)
        yield* explicit.slice(next, next + 1);
      if (explicit[next]?.id === person.id) next += 1;
      else if (!ruled.some((group) => group.has(person))) continue;
      yield person;
    }
    yield* explicit.slice(next);
  }
}
