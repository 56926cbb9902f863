import type { DirectoryObject } from './directory-object.ts';
import { Row } from './directory-object.ts';
import { operatorTable, propertyTable, type Resource } from './odata/resource.ts';
import { directoryTime } from './people/generated.ts';

export const administrativeUnitResource: Resource = {
  name: 'AdministrativeUnit',
  type: 'microsoft.graph.administrativeUnit',
  properties: propertyTable({
    string: 'description displayName visibility membershipType membershipRule membershipRuleProcessingState',
    boolean: 'isMemberManagementRestricted',
    dateTime: 'deletedDateTime',
  }),
  operators: operatorTable({ 'd---': 'id', 'dd--': 'displayName description' }),
  endsWith: [],
  searchable: ['displayName', 'description'],
  orderby: {},
  expandable: ['members'],
  pageSize: { default: 100, max: 999 },
  directory: true,
};

/** An administrative unit, with the ids of those in it. */
export interface AdministrativeUnit {
  readonly row: Row;
  readonly members: Set<string>;
}

/** Administrative units, and who is in them. */
export class AdministrativeUnits {
  readonly #units: AdministrativeUnit[] = [];

  get all(): readonly AdministrativeUnit[] {
    return this.#units;
  }

  create(
    { id, ordinal }: { readonly id: string; readonly ordinal: number },
    displayName: string,
    members: readonly string[],
    startedAt: number,
    isMemberManagementRestricted = false,
  ): AdministrativeUnit {
    const row = new Row('administrativeUnit', id, ordinal, {
      displayName,
      description: null,
      visibility: null,
      membershipType: 'Assigned',
      membershipRule: null,
      membershipRuleProcessingState: null,
      isMemberManagementRestricted,
      deletedDateTime: null,
      createdDateTime: directoryTime(startedAt - 500 * 86_400_000),
    });
    const unit = { row, members: new Set(members) };
    this.#units.push(unit);
    return unit;
  }

  find(id: string): AdministrativeUnit | undefined {
    return this.#units.find(({ row }) => row.id === id.toLowerCase());
  }

  holding(object: DirectoryObject): AdministrativeUnit[] {
    return this.#units.filter(({ members }) => members.has(object.id));
  }

  /** Someone who is gone for good is in none. */
  forget(id: string): void {
    for (const { members } of this.#units) members.delete(id);
  }
}

export const isRestricted = ({ row }: AdministrativeUnit): boolean => row.get('isMemberManagementRestricted') === true;
