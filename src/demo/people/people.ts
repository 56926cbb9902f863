import type { DirectoryObject } from '../directory-object.ts';
import { stream } from '../random.ts';
import { directoryTime, generated, type Origin } from './generated.ts';
import type { PersonFacts } from './population.ts';
import { userResource } from './user-resource.ts';

/** A property that other parts of the tenant answer for: licenses, for one. */
type Computed = (person: Person) => unknown;

/** Numbers come from outside the directory: the answer leaves them out. */
const empty = (name: string): unknown => {
  const type = userResource.properties[name];
  if (type === 'number') return undefined;
  return type === 'strings' || type === 'complexes' ? [] : null;
};

/** One user. Of someone generated, only what was changed is kept. */
export class Person implements DirectoryObject {
  readonly kind = 'user';
  readonly ordinal: number;
  readonly #people: People;
  #id: string | undefined;
  #facts: PersonFacts | undefined;

  constructor(people: People, ordinal: number) {
    this.#people = people;
    this.ordinal = ordinal;
  }

  get id(): string {
    this.#id ??= this.#people.idOf(this.ordinal);
    return this.#id;
  }

  /** The seed's facts; undefined for someone created through the API. */
  get facts(): PersonFacts | undefined {
    const { population } = this.#people.origin;
    if (this.ordinal < population.total) this.#facts ??= population.facts(this.ordinal);
    return this.#facts;
  }

  get(property: string): unknown {
    if (property === 'id') return this.id;
    const changes = this.#people.changes(this);
    if (changes !== undefined && Object.hasOwn(changes, property)) return changes[property];
    const computed = this.#people.computed.get(property);
    if (computed !== undefined) return computed(this);
    const { facts } = this;
    const make = facts && generated[property];
    if (make !== undefined && facts !== undefined) return make(facts, this.#people.origin);
    return property === 'signInActivity' ? undefined : empty(property);
  }

  text(property: string): string {
    const value = this.get(property);
    return typeof value === 'string' ? value : '';
  }
}

/** All users: generated ones by index, created ones in memory, and what was changed about either, kept by ordinal. */
export class People {
  readonly origin: Origin;
  readonly computed = new Map<string, Computed>();
  readonly #changes = new Map<number, Record<string, unknown>>();
  readonly #created = new Set<number>();
  readonly #renamed = new Map<string, number>();
  readonly #deleted = new Set<number>();
  readonly #purged = new Set<number>();
  /** Who reports to whom, where that was set: null says to nobody. */
  readonly #managers = new Map<number, number | null>();

  constructor(origin: Origin) {
    this.origin = origin;
    const { population, startedAt } = origin;
    for (let index = population.size; index < population.total; index += 1) {
      this.remove(new Person(this, index), startedAt - (1 + (index - population.size) * 9) * 86_400_000);
    }
  }

  get count(): number {
    return this.origin.population.total + this.#created.size - this.#deleted.size - this.#purged.size;
  }

  idOf(ordinal: number): string {
    const { population } = this.origin;
    return ordinal < population.total ? population.id(ordinal) : population.dice.guid(stream.created, ordinal);
  }

  changes(person: Person): Readonly<Record<string, unknown>> | undefined {
    return this.#changes.get(person.ordinal);
  }

  /** A user who is not deleted, by object id or user principal name. */
  find(key: string): Person | undefined {
    return this.byId(key) ?? this.byUserPrincipalName(key);
  }

  byId(id: string): Person | undefined {
    const ordinal = this.#ordinalOf(id);
    return ordinal === undefined ? undefined : this.byIndex(ordinal);
  }

  byUserPrincipalName(name: string): Person | undefined {
    const low = name.toLowerCase();
    const ordinal = this.#renamed.get(low) ?? this.origin.population.indexOfUserPrincipalName(low);
    const person = ordinal === undefined ? undefined : this.byIndex(ordinal);
    return person?.text('userPrincipalName').toLowerCase() === low ? person : undefined;
  }

  /** Who has the mail address; generated people's is their user principal name, or was. */
  byMail(address: string): Person | undefined {
    const low = address.toLowerCase();
    for (const ordinal of this.#changes.keys()) {
      const person = this.byIndex(ordinal);
      if (person?.text('mail').toLowerCase() === low) return person;
    }
    const index = this.origin.population.indexOfUserPrincipalName(low);
    const person = index === undefined ? undefined : this.byIndex(index);
    return person?.text('mail').toLowerCase() === low ? person : undefined;
  }

