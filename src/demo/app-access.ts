import { type Apps, defaultAccess, expenseRoles, expensesAppId, graphAppId, notesAppId } from './apps.ts';
import { type DirectoryObject, Row } from './directory-object.ts';
import type { Groups } from './groups/groups.ts';
import { parts } from './people/cast.ts';
import { directoryTime } from './people/generated.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import { stream } from './random.ts';

/** What a delegated permission grant says. */
export interface Consent {
  readonly clientId: string;
  readonly consentType: 'AllPrincipals' | 'Principal';
  readonly principalId: string | null;
  readonly resourceId: string;
  readonly scope: string;
}

const mostEach = 8;
const firstOfPeople = 16;

/** Who may use which app: app roles given to people and groups, and consents. Of people nobody touched, it is computed. */
export class AppAccess {
  readonly #apps: Apps;
  readonly #people: People;
  readonly #groups: Groups;
  readonly #assignments = new Map<string, readonly Row[]>();
  readonly #consents = new Map<string, readonly Row[]>();
  readonly #forEveryone: Row[] = [];

  constructor(apps: Apps, people: People, groups: Groups) {
    this.#apps = apps;
    this.#people = people;
    this.#groups = groups;
    const [client, resource] = [apps.byAppId(expensesAppId), apps.byAppId(graphAppId)];
    if (client && resource) {
      this.addConsent({
        clientId: client.id,
        consentType: 'AllPrincipals',
        principalId: null,
        resourceId: resource.id,
        scope: 'openid profile User.Read',
      });
    }
  }

  /** The app roles that a person or a group was given itself. */
  assignmentsOf(principal: DirectoryObject): readonly Row[] {
    const kept = this.#assignments.get(principal.id);
    if (kept !== undefined) return kept;
    const person = this.#people.byId(principal.id);
    return person === undefined ? [] : this.#seededAssignments(person);
  }

  /**
   * What Graph lists as the app roles of a person: those of the groups they are in directly, too.
   * [learn.microsoft.com/graph/api/user-list-approleassignments]
   */
  listedFor(person: Person): Row[] {
    const inherited = this.#groups.holding(person).flatMap((group) => this.assignmentsOf(group));
    return [...this.assignmentsOf(person), ...inherited].map(
      ({ id, values }, index) => new Row('record', id, index, values),
    );
  }

  /** Gives a person or a group a role of an app. */
  assign(principal: DirectoryObject, resource: Row, appRoleId: string, key: string, atMs: number): Row {
    const row = this.#assignment(principal, resource, appRoleId, key, atMs);
    this.#assignments.set(principal.id, [...this.assignmentsOf(principal), row]);
    return row;
  }

