import { stream } from '../random.ts';
import type { PersonFacts, Population } from './population.ts';

const dayMs = 86_400_000;

/** A date-time as the directory writes it: UTC, whole seconds. */
export const directoryTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** What the property functions draw on. `startedAt` anchors every date, in milliseconds since the epoch. */
export interface Origin {
  readonly population: Population;
  readonly startedAt: number;
}

type PropertyOf = (facts: PersonFacts, origin: Origin) => unknown;

const createdAt = ({ index }: PersonFacts, { population, startedAt }: Origin): number =>
  startedAt -
  (2 + population.dice.below(2400, stream.dates, index)) * dayMs -
  population.dice.below(dayMs, stream.dates, index, 1);

const phone = ({ office, index }: PersonFacts, { population }: Origin, salt: number): string =>
  `${office.dialing} ${String(population.dice.below(10_000, stream.phone, index, salt)).padStart(4, '0')}`;

function signInActivity(facts: PersonFacts, { population, startedAt }: Origin): unknown {
  const { dice } = population;
  const never = facts.part ? facts.part.neverSignedIn === true : dice.below(20, stream.signIn, facts.index) === 0;
  if (never) return undefined;
  // Disabled accounts and one person in twelve have been away for a long time.
  const stale = facts.kind === 'disabled' || (!facts.part && dice.below(12, stream.signIn, facts.index, 1) === 0);
  const daysAgo = stale
    ? 90 + dice.below(300, stream.signIn, facts.index, 2)
    : dice.below(14, stream.signIn, facts.index, 3);
  const last = startedAt - daysAgo * dayMs - dice.below(dayMs, stream.signIn, facts.index, 4);
  const requestId = dice.guid(stream.signIn, facts.index);
  return {
    lastSignInDateTime: directoryTime(last),
    lastSignInRequestId: requestId,
    lastNonInteractiveSignInDateTime: directoryTime(last + 3_600_000),
    lastNonInteractiveSignInRequestId: requestId,
    lastSuccessfulSignInDateTime: directoryTime(last),
    lastSuccessfulSignInRequestId: requestId,
  };
}

const extensionAttributes = (): Record<string, null> =>
  Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`extensionAttribute${i + 1}`, null]));

const whenSynced =
  (value: PropertyOf): PropertyOf =>
  (facts, origin) =>
    facts.kind === 'synced' ? value(facts, origin) : null;

const unlessGuest =
  (value: PropertyOf): PropertyOf =>
  (facts, origin) =>
    facts.kind === 'guest' ? null : value(facts, origin);

const whenGuest =
  (value: PropertyOf): PropertyOf =>
  (facts, origin) =>
    facts.kind === 'guest' ? value(facts, origin) : null;

const guestAccepted = ({ index, part }: PersonFacts, { population }: Origin): boolean =>
  part !== undefined || population.dice.below(4, stream.kind, index, 2) !== 0;

/** How each property of a person is made; one that stands neither here nor among the computed ones is null or empty. */
export const generated: Readonly<Record<string, PropertyOf>> = {
  accountEnabled: ({ kind }) => kind !== 'disabled',
  businessPhones: (facts, origin) => (facts.kind === 'guest' ? [] : [phone(facts, origin, 0)]),
  city: unlessGuest(({ office }) => office.city),
  companyName: (facts) => (facts.kind === 'guest' ? 'Gmail users' : 'Contoso Demo'),
  country: unlessGuest(({ office }) => office.country),
  createdDateTime: (facts, origin) => directoryTime(createdAt(facts, origin)),
  creationType: whenGuest(() => 'Invitation'),
  department: unlessGuest(({ department }) => department),
  displayName: ({ displayName }) => displayName,
  employeeHireDate: unlessGuest((facts, origin) =>
    directoryTime(createdAt(facts, origin) - (createdAt(facts, origin) % dayMs)),
  ),
  employeeId: unlessGuest(({ index }) => `E${String(100_000 + index)}`),
  employeeOrgData: unlessGuest(({ department }) => ({
    costCenter: department.slice(0, 3).toUpperCase(),
    division: 'Contoso',
  })),
  employeeType: unlessGuest(({ index }, { population }) =>
    population.dice.below(9, stream.employment, index, 1) ? 'Employee' : 'Contractor',
  ),
  externalUserState: whenGuest((facts, origin) => (guestAccepted(facts, origin) ? 'Accepted' : 'PendingAcceptance')),
  externalUserStateChangeDateTime: whenGuest((facts, origin) => directoryTime(createdAt(facts, origin) + dayMs)),
  givenName: ({ givenName }) => givenName,
  identities: (facts, { population }) => [
    facts.kind === 'guest'
      ? { signInType: 'federated', issuer: 'google.com', issuerAssignedId: null }
      : {
          signInType: 'userPrincipalName',
          issuer: population.domains.initial,
          issuerAssignedId: facts.userPrincipalName,
        },
  ],
  jobTitle: ({ jobTitle }) => jobTitle,
  lastPasswordChangeDateTime: (facts, origin) =>
    directoryTime(Math.min(createdAt(facts, origin) + 90 * dayMs, origin.startedAt - dayMs)),
  mail: ({ mail }) => mail,
  mailNickname: ({ mailNickname }) => mailNickname,
  mobilePhone: unlessGuest((facts, origin) => (facts.index % 3 === 2 ? phone(facts, origin, 1) : null)),
  officeLocation: unlessGuest(({ office }) => office.office),
  onPremisesDistinguishedName: whenSynced(
    ({ displayName, department }) => `CN=${displayName},OU=${department},DC=corp,DC=contoso-demo,DC=example`,
  ),
  onPremisesDomainName: whenSynced(() => 'corp.contoso-demo.example'),
  onPremisesExtensionAttributes: extensionAttributes,
  onPremisesImmutableId: whenSynced(({ index }, { population }) =>
    Buffer.from(population.id(index).replaceAll('-', ''), 'hex').toString('base64'),
  ),
  onPremisesLastSyncDateTime: whenSynced((_, { startedAt }) => directoryTime(startedAt - 1_200_000)),
  onPremisesSamAccountName: whenSynced(({ mailNickname }) => mailNickname.slice(0, 20)),
  onPremisesSecurityIdentifier: whenSynced(({ index }) => `S-1-5-21-1004336348-1177238915-682003330-${1000 + index}`),
  onPremisesSyncEnabled: whenSynced(() => true),
  onPremisesUserPrincipalName: whenSynced(({ userPrincipalName }) => userPrincipalName),
  otherMails: ({ kind, mail }) => (kind === 'guest' ? [mail] : []),
  passwordPolicies: whenSynced(() => 'DisablePasswordExpiration'),
  postalCode: unlessGuest(({ office }) => office.postalCode),
  preferredLanguage: unlessGuest(({ office }) => office.language),
  proxyAddresses: ({ mail }) => [`SMTP:${mail}`],
  securityIdentifier: ({ index }, { population }) =>
    `S-1-12-1-${population.dice.roll(stream.record, index)}-${population.dice.roll(stream.record, index, 1)}`,
  signInActivity,
  signInSessionsValidFromDateTime: (facts, origin) => directoryTime(createdAt(facts, origin)),
  state: unlessGuest(({ office }) => office.state),
  streetAddress: unlessGuest(({ office }) => office.street),
  surname: ({ surname }) => surname,
  usageLocation: unlessGuest(({ office }) => office.usageLocation),
  userPrincipalName: ({ userPrincipalName }) => userPrincipalName,
  userType: ({ kind }) => (kind === 'guest' ? 'Guest' : 'Member'),
};
