/** How an operator works: by default, as an advanced query, or not at all. */
export type Mark = 'd' | 'a' | '-';

/** What a property holds. */
export type ValueKind = 'text' | 'flag' | 'time' | 'guid';

/** What a property can be filtered with. `ne`, `not` and `endsWith` need an advanced query wherever they work. */
export interface Support {
  readonly kind: ValueKind;
  /** `eq` and `in`. */
  readonly eq: Mark;
  readonly startsWith: Mark;
  /** `ge` and `le`. */
  readonly range: Mark;
  /** `eq null`. */
  readonly eqNull: Mark;
}

/** The properties of one kind of object that can be filtered. */
export interface FilterTable {
  /** `users`, `groups`: for messages. */
  readonly of: string;
  /** By path; `*` stands for an item of a collection. */
  readonly properties: ReadonlyMap<string, Support>;
  /** Collections of which only emptiness can be asked: `assignedLicenses/$count eq 0`. */
  readonly counted: readonly string[];
}

/** `text dd-a`: the kind, then the marks of eq, startsWith, ge and le, eq null. */
type Rows = Readonly<Record<string, string>>;

/** Reads a table written as rows of properties that behave alike. */
function tableOf(of: string, rows: Rows, counted: readonly string[]): FilterTable {
  const properties = new Map<string, Support>();
  for (const [row, names] of Object.entries(rows)) {
    const [kind = '', marks = ''] = row.split(' ');
    const [eq, startsWith, range, eqNull] = [...marks].map(markOf);
    if (!isKind(kind) || eq === undefined || startsWith === undefined || range === undefined || eqNull === undefined) {
      throw new TypeError(`Not a row: ${row}`);
    }
    for (const name of names.trim().split(/\s+/)) properties.set(name, { kind, eq, startsWith, range, eqNull });
  }
  return { of, properties, counted };
}

function markOf(text: string): Mark {
  if (text === 'd' || text === 'a' || text === '-') return text;
  throw new TypeError(`Not a mark: ${text}`);
}

function isKind(text: string): text is ValueKind {
  return text === 'text' || text === 'flag' || text === 'time' || text === 'guid';
}

/**
 * Which operators work on which property of a user. [learn.microsoft.com/graph/aad-advanced-queries]
 * `id`: [learn.microsoft.com/graph/api/resources/user]. signInActivity stands alone in a filter.
 */
export const userFilters = (): FilterTable =>
  tableOf(
    'users',
    {
      'text dd-a': 'city country department displayName givenName jobTitle mail mailNickname surname usageLocation',
      'text dd--': 'imAddresses/* otherMails/* proxyAddresses/* userPrincipalName',
      'text d--a': 'employeeId onPremisesSecurityIdentifier state userType',
      'text d--d': 'identities/*/issuer',
      'text d---': `ageGroup appRoleAssignments/*/id consentProvidedForMinor creationType externalUserState id
        licenseDetails/*/id oauth2PermissionGrants/*/id onPremisesImmutableId onPremisesProvisioningErrors/*/category
        onPremisesProvisioningErrors/*/propertyCausingError scopedRoleMemberOf/*/id`,
      'text aa-a': `companyName faxNumber mobilePhone officeLocation onPremisesDistinguishedName postalCode
        preferredLanguage streetAddress ${extensionAttributes}`,
      'text aa--': `assignedPlans/*/service businessPhones/* employeeOrgData/costCenter employeeOrgData/division
        onPremisesSamAccountName provisionedPlans/*/service`,
      'text a---': `assignedPlans/*/capabilityStatus authorizationInfo/certificateUserIds/* createdObjects/*/id
        employeeType provisionedPlans/*/provisioningStatus`,
      'text ---a': 'passwordPolicies',
      'flag d---': 'accountEnabled isLicenseReconciliationNeeded isResourceAccount',
      'flag d--a': 'onPremisesSyncEnabled',
      'flag a--a': 'passwordProfile/forceChangePasswordNextSignIn passwordProfile/forceChangePasswordNextSignInWithMfa',
      'flag a---': 'showInAddressList',
      'time d-da': 'createdDateTime',
      'time d-d-': `onPremisesLastSyncDateTime signInActivity/lastSignInDateTime
        signInActivity/lastNonInteractiveSignInDateTime signInActivity/lastSuccessfulSignInDateTime`,
      'time a-a-': 'employeeHireDate',
      'guid d---': 'assignedLicenses/*/skuId',
      'guid a---': 'assignedPlans/*/servicePlanId',
    },
    ['assignedLicenses', 'onPremisesProvisioningErrors', 'otherMails', 'ownedObjects', 'proxyAddresses'],
  );

/**
 * Which operators work on which property of a group. [learn.microsoft.com/graph/aad-advanced-queries]
 * `id` and groupTypes: [learn.microsoft.com/graph/api/resources/group].
 */
export const groupFilters = (): FilterTable =>
  tableOf(
    'groups',
    {
      'text dd-a': 'displayName mail mailNickname',
      'text dd--': `classification infoCatalogs/* membershipRule proxyAddresses/* resourceBehaviorOptions/*
        resourceProvisioningOptions/*`,
      'text d--a': 'onPremisesSecurityIdentifier',
      'text d---': `createdByAppId createdOnBehalfOf/id groupTypes/* id onPremisesProvisioningErrors/*/category
        onPremisesProvisioningErrors/*/propertyCausingError`,
      'text aa-a': 'preferredLanguage',
      'text aa--': 'description onPremisesSamAccountName',
      'flag d---': 'isAssignableToRole mailEnabled securityEnabled',
      'flag d--a': 'onPremisesSyncEnabled',
      'flag d--d': 'hasMembersWithLicenseErrors',
      'time d-d-': 'createdOnBehalfOf/deletedDateTime onPremisesLastSyncDateTime renewedDateTime',
      'time a-a-': 'expirationDateTime',
      'guid d---': 'assignedLicenses/*/skuId',
    },
    [],
  );

const extensionAttributes = Array.from(
  { length: 15 },
  (_, i) => `onPremisesExtensionAttributes/extensionAttribute${i + 1}`,
).join(' ');

/** `endsWith` works on these alone. [learn.microsoft.com/graph/aad-advanced-queries] */
export const endsWithProperties: readonly string[] = ['mail', 'otherMails/*', 'proxyAddresses/*', 'userPrincipalName'];

/** Extensions of the tenant's own: of the directory, and of a schema. [learn.microsoft.com/graph/extensibility-overview] */
export function extensionSupport(path: string): Support | undefined {
  const kind = 'text';
  if (/^extension_[0-9a-f]{32}_\w+$/i.test(path)) return { kind, eq: 'd', startsWith: 'a', range: '-', eqNull: 'a' };
  if (/^ext[a-z0-9]{8}_\w+\/\w+$/i.test(path)) return { kind, eq: 'a', startsWith: 'a', range: '-', eqNull: 'a' };
  return undefined;
}
