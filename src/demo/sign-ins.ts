import { Row } from './directory-object.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import { stream } from './random.ts';

const lookedAt = 80;
const applications = [
  { appId: '5e3ce6c0-2b1f-4285-8d4b-75ee78787346', appDisplayName: 'Microsoft Teams Web Client' },
  { appId: '89bee1f7-5e6e-4d8a-9f3d-ecd601259da7', appDisplayName: 'Office365 Shell WCSS-Client' },
  { appId: '00000002-0000-0ff1-ce00-000000000000', appDisplayName: 'Office 365 Exchange Online' },
] as const;

/** A small sign-in log of the first people, newest first: their last sign-in each, and some failures. */
export function signInRows(people: People): Row[] {
  const rows: Record<string, unknown>[] = [];
  for (let index = 0; index < Math.min(lookedAt, people.origin.population.size); index += 1) {
    const person = people.byIndex(index);
    const activity = person?.get('signInActivity');
    if (person === undefined || typeof activity !== 'object' || activity === null) continue;
    const last = Date.parse(String(Reflect.get(activity, 'lastSignInDateTime')));
    rows.push(signIn(person, people, last, String(Reflect.get(activity, 'lastSignInRequestId')), 0));
    if (people.origin.population.dice.below(5, stream.signIn, index, 20) === 0) {
      const id = people.origin.population.dice.guid(stream.signIn, index + 0x1000_0000);
      rows.push(signIn(person, people, last - 60_000, id, 50126));
    }
  }
  return rows
    .sort((a, b) => (String(a['createdDateTime']) < String(b['createdDateTime']) ? 1 : -1))
    .map((values, ordinal) => new Row('record', String(values['id']), ordinal, values));
}

function signIn(person: Person, people: People, atMs: number, id: string, errorCode: number): Record<string, unknown> {
  const { dice } = people.origin.population;
  const application = dice.pick(applications, stream.signIn, person.ordinal, 21);
  return {
    id,
    ...application,
    appliedConditionalAccessPolicies: [],
    clientAppUsed: 'Browser',
    conditionalAccessStatus: 'notApplied',
    correlationId: id,
    createdDateTime: new Date(atMs).toISOString(),
    deviceDetail: {
      deviceId: '',
      displayName: null,
      operatingSystem: 'Windows10',
      browser: 'Edge 130.0',
      isCompliant: null,
      isManaged: null,
      trustType: null,
    },
    ipAddress: `203.0.113.${1 + dice.below(250, stream.signIn, person.ordinal, 22)}`,
    isInteractive: true,
    location: {
      city: person.get('city'),
      state: person.get('state'),
      countryOrRegion: person.get('usageLocation'),
      geoCoordinates: null,
    },
    resourceDisplayName: 'Microsoft Graph',
    resourceId: '00000003-0000-0000-c000-000000000000',
    riskDetail: 'none',
    riskEventTypes: [],
    riskEventTypes_v2: [],
    riskLevelAggregated: 'none',
    riskLevelDuringSignIn: 'none',
    riskState: 'none',
    status:
      errorCode === 0
        ? { errorCode, failureReason: 'Other.', additionalDetails: null }
        : {
            errorCode,
            failureReason: 'Error validating credentials due to invalid username or password.',
            additionalDetails: null,
          },
    userDisplayName: person.get('displayName'),
    userId: person.id,
    userPrincipalName: person.text('userPrincipalName').toLowerCase(),
  };
}
