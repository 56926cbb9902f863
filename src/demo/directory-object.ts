/** The entity types that this tenant holds. */
export type Kind =
  | 'user'
  | 'group'
  | 'device'
  | 'servicePrincipal'
  | 'application'
  | 'directoryRole'
  | 'administrativeUnit'
  | 'roleDefinition'
  | 'record';

/** One object of the tenant. Properties are computed when they are read, so that reading one costs one. */
export interface DirectoryObject {
  readonly kind: Kind;
  readonly id: string;
  /** Place in the order in which lists return objects; never reused. */
  readonly ordinal: number;
  /** `undefined` means that Graph leaves the property out of its answer. */
  get(property: string): unknown;
}

/** An object whose properties are simply kept. */
export class Row implements DirectoryObject {
  readonly kind: Kind;
  readonly id: string;
  readonly ordinal: number;
  readonly values: Record<string, unknown>;

  constructor(kind: Kind, id: string, ordinal: number, values: Record<string, unknown>) {
    this.kind = kind;
    this.id = id;
    this.ordinal = ordinal;
    this.values = values;
  }

  get(property: string): unknown {
    return property === 'id' ? this.id : this.values[property];
  }
}
