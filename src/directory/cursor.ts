import { changeCursorForm } from '../contract/index.ts';

/** What a base tells, in this order. */
export const baseTables = ['users', 'groups', 'memberships'] as const;
export type BaseTable = (typeof baseTables)[number];

/** A place in the feed of a mirror. */
export interface Place {
  readonly mirrorId: string;
  /** The changes up to this one are told, or are part of the base. */
  readonly sequence: number;
  /** While a base is told: the row up to which it is. */
  readonly base?: { readonly table: BaseTable; readonly rowid: number };
}

/** A place in the feed of a mirror, as callers hold it: good for as long as the mirror lives. */
export function changeCursor(mirrorId: string, sequence: number): string {
  return cursorOf({ mirrorId, sequence });
}

export function cursorOf({ mirrorId, sequence, base }: Place): string {
  const inBase = base === undefined ? '' : `.${base.table}.${base.rowid}`;
  return `c1.${mirrorId}.${sequence}${inBase}`;
}

/** Undefined for what is no cursor. */
export function placeOf(cursor: string): Place | undefined {
  const [, mirrorId, sequence, table, rowid] = changeCursorForm.exec(cursor) ?? [];
  if (mirrorId === undefined) return undefined;
  const named = baseTables.find((each) => each === table);
  return {
    mirrorId,
    sequence: Number(sequence),
    ...(named === undefined ? {} : { base: { table: named, rowid: Number(rowid) } }),
  };
}
