import { builtInRoles, roleTemplateId } from './built-in-roles.ts';
import { type DirectoryObject, Row } from './directory-object.ts';
import { directoryTime } from './people/generated.ts';

interface NewObject {
  readonly id: string;
  readonly ordinal: number;
}

/** Who is given which role where. */
export interface RoleGrant {
  readonly principalId: string;
  readonly roleDefinitionId: string;
  /** `/`, or `/administrativeUnits/{id}`. */
  readonly directoryScopeId: string;
}

/** The active roles, or those that could be taken up. */
export type RoleState = 'assigned' | 'eligible';

export const everywhere = '/';
export const scopeOf = (unitId: string): string => `/administrativeUnits/${unitId}`;

const forever = { type: 'noExpiration', endDateTime: null, duration: null };

/** Directory roles, who holds them, and who may take them up. An assignment is its own schedule too, as in PIM. */
export class Roles {
  readonly definitions: readonly Row[];
  readonly #active = new Map<string, Row>();
  readonly #rows: Readonly<Record<RoleState, Row[]>> = { assigned: [], eligible: [] };
  readonly #next: () => NewObject;

  /** `next` gives an unused id and place. */
  constructor(next: () => NewObject) {
    this.#next = next;
    this.definitions = builtInRoles.map(
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
    return this.#rows.assigned;
  }

  get eligible(): readonly Row[] {
    return this.#rows.eligible;
  }

  /** An active role by object id, or by template with `roleTemplateId=…`. */
  find(key: string): Row | undefined {
    const template = /^roleTemplateId=(.+)$/.exec(key)?.[1];
    if (template !== undefined) return this.#active.get(template.toLowerCase());
    return this.active.find((role) => role.id === key.toLowerCase());
  }

  /** The active role of a definition. */
  roleOf(definitionId: unknown): Row | undefined {
    return this.#active.get(String(definitionId));
  }

  /** Gives a role, or the right to take it up. `endDateTime` says until when. */
  grant(
    state: RoleState,
    { principalId, roleDefinitionId, directoryScopeId }: RoleGrant,
    atMs: number,
    endDateTime?: string,
  ): Row {
    if (state === 'assigned') this.#activate(roleDefinitionId);
    const { id, ordinal } = this.#next();
    const createdDateTime = directoryTime(atMs);
    const row = {
      principalId,
      directoryScopeId,
      roleDefinitionId,
      appScopeId: null,
      condition: null,
      createdUsing: id,
      createdDateTime,
      modifiedDateTime: null,
      status: 'Provisioned',
      memberType: 'Direct',
      ...(state === 'assigned' ? { assignmentType: 'Assigned' } : {}),
      scheduleInfo: {
        startDateTime: createdDateTime,
        recurrence: null,
        expiration: endDateTime === undefined ? forever : { type: 'afterDateTime', endDateTime, duration: null },
      },
    };
    const key = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url').concat('-1');
    const made = new Row('record', state === 'assigned' ? key : id, ordinal, row);
    this.#rows[state].push(made);
    return made;
  }

  /** Gives a principal a built-in role by its name, everywhere. */
  assign(principal: DirectoryObject, displayName: string, atMs: number, directoryScopeId = everywhere): Row {
    const grant = { principalId: principal.id, roleDefinitionId: roleTemplateId(displayName), directoryScopeId };
    return this.grant('assigned', grant, atMs);
  }

  makeEligible(principal: DirectoryObject, displayName: string, atMs: number): Row {
    const grant = {
      principalId: principal.id,
      roleDefinitionId: roleTemplateId(displayName),
      directoryScopeId: everywhere,
    };
    return this.grant('eligible', grant, atMs);
  }

  granted(state: RoleState, grant: RoleGrant): Row | undefined {
    return this.#rows[state].find(
      (row) =>
        row.get('principalId') === grant.principalId &&
        row.get('roleDefinitionId') === grant.roleDefinitionId &&
        row.get('directoryScopeId') === grant.directoryScopeId,
    );
  }

  revoke(state: RoleState, row: Row): void {
    const rows = this.#rows[state];
    const index = rows.indexOf(row);
    if (index >= 0) rows.splice(index, 1);
  }

  /** The roles that one principal holds itself in the whole tenant. */
  heldBy(principalId: string): Row[] {
    return this.#in(everywhere)
      .filter((row) => row.get('principalId') === principalId)
      .flatMap((row) => this.roleOf(row.get('roleDefinitionId')) ?? []);
  }

  /** The principals that hold a role directly in the whole tenant: users, service principals and role-assignable groups. */
  holders(role: Row): string[] {
    return this.#in(everywhere)
      .filter((row) => row.get('roleDefinitionId') === role.get('roleTemplateId'))
      .map((row) => String(row.get('principalId')));
  }

  /** What is assigned in one administrative unit. */
  scopedTo(unitId: string): Row[] {
    return this.#in(scopeOf(unitId));
  }

  /** Someone permanently deleted holds nothing any more. */
  forget(principalId: string): void {
    for (const rows of [this.#rows.assigned, this.#rows.eligible]) {
      for (let index = rows.length - 1; index >= 0; index -= 1) {
        if (rows[index]?.get('principalId') === principalId) rows.splice(index, 1);
      }
    }
  }

  #in(directoryScopeId: string): Row[] {
    return this.#rows.assigned.filter((row) => row.get('directoryScopeId') === directoryScopeId);
  }

  /** Makes the directory role of a definition, which exists from its first assignment on. */
  #activate(templateId: string): void {
    if (this.#active.has(templateId)) return;
    const [, displayName, description] = builtInRoles.find(([id]) => id === templateId) ?? [];
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
