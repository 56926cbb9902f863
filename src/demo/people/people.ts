import { stream } from '../random.ts';
import type { Replication } from '../replication.ts';
import { directoryTime, type Origin } from './generated.ts';
import { type Computed, Person } from './person.ts';

/** Hears of every change to people. */
export interface PeopleWatcher {
  /** Called before properties change; what it gives back is called afterwards. */
  changing(person: Person, properties: readonly string[]): () => void;
  /** Created, or restored: all of the person is new. */
  appeared(person: Person): void;
  /** Deleted, or gone for good. */
  left(person: Person): void;
  managed(person: Person, before: Person | undefined, after: Person | undefined): void;
}

/** All users: generated ones by index, created ones in memory, and what was changed about either, kept by ordinal. */
export class People {
  readonly origin: Origin;
  readonly #replication: Replication;
  readonly computed = new Map<string, Computed>();
  watcher: PeopleWatcher | undefined;
  readonly #changes = new Map<number, Record<string, unknown>>();
  readonly #created = new Set<number>();
  readonly #renamed = new Map<string, number>();
  readonly #deleted = new Set<number>();
  readonly #purged = new Set<number>();
  /** Who reports to whom, where that was set: null says to nobody. */
  readonly #managers = new Map<number, number | null>();

  constructor(origin: Origin, replication: Replication) {
    this.origin = origin;
    this.#replication = replication;
    const { population, startedAt } = origin;
    for (let index = population.size; index < population.total; index += 1) {
      this.remove(new Person(this, index), startedAt - (1 + (index - population.size) * 9) * 86_400_000);
    }
  }

  get count(): number {
    const { total } = this.origin.population;
    return total + this.#created.size - this.#deleted.size - this.#purged.size - this.#replication.hidden;
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

  /** Who keeps others from the user principal name, someone who does not show yet among them. */
  holderOfName(name: string): Person | undefined {
    const low = name.toLowerCase();
    const ordinal = this.#renamed.get(low) ?? this.origin.population.indexOfUserPrincipalName(low);
    const person = ordinal === undefined ? undefined : this.#standing(ordinal);
    return person?.text('userPrincipalName').toLowerCase() === low ? person : undefined;
  }

  /** Who has the mail address, someone who does not show yet among them. */
  holderOfMail(address: string): Person | undefined {
    const low = address.toLowerCase();
    const has = (person: Person | undefined): boolean => person?.text('mail').toLowerCase() === low;
    for (const ordinal of this.#changes.keys()) {
      const person = this.#standing(ordinal);
      if (has(person)) return person;
    }
    const index = this.origin.population.indexOfMail(low);
    const person = index === undefined ? undefined : this.#standing(index);
    return has(person) ? person : undefined;
  }

  /** A user who is not deleted, by place. */
  byIndex(ordinal: number): Person | undefined {
    return this.#replication.hides(ordinal) ? undefined : this.#standing(ordinal);
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
      if (this.#shows(index)) yield new Person(this, index);
    }
    for (const created of this.#created) {
      if (created > ordinal && this.#shows(created)) yield new Person(this, created);
    }
  }

  change(person: Person, values: Readonly<Record<string, unknown>>): void {
    const settle = this.watcher?.changing(person, Object.keys(values));
    const before = person.text('userPrincipalName').toLowerCase();
    this.#changes.set(person.ordinal, { ...this.#changes.get(person.ordinal), ...values });
    settle?.();
    const after = values['userPrincipalName'];
    if (typeof after !== 'string') return;
    if (this.#renamed.get(before) === person.ordinal) this.#renamed.delete(before);
    this.#renamed.set(after.toLowerCase(), person.ordinal);
  }

  create(ordinal: number, values: Readonly<Record<string, unknown>>): Person {
    const person = new Person(this, ordinal);
    this.#created.add(ordinal);
    this.change(person, values);
    this.#replication.begin(ordinal);
    this.watcher?.appeared(person);
    return person;
  }

  /** Soft delete: gone from every list but that of deleted items. */
  remove(person: Person, atMs: number): void {
    this.#deleted.add(person.ordinal);
    this.change(person, { deletedDateTime: directoryTime(atMs) });
    this.watcher?.left(person);
  }

  /** Takes the person back; the name must be free. */
  restore(person: Person, userPrincipalName: string): void {
    this.#deleted.delete(person.ordinal);
    this.change(person, { deletedDateTime: null, userPrincipalName });
    this.#replication.begin(person.ordinal);
    this.watcher?.appeared(person);
  }

  /** Permanent deletion; the id and the name are free of the person. */
  purge(person: Person): void {
    const name = person.text('userPrincipalName').toLowerCase();
    if (this.#renamed.get(name) === person.ordinal) this.#renamed.delete(name);
    this.#deleted.delete(person.ordinal);
    this.#changes.delete(person.ordinal);
    this.#managers.delete(person.ordinal);
    this.watcher?.left(person);
    if (!this.#created.delete(person.ordinal)) this.#purged.add(person.ordinal);
  }

  managerOf(person: Person): Person | undefined {
    const set = this.#managers.get(person.ordinal);
    if (set !== undefined) return set === null ? undefined : this.byIndex(set);
    const index = person.facts && this.origin.population.managerIndex(person.ordinal);
    return index === undefined ? undefined : this.byIndex(index);
  }

  setManager(person: Person, manager: Person | null): void {
    const before = this.managerOf(person);
    this.#managers.set(person.ordinal, manager?.ordinal ?? null);
    this.watcher?.managed(person, before, manager ?? undefined);
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

  #shows(ordinal: number): boolean {
    return this.#stands(ordinal) && !this.#replication.hides(ordinal);
  }

  #standing(ordinal: number): Person | undefined {
    return this.#stands(ordinal) ? new Person(this, ordinal) : undefined;
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
