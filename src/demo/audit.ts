import { Row } from './directory-object.ts';
import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';

export const directoryAuditResource: Resource = {
  name: 'DirectoryAudit',
  type: 'microsoft.graph.directoryAudit',
  properties: propertyTable({
    string: 'activityDisplayName category correlationId loggedByService operationType result resultReason',
    dateTime: 'activityDateTime',
    complex: 'initiatedBy',
    complexes: 'additionalDetails targetResources',
  }),
  operators: operatorTable({
    'd-d-': 'activityDateTime',
    'dd--': 'activityDisplayName',
    'd---': `loggedByService category correlationId result initiatedBy/user/id initiatedBy/user/displayName
      initiatedBy/user/userPrincipalName initiatedBy/app/appId initiatedBy/app/displayName targetResources/*/id
      targetResources/*/displayName`,
  }),
  endsWith: [],
  searchable: [],
  orderby: { activityDateTime: 'default' },
  expandable: [],
  pageSize: { default: 1000, max: 1000 },
  directory: false,
};

export const signInResource: Resource = {
  name: 'SignIn',
  type: 'microsoft.graph.signIn',
  properties: propertyTable({
    string: `appDisplayName appId clientAppUsed conditionalAccessStatus correlationId ipAddress resourceDisplayName resourceId
      riskDetail riskLevelAggregated riskLevelDuringSignIn riskState userDisplayName userId userPrincipalName`,
    boolean: 'isInteractive',
    dateTime: 'createdDateTime',
    complex: 'deviceDetail location status',
    strings: 'riskEventTypes riskEventTypes_v2',
    complexes: 'appliedConditionalAccessPolicies',
  }),
  operators: operatorTable({
    'd-d-': 'createdDateTime',
    'dd--': 'userPrincipalName userDisplayName appDisplayName ipAddress',
    'd---': `userId appId clientAppUsed conditionalAccessStatus correlationId isInteractive resourceId resourceDisplayName
      riskState status/errorCode`,
  }),
  endsWith: [],
  searchable: [],
  orderby: { createdDateTime: 'default' },
  expandable: [],
  pageSize: { default: 1000, max: 1000 },
  directory: false,
};

/** The application whose token a request carried. */
export interface Actor {
  readonly appId: string;
  readonly displayName: string;
  readonly servicePrincipalId: string | null;
}

type AuditTargetType =
  | 'User'
  | 'Group'
  | 'Device'
  | 'ServicePrincipal'
  | 'Application'
  | 'AdministrativeUnit'
  | 'Role'
  | 'Other';

/** One thing that an activity was about. */
export interface AuditTarget {
  readonly type: AuditTargetType;
  readonly id: string;
  readonly displayName: string | null;
  readonly userPrincipalName?: string | null;
  readonly modifiedProperties?: readonly { displayName: string; oldValue: string | null; newValue: string | null }[];
}

export interface Activity {
  readonly activityDisplayName: string;
  readonly category:
    | 'UserManagement'
    | 'GroupManagement'
    | 'DeviceManagement'
    | 'RoleManagement'
    | 'ApplicationManagement'
    | 'AdministrativeUnit'
    | 'EntitlementManagement';
  readonly operationType: 'Add' | 'Update' | 'Delete' | 'Assign' | 'Unassign';
  readonly targets: readonly AuditTarget[];
  /** An app, or a person. */
  readonly initiatedBy:
    | { readonly app: Actor }
    | { readonly user: { readonly id: string; readonly displayName: string; readonly userPrincipalName: string } };
  /** Kept as `correlationId`; the real service's choice is not documented. */
  readonly correlationId: string;
}

/** The directory's own audit log, newest first. */
export class AuditLog {
  readonly #rows: Row[] = [];
  readonly #next: () => { id: string; ordinal: number };
  readonly #now: () => number;

  constructor(next: () => { id: string; ordinal: number }, now: () => number) {
    this.#next = next;
    this.#now = now;
  }

  get rows(): readonly Row[] {
    return this.#rows.toReversed();
  }

  record(activity: Activity, atMs = this.#now()): void {
    const { id, ordinal } = this.#next();
    const { initiatedBy } = activity;
    this.#rows.push(
      // Newest first: a later row has a smaller place.
      new Row('record', `Directory_${id}_${ordinal}`, Number.MAX_SAFE_INTEGER - ordinal, {
        activityDateTime: new Date(atMs).toISOString(),
        activityDisplayName: activity.activityDisplayName,
        additionalDetails: [],
        category: activity.category,
        correlationId: activity.correlationId,
        initiatedBy:
          'app' in initiatedBy
            ? { user: null, app: { ...initiatedBy.app, servicePrincipalName: null } }
            : { user: { ...initiatedBy.user, ipAddress: '203.0.113.10' }, app: null },
        loggedByService: 'Core Directory',
        operationType: activity.operationType,
        result: 'success',
        resultReason: '',
        targetResources: activity.targets.map((target) => ({
          groupType: target.type === 'Group' ? 'azureAD' : null,
          userPrincipalName: null,
          modifiedProperties: [],
          ...target,
        })),
      }),
    );
  }
}
