/** How a column holds a property: `boolean` as 0 or 1, `json` as the text of a list or an object. */
type ColumnType = 'text' | 'integer' | 'boolean' | 'json';

/** A column of the mirror that holds a property of Graph under its own name. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly description?: string;
}

const text = (names: string): Column[] => names.split(/\s+/).map((name) => ({ name, type: 'text' }));

/**
 * Properties of users that are always mirrored. Phones, employeeId, private addresses and sign-in activity are not among them.
 * [learn.microsoft.com/graph/api/user-delta]
 */
export const usualUserColumns: readonly Column[] = [
  ...text('displayName userPrincipalName mail mailNickname givenName surname jobTitle department companyName'),
  ...text('officeLocation city country usageLocation preferredLanguage employeeType'),
  { name: 'employeeHireDate', type: 'text' },
  { name: 'userType', type: 'text', description: 'Member or Guest' },
  { name: 'creationType', type: 'text', description: 'Invitation for guests that were invited' },
  { name: 'externalUserState', type: 'text', description: 'PendingAcceptance or Accepted, of guests' },
  { name: 'accountEnabled', type: 'boolean' },
  { name: 'createdDateTime', type: 'text' },
  { name: 'lastPasswordChangeDateTime', type: 'text' },
  { name: 'onPremisesSyncEnabled', type: 'boolean', description: '1: mastered by on-premises AD' },
  ...text('onPremisesSamAccountName'),
  { name: 'proxyAddresses', type: 'json', description: 'JSON list' },
  { name: 'assignedLicenses', type: 'json', description: 'JSON list; the table licenses is easier to ask' },
];

/** Properties of groups that are mirrored. [learn.microsoft.com/graph/api/group-delta] */
export const groupColumns: readonly Column[] = [
  ...text('displayName description mail mailNickname'),
  { name: 'groupTypes', type: 'json', description: 'JSON list: Unified, DynamicMembership' },
  { name: 'securityEnabled', type: 'boolean' },
  { name: 'mailEnabled', type: 'boolean' },
  { name: 'isAssignableToRole', type: 'boolean', description: '1: members can hold directory roles through it' },
  { name: 'membershipRule', type: 'text', description: 'of dynamic groups' },
  { name: 'membershipRuleProcessingState', type: 'text' },
  { name: 'visibility', type: 'text' },
  { name: 'createdDateTime', type: 'text' },
  { name: 'onPremisesSyncEnabled', type: 'boolean', description: '1: mastered by on-premises AD' },
  { name: 'assignedLicenses', type: 'json', description: 'JSON list: licenses that members get' },
];

/** What `signInActivity` becomes. Delta queries never tell of it. [learn.microsoft.com/graph/api/resources/signinactivity] */
export const signInColumns: readonly Column[] = [
  { name: 'lastSignInDateTime', type: 'text', description: 'null: never signed in, or not told of yet' },
  { name: 'lastNonInteractiveSignInDateTime', type: 'text' },
  { name: 'lastSuccessfulSignInDateTime', type: 'text' },
];

/** Not a property that delta queries know: read apart. */
export const signInField = 'signInActivity';

/** Which properties of users a mirror holds. */
export interface Selection {
  /** In the order of their columns; without those of sign-in activity. */
  readonly columns: readonly Column[];
  /** The fields of the settings, sorted. */
  readonly fields: readonly string[];
  /** Sign-in activity is mirrored. */
  readonly signIns: boolean;
}

/** Every column of users of a selection, but `id`, `managerId` and `object`. */
export function userColumns({ columns, signIns }: Selection): readonly Column[] {
  return signIns ? [...columns, ...signInColumns] : columns;
}
