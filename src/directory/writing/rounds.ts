import type { DatabaseSync } from 'node:sqlite';
import type { Absence } from './absence.ts';
import type { Licenses } from './licenses.ts';
import { clearLoad, endLoad, parkStrangers } from './load.ts';
import type { Memberships } from './memberships.ts';
import type { MirrorRow } from './mirror-row.ts';
import type { Objects } from './objects.ts';
import type { Collection, RoundMode, Tally } from './round.ts';
import { Seen } from './seen.ts';

interface RoundParts {
  readonly db: DatabaseSync;
  readonly row: MirrorRow;
  readonly absence: Absence;
  readonly licenses: Licenses;
  readonly memberships: Memberships;
}

/** How rounds begin anew and end. What comes between is pages. */
export class Rounds {
  readonly #parts: RoundParts;

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  /** Everything is gone through from the beginning: once more, or still for the first time. */
  restart(collection: Collection): void {
    const { db, row, absence } = this.#parts;
    const { complete } = row.standing()[collection];
    absence.unparkStrangers(collection === 'users' ? 'manager' : 'member');
    if (complete) new Seen(db, collection).clear();
    else clearLoad(db, collection);
    row.place(collection, { link: undefined, underWay: false }, complete ? 'full' : 'load');
  }

  /** The last page of a round was taken in; `objects` are those of the collection. */
  end(collection: Collection, mode: RoundMode, objects: Objects, tally: Tally): void {
    const { db, row, absence, licenses, memberships } = this.#parts;
    if (mode === 'load') {
      endLoad(db, collection, licenses);
      if (row.standing()[collection === 'users' ? 'groups' : 'users'].complete) parkStrangers(db);
      absence.refresh();
    }
    if (mode === 'full') {
      if (collection === 'groups') memberships.sweep(tally);
      else absence.doubt();
      objects.sweep(tally);
    }
    row.endRound(collection, mode);
    if (collection === 'users' && mode !== 'delta') {
      row.endAdding();
      objects.silent = [];
    }
  }
}
