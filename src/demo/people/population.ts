import { type Dice, stream } from '../random.ts';
import { type CastMember, cast, castSize, type PersonKind } from './cast.ts';
import {
  asciiName,
  type Department,
  departments,
  givenNames,
  jobTitles,
  type Office,
  offices,
  surnames,
} from './names.ts';

/** The tenant's domain names. */
export interface DomainNames {
  /** `…onmicrosoft.com`: guests' user principal names end in it. */
  readonly initial: string;
  /** The managed domain that people's addresses end in. */
  readonly main: string;
  /** A domain whose sign-ins another identity provider handles. */
  readonly federated: string;
}

/** Everything about a person that is computed from the seed and the index, each piece when it is first asked for. */
export class PersonFacts {
  readonly index: number;
  readonly part: CastMember | undefined;
  readonly #population: Population;
  #kind: PersonKind | undefined;
  #name: { readonly given: string; readonly surname: string } | undefined;
  #local: string | undefined;
  #department: Department | undefined;

  constructor(population: Population, index: number) {
    this.#population = population;
    this.index = index;
    this.part = cast[index];
  }

  get kind(): PersonKind {
    this.#kind ??= this.#population.kind(this.index);
    return this.#kind;
  }

  get department(): Department {
    this.#department ??= this.#population.department(this.index);
    return this.#department;
  }

  get office(): Office {
    return this.#population.office(this.index);
  }

  get givenName(): string {
    return this.#names.given;
  }

  get surname(): string {
    return this.#names.surname;
  }

  get displayName(): string {
    return this.part?.displayName ?? `${this.givenName} ${this.surname}`;
  }

  get userPrincipalName(): string {
    const { initial, main } = this.#population.domains;
    return this.kind === 'guest' ? `${this.#localPart}_gmail.com#EXT#@${initial}` : `${this.#localPart}@${main}`;
  }

  get mail(): string {
    return this.kind === 'guest' ? `${this.#localPart}@gmail.com` : this.userPrincipalName;
  }

  get mailNickname(): string {
    return this.kind === 'guest' ? `${this.#localPart}_gmail.com#EXT#` : this.#localPart;
  }

  get jobTitle(): string {
    if (this.part) return this.part.jobTitle;
    if (this.index <= departments.length) return `VP of ${this.department}`;
    return this.#population.dice.pick(jobTitles[this.department], stream.employment, this.index);
  }

  get #names(): { readonly given: string; readonly surname: string } {
    this.#name ??= this.part
      ? { given: this.part.givenName, surname: this.part.surname }
      : this.#population.name(this.index);
    return this.#name;
  }

  get #localPart(): string {
    this.#local ??= this.part?.local ?? this.#ownLocalPart();
    return this.#local;
  }

  #ownLocalPart(): string {
    const cycle = Math.floor(this.index / combinations);
    return `${asciiName(this.givenName)}.${asciiName(this.surname)}${cycle === 0 ? '' : cycle + 1}`;
  }
}

const reportsEach = 8;
const combinations = givenNames.length * surnames.length;
const step = 2477;
const stepInverse = inverse(step, combinations);
const givenIndex = new Map(givenNames.map((name, index) => [asciiName(name), index]));
const surnameIndex = new Map(surnames.map((name, index) => [asciiName(name), index]));

function inverse(value: number, modulus: number): number {
  for (let candidate = 1; candidate < modulus; candidate += 1) {
    if ((value * candidate) % modulus === 1) return candidate;
  }
  throw new RangeError('no inverse');
}

/** The people as the seed makes them, before anyone changes anything. Holds nothing per person. */
export class Population {
  readonly dice: Dice;
  /** How many people there are at first, not counting those already deleted. */
  readonly size: number;
  /** The indexes from `size` up to here belong to people who were deleted before the tenant started. */
  readonly total: number;
  readonly domains: DomainNames;
  readonly #castByAddress: ReadonlyMap<string, number>;

