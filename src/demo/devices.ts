import type { DirectoryObject } from './directory-object.ts';
import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';
import { directoryTime } from './people/generated.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import { stream } from './random.ts';

const deviceProperties = propertyTable({
  string: `deviceCategory deviceId deviceMetadata deviceOwnership displayName enrollmentProfileName enrollmentType
    managementType manufacturer mdmAppId model onPremisesSecurityIdentifier operatingSystem operatingSystemVersion profileType trustType`,
  boolean: 'accountEnabled isCompliant isManaged isManagementRestricted isRooted onPremisesSyncEnabled',
  dateTime: `approximateLastSignInDateTime complianceExpirationDateTime deletedDateTime
    onPremisesLastSyncDateTime registrationDateTime`,
  number: 'deviceVersion',
  strings: 'physicalIds systemLabels',
  complexes: 'alternativeSecurityIds',
});

export const deviceResource: Resource = {
  name: 'Device',
  type: 'microsoft.graph.device',
  properties: deviceProperties,
  // These two come only when they are selected.
  defaults: Object.keys(deviceProperties).filter(
    (name) => name !== 'isManagementRestricted' && name !== 'onPremisesSecurityIdentifier',
  ),
  operators: operatorTable({
    'd---': 'id accountEnabled deviceId isCompliant isManaged physicalIds/*',
    'd--a': 'mdmAppId onPremisesSyncEnabled',
    'dd-a': 'displayName operatingSystem operatingSystemVersion',
    'd-da': 'approximateLastSignInDateTime',
    'a-a-': 'registrationDateTime',
  }),
  endsWith: [],
  searchable: ['displayName'],
  orderby: { displayName: 'advanced', approximateLastSignInDateTime: 'advanced' },
  expandable: ['registeredOwners', 'registeredUsers', 'memberOf'],
  pageSize: { default: 100, max: 999 },
  directory: true,
};

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
class Device implements DirectoryObject {
  readonly kind = 'device';
  readonly id: string;
  readonly ordinal: number;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(id: string, ordinal: number, values: Readonly<Record<string, unknown>>) {
    this.id = id;
    this.ordinal = ordinal;
    this.values = values;
  }

  get(property: string): unknown {
    if (property === 'id') return this.id;
    return this.values[property] ?? (emptyLists.includes(property) ? [] : null);
  }
}

/** The devices that people registered; each person both owns and uses theirs. */
export class Devices {
  readonly #people: People;
  readonly #firstOrdinal: number;
  readonly #gone = new Set<string>();

  /** `firstOrdinal` stands after every person's and group's, so that mixed lists show devices last. */
  constructor(people: People, firstOrdinal: number) {
    this.#people = people;
    this.#firstOrdinal = firstOrdinal;
  }

  of(person: Person): DirectoryObject[] {
    if (person.facts === undefined) return [];
    return Array.from({ length: this.#count(person) }, (_, place) => this.#make(person, place)).filter(
      ({ id }) => !this.#gone.has(id),
    );
  }

  find(id: string): DirectoryObject | undefined {
    const index = this.#people.origin.population.dice.indexOf(stream.device, id);
    if (index === undefined) return undefined;
    const owner = this.#people.byIndex(Math.floor(index / mostEach));
    return owner && this.of(owner).find((device) => device.id === id.toLowerCase());
  }

  remove(id: string): void {
    this.#gone.add(id.toLowerCase());
  }

  /** Ids of devices that were deleted. */
  removed(): string[] {
    return [...this.#gone];
  }

  #count(person: Person): number {
    const { facts } = person;
    if (facts === undefined || facts.kind === 'guest' || facts.part?.neverSignedIn) return 0;
    if (facts.index === 14) return 2;
    return [0, 1, 1, 2, 3][this.#people.origin.population.dice.below(5, stream.device, facts.index, 1)] ?? 0;
  }

  #make(person: Person, place: number): DirectoryObject {
    const { dice } = this.#people.origin.population;
    const { startedAt } = this.#people.origin;
    const index = person.ordinal * mostEach + place;
    const platform = dice.pick(platforms.slice(place === 0 ? 0 : 1), stream.device, index, 2);
    const id = dice.guid(stream.device, index);
    return new Device(id, this.#firstOrdinal + index, {
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
    });
  }
}
