import { type DirectoryObject, Row } from './directory-object.ts';
import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';
import { directoryTime } from './people/generated.ts';

const reports = { endsWith: [], searchable: [], pageSize: { default: 100, max: 999 }, directory: false } as const;

export const directoryRoleResource: Resource = {
  ...reports,
  name: 'DirectoryRole',
  type: 'microsoft.graph.directoryRole',
  properties: propertyTable({ string: 'description displayName roleTemplateId', dateTime: 'deletedDateTime' }),
  operators: operatorTable({ 'd---': 'displayName roleTemplateId' }),
  orderby: {},
  expandable: ['members'],
};

export const roleDefinitionResource: Resource = {
  ...reports,
  name: 'UnifiedRoleDefinition',
  type: 'microsoft.graph.unifiedRoleDefinition',
  properties: propertyTable({
    string: 'description displayName templateId version',
    boolean: 'isBuiltIn isEnabled',
    strings: 'resourceScopes',
    complexes: 'rolePermissions',
  }),
  operators: operatorTable({ 'dd--': 'displayName', 'd---': 'id isBuiltIn templateId' }),
  orderby: { displayName: 'default' },
  expandable: [],
};

export const roleAssignmentResource: Resource = {
  ...reports,
  name: 'UnifiedRoleAssignment',
  type: 'microsoft.graph.unifiedRoleAssignment',
  properties: propertyTable({ string: 'principalId directoryScopeId roleDefinitionId appScopeId condition' }),
  defaults: ['id', 'principalId', 'directoryScopeId', 'roleDefinitionId'],
  operators: operatorTable({ 'd---': 'principalId roleDefinitionId directoryScopeId' }),
  orderby: {},
  expandable: ['roleDefinition', 'principal'],
};

export const roleScheduleResource: Resource = {
  ...reports,
  name: 'UnifiedRoleEligibilitySchedule',
  type: 'microsoft.graph.unifiedRoleEligibilitySchedule',
  properties: propertyTable({
    string: 'principalId directoryScopeId roleDefinitionId appScopeId createdUsing memberType status',
    dateTime: 'createdDateTime modifiedDateTime',
    complex: 'scheduleInfo',
  }),
  operators: operatorTable({ 'd---': 'principalId roleDefinitionId directoryScopeId status memberType' }),
  orderby: {},
  expandable: ['roleDefinition', 'principal'],
};

/** Built-in roles by template id: Microsoft's published ids and names. */
const builtIn: readonly (readonly [templateId: string, displayName: string, description: string])[] = [
  [
    '62e90394-69f5-4237-9190-012177145e10',
    'Global Administrator',
    'Can manage all aspects of Microsoft Entra ID and services that use its identities.',
  ],
  [
    'fe930be7-5e62-47db-91af-98c3a49a38b1',
    'User Administrator',
    'Can manage all aspects of users and groups, including resetting passwords for limited admins.',
  ],
  [
    '729827e3-9c14-49f7-bb1b-9608f156bbb8',
    'Helpdesk Administrator',
    'Can reset passwords for non-administrators and Helpdesk Administrators.',
  ],
  [
    'e8611ab8-c189-46e8-94e1-60213ab1f814',
    'Privileged Role Administrator',
    'Can manage role assignments, and all aspects of Privileged Identity Management.',
  ],
  [
    '7be44c8a-adaf-4e2a-84d6-ab2649e08a13',
    'Privileged Authentication Administrator',
    'Can view, set and reset authentication method information for any user.',
  ],
  [
    'c4e39bd9-1100-46d3-8c65-fb160da0071f',
    'Authentication Administrator',
    'Can view, set and reset authentication method information for any non-admin user.',
  ],
  ['fdd7a751-b60b-444a-984c-02652fe8fa1c', 'Groups Administrator', 'Can create and manage groups and their settings.'],
  ['4d6ac14f-3453-41d0-bef9-a3e0c569773a', 'License Administrator', 'Can manage product licenses on users and groups.'],
  ['5d6b6bb7-de71-4623-b4af-96380a352509', 'Security Reader', 'Can read security information and reports.'],
  ['4a5d8f65-41da-4de4-8968-e035b65339cf', 'Reports Reader', 'Can read sign-in and audit reports.'],
  [
    'f2ef992c-3afb-46b9-b7cf-a126ee74c451',
    'Global Reader',
    'Can read everything that a Global Administrator can, but not update anything.',
  ],
  [
    '966707d0-3269-4727-9be2-8c3a10f19b9d',
    'Password Administrator',
    'Can reset passwords for non-administrators and Password Administrators.',
  ],
  ['88d8e3e3-8f55-4a1e-953a-9b9898b8876b', 'Directory Readers', 'Can read basic directory information.'],
];

