import { directoryTime } from './people/generated.ts';
import type { Person } from './people/person.ts';
import { type Dice, stream } from './random.ts';

const passwordMethodId = '28c10230-6103-485e-b985-444c60001490';
const mobilePhoneMethodId = '3179e48a-750b-4051-897c-87b9720928f7';

/** The sign-in methods a person has registered. Ids of the password and of the mobile phone are the same for everyone, as in Entra. */
export function authenticationMethods(person: Person, dice: Dice, startedAt: number): Record<string, unknown>[] {
  const method = (
    type: string,
    id: string,
    daysAgo: number,
    values: Record<string, unknown>,
  ): Record<string, unknown> => ({
    '@odata.type': `#microsoft.graph.${type}AuthenticationMethod`,
    id,
    createdDateTime: directoryTime(startedAt - daysAgo * 86_400_000),
    ...values,
  });
  const methods = [method('password', passwordMethodId, 200, { password: null })];
  const { facts } = person;
  if (facts === undefined || facts.kind === 'guest' || facts.part?.neverSignedIn) return methods;
  const has = (salt: number, of: number): boolean =>
    facts.index === 14 || dice.below(of, stream.app, facts.index, salt) === 0;
  if (has(10, 2)) {
    methods.push(
      method('phone', mobilePhoneMethodId, 190, {
        phoneNumber: '+1 5555550100',
        phoneType: 'mobile',
        smsSignInState: 'notAllowedByPolicy',
      }),
    );
  }
  if (has(11, 2)) {
    const values = { displayName: 'Phone', deviceTag: 'SoftwareTokenActivated', phoneAppVersion: '6.8.4' };
    methods.push(method('microsoftAuthenticator', dice.guid(stream.app, facts.index + 0x2000_0000), 180, values));
  }
  if (facts.index !== 14 && has(12, 8)) {
    const values = {
      displayName: 'Security key',
      aaGuid: '2fc0579f-8113-47ea-b116-bb5a8db9202a',
      model: 'NFC key',
      attestationCertificates: [],
      attestationLevel: 'attested',
    };
    methods.push(method('fido2', dice.guid(stream.app, facts.index + 0x3000_0000), 60, values));
  }
  return methods;
}