  unassign(principal: DirectoryObject, row: Row): void {
    this.#assignments.set(
      principal.id,
      this.assignmentsOf(principal).filter(({ id }) => id !== row.id),
    );
  }

  /** What a person consented to: delegated access of an app. */
  consentsOf(person: Person): readonly Row[] {
    return this.#consents.get(person.id) ?? this.#seededConsents(person);
  }

  /** All consents in order, after the given place; `principal` narrows to one person. */
  *consentsAfter(ordinal: number, principal: Person | undefined): Generator<Row> {
    for (const row of this.#forEveryone) if (row.ordinal > ordinal) yield row;
    const first = Math.floor((ordinal - firstOfPeople) / mostEach) - 1;
    for (const person of principal === undefined ? this.#people.after(Math.max(-1, first)) : [principal]) {
      for (const row of this.consentsOf(person)) if (row.ordinal > ordinal) yield row;
    }
  }

  consent(id: string): Row | undefined {
    const everyone = this.#forEveryone.find((row) => row.id === id);
    if (everyone !== undefined) return everyone;
    // The id holds those of the client, the resource and the person.
    const hex = Buffer.from(id, 'base64url').toString('hex').slice(64);
    const principalId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const person = this.#people.byId(principalId);
    return person && this.consentsOf(person).find((row) => row.id === id);
  }

  addConsent(consent: Consent): Row {
    const { clientId, resourceId, principalId } = consent;
    const person = principalId === null ? undefined : this.#people.byId(principalId);
    const before = person === undefined ? this.#forEveryone : this.consentsOf(person);
    const place = (before.at(-1)?.ordinal ?? (person === undefined ? 0 : placeOf(person)) - 1) + 1;
    const row = new Row('record', keyOf(clientId, resourceId, principalId ?? ''), place, { ...consent });
    if (person === undefined) this.#forEveryone.push(row);
    else this.#consents.set(person.id, [...before, row]);
    return row;
  }

  removeConsent(row: Row): void {
    const person = this.#people.byId(String(row.get('principalId')));
    const index = this.#forEveryone.indexOf(row);
    if (index >= 0) this.#forEveryone.splice(index, 1);
    if (person !== undefined) {
      this.#consents.set(
        person.id,
        this.consentsOf(person).filter(({ id }) => id !== row.id),
      );
    }
  }

  /** Consents for the whole tenant. */
  get forEveryone(): readonly Row[] {
    return this.#forEveryone;
  }

  /** Someone who is gone for good was given nothing. */
  forget(id: string): void {
    this.#assignments.set(id, []);
    this.#consents.set(id, []);
  }

  #assignment(principal: DirectoryObject, resource: Row, appRoleId: string, key: string, atMs: number): Row {
    return new Row('record', keyOf(principal.id, key), 0, {
      appRoleId,
      createdDateTime: directoryTime(atMs),
      deletedDateTime: null,
      principalDisplayName: principal.get('displayName'),
      principalId: principal.id,
      principalType: principal.kind === 'group' ? 'Group' : 'User',
      resourceDisplayName: resource.get('displayName'),
      resourceId: resource.id,
    });
  }

  #seededAssignments(person: Person): Row[] {
    const resource = this.#apps.byAppId(expensesAppId);
    if (resource === undefined || !this.#isLucky(person, 6, 0)) return [];
    const { population, startedAt } = this.#people.origin;
    const key = population.dice.guid(stream.app, person.ordinal);
    return [this.#assignment(person, resource, expenseRoles.user, key, startedAt - 120 * 86_400_000)];
  }

  #seededConsents(person: Person): Row[] {
    const [client, resource] = [this.#apps.byAppId(notesAppId), this.#apps.byAppId(graphAppId)];
    if (client === undefined || resource === undefined || !this.#isLucky(person, 8, 1)) return [];
    const row: Consent = {
      clientId: client.id,
      consentType: 'Principal',
      principalId: person.id,
      resourceId: resource.id,
      scope: 'User.Read Calendars.Read offline_access',
    };
    return [new Row('record', keyOf(client.id, resource.id, person.id), placeOf(person), { ...row })];
  }

  /** One employee in so many, and the landmarks that are said to have it. */
  #isLucky({ facts }: Person, of: number, salt: number): boolean {
    if (facts === undefined || facts.kind === 'guest' || facts.part?.isPlain) return false;
    if (facts.index === parts.ordinary || facts.index === parts.leaver) return true;
    return this.#people.origin.population.dice.below(of, stream.app, facts.index, salt) === 0;
  }
}

const placeOf = ({ ordinal }: Person): number => firstOfPeople + ordinal * mostEach;

const keyOf = (...ids: readonly string[]): string =>
  Buffer.from(ids.join('').replaceAll('-', ''), 'hex').toString('base64url');

/** Whether an app can give that role to people and groups. */
export function offers(resource: Row, appRoleId: string): boolean {
  const roles: unknown = resource.get('appRoles');
  const known = Array.isArray(roles) ? roles : [];
  return known.length === 0 ? appRoleId === defaultAccess : known.some((role) => role.id === appRoleId);
}