/** Template id of a built-in role by its display name. */
export function roleTemplateId(displayName: string): string {
  const found = builtIn.find(([, name]) => name === displayName);
  if (found === undefined) throw new RangeError(`no built-in role ${displayName}`);
  return found[0];
}

interface NewObject {
  readonly id: string;
  readonly ordinal: number;
}

/** Directory roles, who holds them, and who may take them up. */
export class Roles {
  readonly definitions: readonly Row[];
  readonly #active = new Map<string, Row>();
  readonly #assignments: Row[] = [];
  readonly #eligible: Row[] = [];
  readonly #next: () => NewObject;
  readonly #startedAt: number;

  /** `next` gives an unused id and place. */
  constructor(next: () => NewObject, startedAt: number) {
    this.#next = next;
    this.#startedAt = startedAt;
    this.definitions = builtIn.map(
      ([templateId, displayName, description], index) =>
        new Row('roleDefinition', templateId, index, {
          templateId,
          displayName,
          description,
          version: '1',
          isBuiltIn: true,
          isEnabled: true,
          resourceScopes: ['/'],
          rolePermissions: [{ allowedResourceActions: [], condition: null }],
        }),
    );
  }

  /** Roles that were activated: those somebody was ever given. */
  get active(): Row[] {
    return [...this.#active.values()];
  }

  get assignments(): readonly Row[] {
    return this.#assignments;
  }

  get eligible(): readonly Row[] {
    return this.#eligible;
  }

  /** An active role by object id, or by template with `roleTemplateId=…`. */
  find(key: string): Row | undefined {
    const template = /^roleTemplateId=(.+)$/.exec(key)?.[1];
    if (template !== undefined) return this.#active.get(template.toLowerCase());
    return this.active.find((role) => role.id === key.toLowerCase());
  }

  assign(principal: DirectoryObject, displayName: string): void {
    const templateId = roleTemplateId(displayName);
    this.#activate(templateId);
    const { id, ordinal } = this.#next();
    const row = {
      principalId: principal.id,
      directoryScopeId: '/',
      roleDefinitionId: templateId,
      appScopeId: null,
      condition: null,
    };
    this.#assignments.push(
      new Row('record', Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url').concat('-1'), ordinal, row),
    );
  }

  makeEligible(principal: DirectoryObject, displayName: string): void {
    const { id, ordinal } = this.#next();
    const createdDateTime = directoryTime(this.#startedAt - 60 * 86_400_000);
    const row = {
      principalId: principal.id,
      directoryScopeId: '/',
      roleDefinitionId: roleTemplateId(displayName),
      appScopeId: null,
      createdUsing: id,
      createdDateTime,
      modifiedDateTime: null,
      status: 'Provisioned',
      memberType: 'Direct',
      scheduleInfo: {
        startDateTime: createdDateTime,
        recurrence: null,
        expiration: { type: 'noExpiration', endDateTime: null, duration: null },
      },
    };
    this.#eligible.push(new Row('record', id, ordinal, row));
  }

  /** The roles that one principal holds itself. */
  heldBy(principalId: string): Row[] {
    return this.#assignments
      .filter((row) => row.get('principalId') === principalId)
      .flatMap((row) => this.#active.get(String(row.get('roleDefinitionId'))) ?? []);
  }

  /** The principals that hold a role directly: users, service principals and role-assignable groups. */
  holders(role: Row): string[] {
    return this.#assignments
      .filter((row) => row.get('roleDefinitionId') === role.get('roleTemplateId'))
      .map((row) => String(row.get('principalId')));
  }

  /** Someone permanently deleted holds nothing any more. */
  forget(principalId: string): void {
    for (const rows of [this.#assignments, this.#eligible]) {
      for (let index = rows.length - 1; index >= 0; index -= 1) {
        if (rows[index]?.get('principalId') === principalId) rows.splice(index, 1);
      }
    }
  }

  #activate(templateId: string): void {
    if (this.#active.has(templateId)) return;
    const [, displayName, description] = builtIn.find(([id]) => id === templateId) ?? [];
    const { id, ordinal } = this.#next();
    this.#active.set(
      templateId,
      new Row('directoryRole', id, ordinal, {
        displayName,
        description,
        roleTemplateId: templateId,
        deletedDateTime: null,
      }),
    );
  }
}
