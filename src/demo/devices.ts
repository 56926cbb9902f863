import type { DirectoryObject } from './directory-object.ts';
import { parts } from './people/cast.ts';
import { directoryTime } from './people/generated.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import type { PersonFacts } from './people/population.ts';
import { stream } from './random.ts';

const platforms = [
  {
    operatingSystem: 'Windows',
    operatingSystemVersion: '10.0.26100.2033',
    manufacturer: 'Fabricated Computers',
    model: 'Slate 7',
    prefix: 'LAPTOP',
  },
  {
    operatingSystem: 'IPhone',
    operatingSystemVersion: '18.1',
    manufacturer: 'Apple',
    model: 'iPhone 15',
    prefix: 'IPHONE',
  },
  {
    operatingSystem: 'AndroidForWork',
    operatingSystemVersion: '15',
    manufacturer: 'Google',
    model: 'Pixel 9',
    prefix: 'ANDROID',
  },
  {
    operatingSystem: 'MacMDM',
    operatingSystemVersion: '15.1',
    manufacturer: 'Apple',
    model: 'MacBook Air',
    prefix: 'MAC',
  },
] as const;

const emptyLists: readonly string[] = ['alternativeSecurityIds', 'physicalIds', 'systemLabels'];
const mostEach = 4;

/** One device, computed from its owner and its place among the owner's devices. */
export class Device implements DirectoryObject {
  readonly kind = 'device';
  readonly id: string;
  readonly ordinal: number;
  /** Place of the person who registered it. */
  readonly ownerIndex: number;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(id: string, ordinal: number, ownerIndex: number, values: Readonly<Record<string, unknown>>) {
    this.id = id;
    this.ordinal = ordinal;
    this.ownerIndex = ownerIndex;
    this.values = values;
  }

  get(property: string): unknown {
    if (property === 'id') return this.id;
    return this.values[property] ?? (emptyLists.includes(property) ? [] : null);
  }
}

/** How many devices each landmark registered. */
const seededCounts: Readonly<Record<number, number>> = {
  [parts.ordinary]: 2,
  [parts.leaver]: 3,
  [parts.busyLeaver]: 3,
  [parts.privilegedLeaver]: 1,
};

/** The devices that people registered: each person owns and uses theirs, and some are used by others too. */
export class Devices {
  readonly #people: People;
  readonly #firstOrdinal: number;
  readonly #gone = new Set<string>();
  readonly #changes = new Map<string, Record<string, unknown>>();
  /** By device id, who uses it besides its owner, as ids. */
  readonly #shared = new Map<string, Set<string>>();

  /** `firstOrdinal` stands after every person's and group's, so that mixed lists show devices last. */
  constructor(people: People, firstOrdinal: number) {
    this.#people = people;
    this.#firstOrdinal = firstOrdinal;
  }

  ownedBy(person: Person): Device[] {
    return person.facts === undefined ? [] : this.#registeredBy(person.facts);
  }

  /** Devices that the person uses: their own, and those shared with them. */
  usedBy(person: Person): Device[] {
    const others = [...this.#shared].filter(([, users]) => users.has(person.id)).flatMap(([id]) => this.find(id) ?? []);
    return [...this.ownedBy(person), ...others];
  }

  ownersOf(device: Device): Person[] {
    const owner = this.#people.byIndex(device.ownerIndex);
    return owner === undefined ? [] : [owner];
  }

  usersOf(device: Device): Person[] {
    const others = [...(this.#shared.get(device.id) ?? [])].flatMap((id) => this.#people.byId(id) ?? []);
    return [...this.ownersOf(device), ...others];
  }

  share(device: Device, person: Person): void {
    this.#shared.set(device.id, (this.#shared.get(device.id) ?? new Set()).add(person.id));
  }

  /** A device stays when whoever registered it is deleted. */
  find(id: string): Device | undefined {
    const { population } = this.#people.origin;
    const index = population.dice.indexOf(stream.device, id);
    const owner = index === undefined ? undefined : Math.floor(index / mostEach);
    if (owner === undefined || owner >= population.size) return undefined;
    return this.#registeredBy(population.facts(owner)).find((device) => device.id === id.toLowerCase());
  }

  /** All devices in order, after the given place. */
  *after(ordinal: number): Generator<Device> {
    const { population } = this.#people.origin;
    const first = Math.max(0, Math.floor((ordinal - this.#firstOrdinal) / mostEach));
    for (let index = first; index < population.size; index += 1) {
      for (const device of this.#registeredBy(population.facts(index))) if (device.ordinal > ordinal) yield device;
    }
  }

  change(device: Device, values: Readonly<Record<string, unknown>>): void {
    this.#changes.set(device.id, { ...this.#changes.get(device.id), ...values });
  }

  /** By id, what was changed about devices. */
  changed(): Record<string, Record<string, unknown>> {
    return Object.fromEntries(this.#changes);
  }

  remove(id: string): void {
    this.#gone.add(id.toLowerCase());
  }

  /** Ids of devices that were deleted. */
  removed(): string[] {
    return [...this.#gone];
  }

  #registeredBy(facts: PersonFacts): Device[] {
    return Array.from({ length: this.#count(facts) }, (_, place) => this.#make(facts.index, place)).filter(
      ({ id }) => !this.#gone.has(id),
    );
  }

  #count(facts: PersonFacts): number {
    if (facts.kind === 'guest' || facts.part?.neverSignedIn) return 0;
    const seeded = seededCounts[facts.index];
    if (seeded !== undefined) return seeded;
    return [0, 1, 1, 2, 3][this.#people.origin.population.dice.below(5, stream.device, facts.index, 1)] ?? 0;
  }

  #make(ownerIndex: number, place: number): Device {
    const { dice } = this.#people.origin.population;
    const { startedAt } = this.#people.origin;
    const index = ownerIndex * mostEach + place;
    const platform = dice.pick(platforms.slice(place === 0 ? 0 : 1), stream.device, index, 2);
    const id = dice.guid(stream.device, index);
    return new Device(id, this.#firstOrdinal + index, ownerIndex, {
      accountEnabled: true,
      approximateLastSignInDateTime: directoryTime(startedAt - dice.below(20 * 86_400_000, stream.device, index, 3)),
      deviceId: dice.guid(stream.device, index + 0x40000000),
      deviceOwnership: place === 0 ? 'Company' : 'Personal',
      displayName: `${platform.prefix}-${dice.roll(stream.device, index, 5).toString(36).toUpperCase()}`,
      isCompliant: dice.below(10, stream.device, index, 6) > 0,
      isManaged: true,
      manufacturer: platform.manufacturer,
      model: platform.model,
      operatingSystem: platform.operatingSystem,
      operatingSystemVersion: platform.operatingSystemVersion,
      profileType: 'RegisteredDevice',
      registrationDateTime: directoryTime(startedAt - 86_400_000 * (30 + dice.below(700, stream.device, index, 4))),
      trustType: place === 0 ? 'AzureAd' : 'Workplace',
      ...this.#changes.get(id),
    });
  }
}