  /** A user who is not deleted, by place. */
  byIndex(ordinal: number): Person | undefined {
    return this.#stands(ordinal) ? new Person(this, ordinal) : undefined;
  }

  deletedById(id: string): Person | undefined {
    const ordinal = this.#ordinalOf(id);
    return ordinal !== undefined && this.#deleted.has(ordinal) ? new Person(this, ordinal) : undefined;
  }

  deleted(): Person[] {
    return [...this.#deleted].sort((a, b) => a - b).map((ordinal) => new Person(this, ordinal));
  }

  /** Users who are not deleted, in order, after the given place. */
  *after(ordinal: number): Generator<Person> {
    for (let index = ordinal + 1; index < this.origin.population.total; index += 1) {
      if (this.#stands(index)) yield new Person(this, index);
    }
    for (const created of this.#created) {
      if (created > ordinal && this.#stands(created)) yield new Person(this, created);
    }
  }

  change(person: Person, values: Readonly<Record<string, unknown>>): void {
    const before = person.text('userPrincipalName').toLowerCase();
    this.#changes.set(person.ordinal, { ...this.#changes.get(person.ordinal), ...values });
    const after = values['userPrincipalName'];
    if (typeof after !== 'string') return;
    if (this.#renamed.get(before) === person.ordinal) this.#renamed.delete(before);
    this.#renamed.set(after.toLowerCase(), person.ordinal);
  }

  create(ordinal: number, values: Readonly<Record<string, unknown>>): Person {
    const person = new Person(this, ordinal);
    this.#created.add(ordinal);
    this.change(person, values);
    return person;
  }

  /** Soft delete: gone from every list but that of deleted items. */
  remove(person: Person, atMs: number): void {
    this.#deleted.add(person.ordinal);
    this.change(person, { deletedDateTime: directoryTime(atMs) });
  }

  /** Takes the person back; the name must be free. */
  restore(person: Person, userPrincipalName: string): void {
    this.#deleted.delete(person.ordinal);
    this.change(person, { deletedDateTime: null, userPrincipalName });
  }

  /** Permanent deletion; the id and the name are free of the person. */
  purge(person: Person): void {
    const name = person.text('userPrincipalName').toLowerCase();
    if (this.#renamed.get(name) === person.ordinal) this.#renamed.delete(name);
    this.#deleted.delete(person.ordinal);
    this.#changes.delete(person.ordinal);
    this.#managers.delete(person.ordinal);
    if (!this.#created.delete(person.ordinal)) this.#purged.add(person.ordinal);
  }

  managerOf(person: Person): Person | undefined {
    const set = this.#managers.get(person.ordinal);
    if (set !== undefined) return set === null ? undefined : this.byIndex(set);
    const index = person.facts && this.origin.population.managerIndex(person.ordinal);
    return index === undefined ? undefined : this.byIndex(index);
  }

  setManager(person: Person, manager: Person | null): void {
    this.#managers.set(person.ordinal, manager?.ordinal ?? null);
  }

  reportsOf(manager: Person): Person[] {
    const seeded = manager.facts ? [...this.origin.population.reportIndexes(manager.ordinal)] : [];
    const reports = seeded.filter((index) => !this.#managers.has(index));
    for (const [ordinal, managerOrdinal] of this.#managers)
      if (managerOrdinal === manager.ordinal) reports.push(ordinal);
    return reports.sort((a, b) => a - b).flatMap((ordinal) => this.byIndex(ordinal) ?? []);
  }

  /** Everyone who is not as the seed made them: created, changed or deleted; and the ids of those who are gone. */
  touched(): { changed: Person[]; purged: string[] } {
    const ordinals = new Set([...this.#changes.keys(), ...this.#managers.keys()]);
    return {
      changed: [...ordinals].map((ordinal) => new Person(this, ordinal)),
      purged: [...this.#purged].map((ordinal) => this.idOf(ordinal)),
    };
  }

  #stands(ordinal: number): boolean {
    if (this.#deleted.has(ordinal) || this.#purged.has(ordinal)) return false;
    return ordinal < this.origin.population.total || this.#created.has(ordinal);
  }

  #ordinalOf(id: string): number | undefined {
    const { population } = this.origin;
    const created = population.dice.indexOf(stream.created, id);
    const ordinal =
      population.indexOfId(id) ?? (created !== undefined && this.#created.has(created) ? created : undefined);
    return ordinal === undefined || this.#purged.has(ordinal) ? undefined : ordinal;
  }
}
