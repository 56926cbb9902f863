import type { DirectoryObject } from '../directory-object.ts';
import { generated } from './generated.ts';
import type { People } from './people.ts';
import type { PersonFacts } from './population.ts';
import { userResource } from './user-resource.ts';

/** A property that other parts of the tenant answer for: licenses, for one. */
export type Computed = (person: Person) => unknown;

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
