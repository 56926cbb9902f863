import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Absence } from './absence.ts';
import type { ChangeLog } from './change-log.ts';
import type { Related } from './page.ts';
import type { RoundMode, Tally } from './round.ts';
import type { Seen } from './seen.ts';

/** Who is a direct member of which group. */
export class Memberships {
  readonly #log: ChangeLog;
  readonly #absence: Absence;
  readonly #seen: Seen;
  readonly #load: StatementSync;
  readonly #has: StatementSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #involving: StatementSync;
  readonly #leftOut: StatementSync;
  readonly #unseen: StatementSync;

  constructor(db: DatabaseSync, { log, absence, seen }: { log: ChangeLog; absence: Absence; seen: Seen }) {
    this.#log = log;
    this.#absence = absence;
    this.#seen = seen;
    this.#load = db.prepare('INSERT INTO memberships (groupId, memberId, memberType) VALUES (?, ?, ?)');
    this.#insert = this.#load;
    this.#has = db.prepare('SELECT 1 FROM memberships WHERE groupId = ? AND memberId = ?');
    this.#remove = db.prepare('DELETE FROM memberships WHERE groupId = ? AND memberId = ? RETURNING memberType');
    this.#involving = db.prepare(
      'SELECT groupId, memberId, memberType FROM memberships WHERE groupId = ? OR memberId = ?',
    );
    this.#leftOut = db.prepare(
      "INSERT INTO internal_removed (kind, id, memberId, mark) SELECT 'member', ?, ?, coalesce(max(rowid), 0) FROM memberships",
    );
    this.#unseen = db.prepare(
      'SELECT groupId, memberId, memberType FROM memberships m WHERE NOT EXISTS (SELECT 1 FROM internal_seen s WHERE s.id = m.groupId AND s.memberId = m.memberId)',
    );
  }

  /** What a page tells of a group's members: all of them in turn, or who came and went. */
  apply(groupId: string, related: readonly Related[], mode: RoundMode, tally: Tally): void {
    for (const { id, type, removed } of related) {
      if (removed) this.#leave(groupId, id, mode, tally);
      else this.#join(groupId, id, type, mode, tally);
    }
  }

  #join(groupId: string, memberId: string, type: string, mode: RoundMode, tally: Tally): void {
    if (mode === 'load') {
      if (this.#absence.has(memberId)) this.#absence.park({ kind: 'member', id: groupId, otherId: memberId, type });
      else this.#load.run(groupId, memberId, type);
      return;
    }
    if (mode === 'full') this.#seen.note(groupId, memberId);
    this.#add(groupId, memberId, type, tally);
  }

  #leave(groupId: string, memberId: string, mode: RoundMode, tally: Tally): void {
    this.#absence.unpark({ kind: 'member', id: groupId, otherId: memberId });
    if (mode === 'load') {
      this.#leftOut.run(groupId, memberId);
      return;
    }
    if (mode === 'full') this.#seen.forget(groupId, memberId);
    this.#drop(groupId, memberId, tally);
  }

  #add(groupId: string, memberId: string, type: string, tally: Tally): void {
    if (this.#absence.has(groupId) || this.#absence.has(memberId)) {
      this.#absence.park({ kind: 'member', id: groupId, otherId: memberId, type });
    } else if (this.#has.get(groupId, memberId) === undefined) {
      this.#insert.run(groupId, memberId, type);
      this.#log.member('member_added', groupId, memberId, type);
      tally.added += 1;
    }
  }

  #drop(groupId: string, memberId: string, tally: Tally): void {
    const row = this.#remove.get(groupId, memberId);
    if (row === undefined) return;
    this.#log.member('member_removed', groupId, memberId, String(row['memberType']));
    tally.removed += 1;
  }

  /** A group or a member is deleted: what it is part of is seen no more, and waits for its return unless it is gone for good. */
  suspend(id: string, isForGood: boolean, tally: Tally): void {
    for (const row of this.#involving.all(id, id)) {
      const [groupId, memberId, type] = [row['groupId'], row['memberId'], row['memberType']].map(String);
      if (groupId === undefined || memberId === undefined || type === undefined) continue;
      this.#drop(groupId, memberId, tally);
      if (!isForGood) this.#absence.park({ kind: 'member', id: groupId, otherId: memberId, type });
    }
  }

  /** What waited for a return. */
  resume(groupId: string, memberId: string, type: string, tally: Tally): void {
    this.#add(groupId, memberId, type, tally);
  }

  /** At the end of a round over everything: what it did not meet is gone. */
  sweep(tally: Tally): void {
    for (const row of this.#unseen.all()) this.#drop(String(row['groupId']), String(row['memberId']), tally);
  }
}
