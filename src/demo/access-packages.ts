import { Row } from './directory-object.ts';
import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';
import { directoryTime } from './people/generated.ts';

const entitlement = {
  endsWith: [],
  searchable: [],
  orderby: {},
  pageSize: { default: 100, max: 999 },
  directory: false,
} as const;

export const accessPackageResource: Resource = {
  ...entitlement,
  name: 'AccessPackage',
  type: 'microsoft.graph.accessPackage',
  properties: propertyTable({
    string: 'description displayName',
    boolean: 'isHidden',
    dateTime: 'createdDateTime modifiedDateTime',
  }),
  operators: operatorTable({ 'd---': 'id', 'dd--': 'displayName' }),
  expandable: ['catalog', 'resourceRoleScopes', 'assignmentPolicies'],
};

export const accessPackageAssignmentResource: Resource = {
  ...entitlement,
  name: 'AccessPackageAssignment',
  type: 'microsoft.graph.accessPackageAssignment',
  properties: propertyTable({
    string: 'state status',
    dateTime: 'expiredDateTime',
    complex: 'schedule',
    complexes: 'customExtensionCalloutInstances',
  }),
  operators: operatorTable({
    'd---': 'id state status target/id target/objectId accessPackage/id assignmentPolicy/id',
  }),
  expandable: ['accessPackage', 'target', 'assignmentPolicy'],
};

export const assignmentRequestResource: Resource = {
  ...entitlement,
  name: 'AccessPackageAssignmentRequest',
  type: 'microsoft.graph.accessPackageAssignmentRequest',
  properties: propertyTable({
    string: 'justification requestType state status',
    dateTime: 'completedDateTime createdDateTime',
    complex: 'schedule',
    complexes: 'answers customExtensionCalloutInstances',
  }),
  operators: operatorTable({ 'd---': 'id requestType state status' }),
  expandable: [],
};

interface NewObject {
  readonly id: string;
  readonly ordinal: number;
}

/** A bundle of access that people are assigned to: here, places in groups. */
export interface AccessPackage {
  readonly row: Row;
  readonly catalog: Readonly<Record<string, unknown>>;
  readonly policy: Readonly<Record<string, unknown>> & { readonly id: string };
  readonly groupIds: readonly string[];
}

/** Access packages, who is assigned to them, and what was asked for. */
export class AccessPackages {
  readonly #next: () => NewObject;
  readonly packages: AccessPackage[] = [];
  /** Those that are over stay in the list as `expired`. */
  readonly assignments: Row[] = [];
  readonly requests: Row[] = [];

  constructor(next: () => NewObject) {
    this.#next = next;
  }

  create(displayName: string, groupIds: readonly string[], atMs: number): AccessPackage {
    const { id, ordinal } = this.#next();
    const createdDateTime = directoryTime(atMs);
    const dates = { createdDateTime, modifiedDateTime: createdDateTime };
    const made: AccessPackage = {
      row: new Row('record', id, ordinal, { displayName, description: displayName, isHidden: false, ...dates }),
      catalog: {
        id: this.#next().id,
        displayName: 'General',
        description: 'Built-in catalog.',
        catalogType: 'serviceDefault',
        state: 'published',
        isExternallyVisible: true,
        ...dates,
      },
      policy: { id: this.#next().id, displayName: 'Direct assignment', description: 'By an administrator', ...dates },
      groupIds,
    };
    this.packages.push(made);
    return made;
  }

  find(id: string): AccessPackage | undefined {
    return this.packages.find(({ row }) => row.id === id.toLowerCase());
  }

  packageOf(assignment: Row): AccessPackage | undefined {
    return this.find(String(Object(assignment.get('accessPackage')).id));
  }

  assignment(id: string): Row | undefined {
    return this.assignments.find((row) => row.id === id.toLowerCase());
  }

  /** What someone is assigned to now. */
  deliveredTo(objectId: string): Row[] {
    return this.assignments.filter((row) => row.get('state') === 'delivered' && targetOf(row) === objectId);
  }

  deliver({ row, policy }: AccessPackage, objectId: string, atMs: number): Row {
    const { id, ordinal } = this.#next();
    const assignment = new Row('record', id, ordinal, {
      state: 'delivered',
      status: 'Delivered',
      expiredDateTime: null,
      customExtensionCalloutInstances: [],
      schedule: {
        startDateTime: directoryTime(atMs),
        recurrence: null,
        expiration: { type: 'noExpiration', endDateTime: null, duration: null },
      },
      target: { id: this.#next().id, objectId },
      accessPackage: { id: row.id },
      assignmentPolicy: { id: policy.id },
    });
    this.assignments.push(assignment);
    return assignment;
  }

  expire(assignment: Row, atMs: number): void {
    Object.assign(assignment.values, { state: 'expired', status: 'Expired', expiredDateTime: directoryTime(atMs) });
  }

  /** Someone who is gone for good is assigned to nothing. */
  forget(objectId: string, atMs: number): void {
    for (const assignment of this.deliveredTo(objectId)) this.expire(assignment, atMs);
  }
}

/** The object id of whoever an assignment is for. */
export const targetOf = (assignment: Row): string => String(Object(assignment.get('target')).objectId);
