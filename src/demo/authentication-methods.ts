import { parts } from './people/cast.ts';
import { directoryTime } from './people/generated.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import type { PersonFacts } from './people/population.ts';
import { stream } from './random.ts';

const passwordMethodId = '28c10230-6103-485e-b985-444c60001490';
const mobilePhoneMethodId = '3179e48a-750b-4051-897c-87b9720928f7';
const emailMethodId = '3ddfcfc8-9383-446f-83cc-3ab9be4be18f';

/** By kind of method, the collection that Graph keeps it in. */
export const methodCollections = {
  password: 'passwordMethods',
  phone: 'phoneMethods',
  email: 'emailMethods',
  fido2: 'fido2Methods',
  microsoftAuthenticator: 'microsoftAuthenticatorMethods',
  softwareOath: 'softwareOathMethods',
  windowsHelloForBusiness: 'windowsHelloForBusinessMethods',
  platformCredential: 'platformCredentialMethods',
  temporaryAccessPass: 'temporaryAccessPassMethods',
} as const;

export type MethodKind = keyof typeof methodCollections;

/** One way to sign in that a person has registered. */
export interface Method {
  readonly kind: MethodKind;
  readonly id: string;
  /** What Graph shows of it, `id` and type aside. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Those that can be the default second factor, the likeliest first. */
const defaultable: readonly MethodKind[] = ['microsoftAuthenticator', 'phone', 'softwareOath'];

const dayMs = 86_400_000;

/** How people sign in. Ids of the password, of the mobile phone and of the e-mail address are the same for everyone, as in Entra. */
export class AuthenticationMethods {
  readonly #people: People;
  readonly #kept = new Map<string, readonly Method[]>();

  constructor(people: People) {
    this.#people = people;
  }

  of(person: Person): readonly Method[] {
    return this.#kept.get(person.id) ?? this.#seeded(person);
  }

  add(person: Person, method: Method): void {
    this.#kept.set(person.id, [...this.of(person), method]);
  }

  remove(person: Person, { id }: Method): void {
    this.#kept.set(
      person.id,
      this.of(person).filter((method) => method.id !== id),
    );
  }

  /** Whether it is the default second factor, and another one could take its place. */
  isNeededDefault(person: Person, { id }: Method): boolean {
    const methods = this.of(person);
    const candidates = defaultable.flatMap((kind) => methods.filter((method) => method.kind === kind));
    return candidates.length > 1 && candidates[0]?.id === id;
  }

  /** Someone who is gone for good has none. */
  forget(personId: string): void {
    this.#kept.delete(personId);
  }

  #seeded({ facts }: Person): Method[] {
    const { startedAt } = this.#people.origin;
    const createdDateTime = directoryTime(startedAt - 200 * dayMs);
    const password: Method = { kind: 'password', id: passwordMethodId, values: { createdDateTime, password: null } };
    if (facts === undefined || facts.kind === 'guest' || facts.part?.neverSignedIn || facts.part?.isPlain) {
      return [password];
    }
    return [password, ...this.#ofEveryone(facts), ...(facts.index === parts.leaver ? this.#rarer(facts) : [])];
  }

  #ofEveryone(facts: PersonFacts): Method[] {
    const { dice } = this.#people.origin.population;
    const { index } = facts;
    const has = (salt: number, of: number): boolean =>
      index === parts.ordinary || index === parts.leaver || dice.below(of, stream.app, index, salt) === 0;
    const methods: Method[] = [];
    if (has(10, 2)) {
      methods.push({
        kind: 'phone',
        id: mobilePhoneMethodId,
        values: {
          ...this.#createdBefore(190),
          phoneNumber: '+1 5555550100',
          phoneType: 'mobile',
          smsSignInState: 'notAllowedByPolicy',
        },
      });
    }
    if (has(11, 2)) {
      methods.push({
        kind: 'microsoftAuthenticator',
        id: dice.guid(stream.app, index + 0x2000_0000),
        values: {
          ...this.#createdBefore(180),
          displayName: 'Phone',
          deviceTag: 'SoftwareTokenActivated',
          phoneAppVersion: '6.8.4',
        },
      });
    }
    if (index !== parts.ordinary && has(12, 8)) {
      methods.push({
        kind: 'fido2',
        id: dice.guid(stream.app, index + 0x3000_0000),
        values: {
          ...this.#createdBefore(60),
          displayName: 'Security key',
          aaGuid: '2fc0579f-8113-47ea-b116-bb5a8db9202a',
          model: 'NFC key',
          attestationCertificates: [],
          attestationLevel: 'attested',
        },
      });
    }
    return methods;
  }

  /** What hardly anyone has registered. */
  #rarer({ index, mail }: PersonFacts): Method[] {
    const id = (salt: number): string =>
      this.#people.origin.population.dice.guid(stream.app, index + salt * 0x1000_0000);
    const [local = ''] = mail.split('@');
    return [
      {
        kind: 'email',
        id: emailMethodId,
        values: { ...this.#createdBefore(170), emailAddress: `${local}@mail.example` },
      },
      { kind: 'softwareOath', id: id(4), values: { ...this.#createdBefore(160), secretKey: null } },
      {
        kind: 'windowsHelloForBusiness',
        id: id(5),
        values: { ...this.#createdBefore(150), displayName: 'Laptop', keyStrength: 'normal' },
      },
      {
        kind: 'platformCredential',
        id: id(6),
        values: { ...this.#createdBefore(140), displayName: 'Mac', keyStrength: 'normal', platform: 'macOS' },
      },
    ];
  }

  #createdBefore(days: number): Record<string, unknown> {
    return { createdDateTime: directoryTime(this.#people.origin.startedAt - days * dayMs) };
  }
}

/** Whether a Temporary Access Pass works now, and why not. */
export function passState({ values }: Method, nowMs: number): { isUsable: boolean; methodUsabilityReason: string } {
  const startMs = Date.parse(String(values['startDateTime']));
  if (nowMs < startMs) return { isUsable: false, methodUsabilityReason: 'NotYetValid' };
  const isOver = nowMs >= startMs + Number(values['lifetimeInMinutes']) * 60_000;
  return isOver
    ? { isUsable: false, methodUsabilityReason: 'Expired' }
    : { isUsable: true, methodUsabilityReason: 'EnabledByPolicy' };
}
