import { agentAppId } from './caller.ts';
import { Row } from './directory-object.ts';
import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';
import { directoryTime } from './people/generated.ts';
import type { People } from './people/people.ts';
import type { Person } from './people/person.ts';
import { stream } from './random.ts';

export const servicePrincipalResource: Resource = {
  name: 'ServicePrincipal',
  type: 'microsoft.graph.servicePrincipal',
  properties: propertyTable({
    string: `appDescription appDisplayName appId appOwnerOrganizationId applicationTemplateId description displayName homepage
      loginUrl logoutUrl notes preferredSingleSignOnMode servicePrincipalType signInAudience`,
    boolean: 'accountEnabled appRoleAssignmentRequired',
    dateTime: 'deletedDateTime',
    strings: 'alternativeNames notificationEmailAddresses replyUrls servicePrincipalNames tags',
    complexes: 'addIns appRoles keyCredentials oauth2PermissionScopes passwordCredentials',
  }),
  operators: operatorTable({
    'd---': 'id appId accountEnabled applicationTemplateId',
    'dd-a': 'displayName',
    'dd--': 'servicePrincipalNames/* alternativeNames/*',
    'aa--': 'description',
  }),
  endsWith: [],
  searchable: ['displayName'],
  orderby: { displayName: 'advanced', createdDateTime: 'advanced' },
  expandable: [],
  pageSize: { default: 100, max: 999 },
  directory: true,
};

const appRoleAssignmentNames =
  'principalDisplayName principalId principalType resourceDisplayName resourceId appRoleId';

export const appRoleAssignmentResource: Resource = {
  ...servicePrincipalResource,
  name: 'AppRoleAssignment',
  type: 'microsoft.graph.appRoleAssignment',
  properties: propertyTable({ string: appRoleAssignmentNames, dateTime: 'createdDateTime deletedDateTime' }),
  operators: operatorTable({ 'd---': 'resourceId' }),
  searchable: [],
  orderby: {},
  directory: false,
};

export const permissionGrantResource: Resource = {
  ...appRoleAssignmentResource,
  name: 'OAuth2PermissionGrant',
  type: 'microsoft.graph.oAuth2PermissionGrant',
  properties: propertyTable({ string: 'clientId consentType principalId resourceId scope' }),
  operators: operatorTable({ 'd---': 'clientId consentType principalId resourceId' }),
};

const graphAppId = '00000003-0000-0000-c000-000000000000';
const userRoleId = '18d14569-c3bd-439b-9a66-3a2aee01d14f';

/** Service principals, and what people were given in them. */
export class Apps {
  readonly #people: People;
  readonly #principals: readonly Row[];

  constructor(people: People, next: () => { id: string; ordinal: number }) {
    this.#people = people;
    const principal = (appId: string, displayName: string, values: Record<string, unknown> = {}): Row => {
      const { id, ordinal } = next();
      return new Row('servicePrincipal', id, ordinal, { ...common(appId, displayName), ...values });
    };
    this.#principals = [
      principal(graphAppId, 'Microsoft Graph', { appRoles: [] }),
      principal(agentAppId, 'entra-mcp demo agent'),
      principal('5f2b9c1e-9f0a-4d7e-8a4b-6f3c2d1e0a91', 'Expenses', {
        appRoleAssignmentRequired: true,
        appRoles: [
          {
            id: userRoleId,
            displayName: 'User',
            description: 'Hands in expenses',
            value: 'User',
            allowedMemberTypes: ['User'],
            isEnabled: true,
            origin: 'Application',
          },
        ],
      }),
      principal('0b7f6a52-3c51-4f6e-9d28-71c5b8e4d2aa', 'Meeting Notes'),
    ];
  }

  get all(): readonly Row[] {
    return this.#principals;
  }

  get agent(): Row | undefined {
    return this.byAppId(agentAppId);
  }

  byAppId(appId: string): Row | undefined {
    return this.#principals.find((row) => row.get('appId') === appId.toLowerCase());
  }

  /** By object id, or by application with `appId=…`. */
  servicePrincipal(key: string): Row | undefined {
    const appId = /^appId=(.+)$/.exec(key)?.[1];
    return appId === undefined ? this.#principals.find((row) => row.id === key.toLowerCase()) : this.byAppId(appId);
  }

  /** The app roles given to a person directly. */
  appRoleAssignments(person: Person): Row[] {
    const [, , expenses] = this.#principals;
    const { facts } = person;
    if (expenses === undefined || facts === undefined || facts.kind === 'guest') return [];
    const { dice } = this.#people.origin.population;
    if (facts.index !== 14 && dice.below(6, stream.app, facts.index) > 0) return [];
    const row = {
      appRoleId: userRoleId,
      createdDateTime: directoryTime(this.#people.origin.startedAt - 120 * 86_400_000),
      deletedDateTime: null,
      principalDisplayName: person.get('displayName'),
      principalId: person.id,
      principalType: 'User',
      resourceDisplayName: expenses.get('displayName'),
      resourceId: expenses.id,
    };
    return [new Row('record', keyOf(person.id, dice.guid(stream.app, facts.index)), facts.index, row)];
  }

  /** What a person consented to: delegated access of an app to Graph. */
  permissionGrants(person: Person): Row[] {
    const [graph, , , notes] = this.#principals;
    const { facts } = person;
    if (graph === undefined || notes === undefined || facts === undefined || facts.kind === 'guest') return [];
    const { dice } = this.#people.origin.population;
    if (facts.index !== 14 && dice.below(8, stream.app, facts.index, 1) > 0) return [];
    const row = {
      clientId: notes.id,
      consentType: 'Principal',
      principalId: person.id,
      resourceId: graph.id,
      scope: 'User.Read Calendars.Read offline_access',
    };
    return [new Row('record', keyOf(notes.id, person.id), facts.index, row)];
  }
}

const keyOf = (...ids: readonly string[]): string =>
  Buffer.from(ids.join('').replaceAll('-', ''), 'hex').toString('base64url');

function common(appId: string, displayName: string): Record<string, unknown> {
  return {
    accountEnabled: true,
    addIns: [],
    alternativeNames: [],
    appDescription: null,
    appDisplayName: displayName,
    appId,
    appOwnerOrganizationId: null,
    appRoleAssignmentRequired: false,
    appRoles: [],
    applicationTemplateId: null,
    deletedDateTime: null,
    description: null,
    displayName,
    homepage: null,
    keyCredentials: [],
    loginUrl: null,
    logoutUrl: null,
    notes: null,
    notificationEmailAddresses: [],
    oauth2PermissionScopes: [],
    passwordCredentials: [],
    preferredSingleSignOnMode: null,
    replyUrls: [],
    servicePrincipalNames: [appId],
    servicePrincipalType: 'Application',
    signInAudience: 'AzureADMyOrg',
    tags: [],
  };
}