  constructor(dice: Dice, size: number, domains: DomainNames) {
    this.dice = dice;
    this.size = size;
    this.total = size + 3;
    this.domains = domains;
    this.#castByAddress = new Map(
      Object.keys(cast).map((key) => [this.facts(Number(key)).userPrincipalName.toLowerCase(), Number(key)]),
    );
  }

  id(index: number): string {
    return this.dice.guid(stream.user, index);
  }

  indexOfId(id: string): number | undefined {
    const index = this.dice.indexOf(stream.user, id);
    return index !== undefined && index < this.total ? index : undefined;
  }

  indexOfUserPrincipalName(userPrincipalName: string): number | undefined {
    const low = userPrincipalName.toLowerCase();
    const part = this.#castByAddress.get(low);
    if (part !== undefined) return part;
    const [, given = '', surname = '', cycle] = /^([a-z]+)\.([a-z]+)(\d*)[@_]/.exec(low) ?? [];
    const g = givenIndex.get(given);
    const s = surnameIndex.get(surname);
    if (g === undefined || s === undefined) return undefined;
    const combination = s * givenNames.length + this.#turned(g, s, -1);
    const start = ((combination - this.#offset() + combinations) * stepInverse) % combinations;
    const index = start + (cycle ? Number(cycle) - 1 : 0) * combinations;
    return index < this.total && this.facts(index).userPrincipalName.toLowerCase() === low ? index : undefined;
  }

  /** Whose address it was when the tenant started; a guest's is `local@gmail.com`. */
  indexOfMail(address: string): number | undefined {
    const guest = /^(.+)@gmail\.com$/.exec(address.toLowerCase())?.[1];
    return this.indexOfUserPrincipalName(
      guest === undefined ? address : `${guest}_gmail.com#EXT#@${this.domains.initial}`,
    );
  }

  kind(index: number): PersonKind {
    const part = cast[index];
    if (part !== undefined) return part.kind;
    if (index < castSize || index >= this.size) return 'member';
    const roll = this.dice.below(100, stream.kind, index);
    if (roll < 6) return 'guest';
    if (roll < 10) return 'disabled';
    return roll < 35 ? 'synced' : 'member';
  }

  department(index: number): Department {
    const own = cast[index]?.department;
    if (own !== undefined) return own;
    let head = index;
    while (head > departments.length) head = Math.floor((head - 1) / reportsEach);
    return head === 0 ? 'Executive' : (departments[head - 1] ?? 'Operations');
  }

  office(index: number): Office {
    return this.dice.pick(offices, stream.address, index);
  }

  facts(index: number): PersonFacts {
    return new PersonFacts(this, index);
  }

  /** The index of the person above; guests have nobody above them, and nobody reports to a guest, a disabled account or someone plain. */
  managerIndex(index: number): number | undefined {
    if (index === 0 || index >= this.size || this.kind(index) === 'guest') return undefined;
    let above = Math.floor((index - 1) / reportsEach);
    while (above > 0 && this.#cannotLead(above)) above = Math.floor((above - 1) / reportsEach);
    return above;
  }

  /** The inverse of `managerIndex`. */
  *reportIndexes(index: number): Generator<number> {
    if (!this.#cannotLead(index)) yield* this.#below(index);
  }

  *#below(index: number): Generator<number> {
    for (let below = index * reportsEach + 1; below <= (index + 1) * reportsEach && below < this.size; below += 1) {
      if (this.kind(below) !== 'guest') yield below;
      if (this.#cannotLead(below)) yield* this.#below(below);
    }
  }

  #cannotLead(index: number): boolean {
    const kind = this.kind(index);
    return kind === 'guest' || kind === 'disabled' || cast[index]?.isPlain === true;
  }

  #offset(): number {
    return this.dice.roll(stream.names, 0) % combinations;
  }

  /** Turns the given names by another amount for every surname, so that neighbours do not share one. */
  #turned(given: number, surname: number, direction: 1 | -1): number {
    const turn = this.dice.roll(stream.names, surname, 1) % givenNames.length;
    return (given + direction * turn + givenNames.length) % givenNames.length;
  }

  /** The given name and surname of someone who is not in the cast. */
  name(index: number): { given: string; surname: string } {
    const combination = ((index % combinations) * step + this.#offset()) % combinations;
    const s = Math.floor(combination / givenNames.length);
    const g = this.#turned(combination % givenNames.length, s, 1);
    return { given: givenNames[g] ?? '', surname: surnames[s] ?? '' };
  }
}
