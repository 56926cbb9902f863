import { agentAppId } from './caller.ts';
import { Row } from './directory-object.ts';
import { directoryTime } from './people/generated.ts';

export const graphAppId = '00000003-0000-0000-c000-000000000000';
export const expensesAppId = '5f2b9c1e-9f0a-4d7e-8a4b-6f3c2d1e0a91';
export const notesAppId = '0b7f6a52-3c51-4f6e-9d28-71c5b8e4d2aa';
export const expenseRoles = {
  user: '18d14569-c3bd-439b-9a66-3a2aee01d14f',
  approver: '2f5a9c47-70d1-4a4e-8f0b-5a1f6c3b9e22',
} as const;
/** The role of an app that has none: to use it at all. */
export const defaultAccess = '00000000-0000-0000-0000-000000000000';

interface NewObject {
  readonly id: string;
  readonly ordinal: number;
}

/** Applications that are registered here, service principals, and who owns them. */
export class Apps {
  readonly #principals: Row[] = [];
  readonly #applications: Row[] = [];
  /** By id of an application or a service principal, ids of its owners. */
  readonly #owners = new Map<string, Set<string>>();
  readonly #next: () => NewObject;
  readonly #createdDateTime: string;

  constructor(next: () => NewObject, startedAt: number) {
    this.#next = next;
    this.#createdDateTime = directoryTime(startedAt - 300 * 86_400_000);
    this.#admit(graphAppId, 'Microsoft Graph');
    this.#admit(agentAppId, 'entra-mcp demo agent');
    this.#admit(expensesAppId, 'Expenses', {
      appRoleAssignmentRequired: true,
      appRoles: [
        appRole(expenseRoles.user, 'User', 'Hands in expenses'),
        appRole(expenseRoles.approver, 'Approver', 'Approves expenses'),
      ],
    });
    this.#admit(notesAppId, 'Meeting Notes');
  }

  get all(): readonly Row[] {
    return this.#principals;
  }

  get applications(): readonly Row[] {
    return this.#applications;
  }

  get agent(): Row | undefined {
    return this.byAppId(agentAppId);
  }

  byAppId(appId: string): Row | undefined {
    return this.#principals.find((row) => row.get('appId') === appId.toLowerCase());
  }

  /** By object id, or by application with `appId=…`. */
  servicePrincipal(key: string): Row | undefined {
    return named(this.#principals, key);
  }

  /** By object id, or by `appId=…`. */
  application(key: string): Row | undefined {
    return named(this.#applications, key);
  }

  /** Ids of the owners of an application or a service principal. */
  ownersOf(app: Row): Set<string> {
    const owners = this.#owners.get(app.id) ?? new Set();
    this.#owners.set(app.id, owners);
    return owners;
  }

  ownedBy(id: string): Row[] {
    return [...this.#applications, ...this.#principals].filter((app) => this.#owners.get(app.id)?.has(id));
  }

  /** Someone who is gone for good owns nothing. */
  forget(id: string): void {
    for (const owners of this.#owners.values()) owners.delete(id);
  }

  /** Registers an application of this tenant, with its service principal; both belong to the owners. */
  register(appId: string, displayName: string, owners: readonly string[], values: Record<string, unknown> = {}): Row {
    const { id, ordinal } = this.#next();
    const application = new Row('application', id, ordinal, {
      ...applicationValues(appId, displayName, this.#createdDateTime),
      ...values,
    });
    this.#applications.push(application);
    const principal = this.#admit(appId, displayName);
    for (const app of [application, principal]) for (const owner of owners) this.ownersOf(app).add(owner);
    return application;
  }

  #admit(appId: string, displayName: string, values: Record<string, unknown> = {}): Row {
    const { id, ordinal } = this.#next();
    const row = new Row('servicePrincipal', id, ordinal, {
      ...principalValues(appId, displayName, this.#createdDateTime),
      ...values,
    });
    this.#principals.push(row);
    return row;
  }
}

function named(rows: readonly Row[], key: string): Row | undefined {
  const appId = /^appId=(.+)$/.exec(key)?.[1]?.toLowerCase();
  return rows.find((row) => (appId === undefined ? row.id === key.toLowerCase() : row.get('appId') === appId));
}

const appRole = (id: string, value: string, description: string): Record<string, unknown> => ({
  id,
  displayName: value,
  description,
  value,
  allowedMemberTypes: ['User'],
  isEnabled: true,
  origin: 'Application',
});

function applicationValues(appId: string, displayName: string, createdDateTime: string): Record<string, unknown> {
  return {
    addIns: [],
    api: {
      acceptMappedClaims: null,
      knownClientApplications: [],
      oauth2PermissionScopes: [],
      preAuthorizedApplications: [],
      requestedAccessTokenVersion: 2,
    },
    appId,
    applicationTemplateId: null,
    appRoles: [],
    certification: null,
    createdDateTime,
    defaultRedirectUri: null,
    deletedDateTime: null,
    description: null,
    disabledByMicrosoftStatus: null,
    displayName,
    groupMembershipClaims: null,
    identifierUris: [],
    info: null,
    isDeviceOnlyAuthSupported: null,
    isFallbackPublicClient: null,
    keyCredentials: [],
    notes: null,
    optionalClaims: null,
    parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
    passwordCredentials: [],
    publicClient: { redirectUris: [] },
    publisherDomain: null,
    requestSignatureVerification: null,
    requiredResourceAccess: [],
    samlMetadataUrl: null,
    serviceManagementReference: null,
    servicePrincipalLockConfiguration: null,
    signInAudience: 'AzureADMyOrg',
    spa: { redirectUris: [] },
    tags: [],
    tokenEncryptionKeyId: null,
    uniqueName: null,
    verifiedPublisher: null,
    web: null,
  };
}

function principalValues(appId: string, displayName: string, createdDateTime: string): Record<string, unknown> {
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
    createdDateTime,
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
