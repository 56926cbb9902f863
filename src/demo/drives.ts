import type { Licenses } from './licenses.ts';
import { propertyTable, type Resource } from './odata/resource.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';

export const driveResource: Resource = {
  name: 'Drive',
  type: 'microsoft.graph.drive',
  properties: propertyTable({
    string: 'description driveType name webUrl',
    dateTime: 'createdDateTime lastModifiedDateTime',
    complex: 'owner quota',
  }),
  operators: {},
  endsWith: [],
  searchable: [],
  orderby: {},
  expandable: [],
  pageSize: { default: 200, max: 999 },
  directory: false,
};

/** Whom the root of a drive is shared with. */
export interface DrivePermission {
  readonly id: string;
  readonly roles: readonly string[];
  readonly person: Person;
}

/** OneDrives. Whoever ever had a license with SharePoint keeps theirs, also after the license, and for a while after deletion. */
export class Drives {
  readonly #people: People;
  readonly #licenses: Licenses;
  readonly #provisioned = new Set<string>();
  /** By id of the owner, ids of people and their roles. */
  readonly #shared = new Map<string, Map<string, readonly string[]>>();

  constructor(people: People, licenses: Licenses) {
    this.#people = people;
    this.#licenses = licenses;
  }

  has(person: Person): boolean {
    if (this.#provisioned.has(person.id) || this.#licenses.startedWith(person, sharePoint)) return true;
    if (!this.#licenses.hasPlan(person, sharePoint)) return false;
    this.#provisioned.add(person.id);
    return true;
  }

  /** The owner of a drive. */
  ownerOf(driveId: string): Person | undefined {
    const hex = Buffer.from(driveId.replace(/^b!/, ''), 'base64url').toString('hex');
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const owner = this.#people.byId(id) ?? this.#people.deletedById(id);
    return owner !== undefined && driveIdOf(owner) === driveId && this.has(owner) ? owner : undefined;
  }

  permissions(owner: Person): DrivePermission[] {
    return [...(this.#shared.get(owner.id) ?? [])].flatMap(([id, roles]) => {
      const person = this.#people.byId(id);
      return person === undefined ? [] : [{ id: permissionIdOf(person), roles, person }];
    });
  }

  /** Shares the root; whoever has it shared already gets the new roles. */
  share(owner: Person, person: Person, roles: readonly string[]): DrivePermission {
    this.#shared.set(owner.id, (this.#shared.get(owner.id) ?? new Map()).set(person.id, roles));
    return { id: permissionIdOf(person), roles, person };
  }

  unshare(owner: Person, person: Person): void {
    this.#shared.get(owner.id)?.delete(person.id);
  }

  forget(personId: string): void {
    this.#shared.delete(personId);
    this.#provisioned.delete(personId);
  }
}

const sharePoint = /^SHAREPOINT(ENTERPRISE|STANDARD)$/;

export const driveIdOf = ({ id }: Person): string =>
  `b!${Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')}`;

/** Sharing twice with someone is one permission: the id is made of their name. */
export const permissionIdOf = (person: Person): string =>
  Buffer.from(`i:0#.f|membership|${person.text('userPrincipalName').toLowerCase()}`).toString('base64url');
