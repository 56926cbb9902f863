import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Absence } from './absence.ts';
import type { ChangeLog } from './change-log.ts';
import type { Related } from './page.ts';
import type { Link, Returned } from './returned.ts';
import type { RoundMode, Tally } from './round.ts';
import type { Seen } from './seen.ts';

interface MembershipParts {
  readonly log: ChangeLog;
  readonly absence: Absence;
  readonly returned: Returned;
  readonly seen: Seen;
  /** Whether a user or a group is in the mirror; true of what the mirror does not hold. */
  knows(type: string, id: string): boolean;
}

/** Who is a direct member of which group. */
export class Memberships {
  readonly #log: ChangeLog;
  readonly #absence: Absence;
  readonly #seen: Seen;
  readonly #returned: Returned;
  readonly #knows: MembershipParts['knows'];
  readonly #load: StatementSync;
  readonly #has: StatementSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #involving: StatementSync;
  readonly #leftOut: StatementSync;
  readonly #allLeftOut: StatementSync;
  readonly #unseen: StatementSync;

  constructor(db: DatabaseSync, { log, absence, returned, seen, knows }: MembershipParts) {
    this.#log = log;
    this.#absence = absence;
    this.#seen = seen;
    this.#returned = returned;
    this.#knows = knows;
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
    this.#allLeftOut = db.prepare(
      "INSERT INTO internal_removed (kind, id, mark) SELECT 'members', ?, coalesce(max(rowid), 0) FROM memberships",
    );
    this.#unseen = db.prepare(
      "SELECT groupId, memberId, memberType FROM memberships m WHERE NOT EXISTS (SELECT 1 FROM internal_seen s WHERE s.collection = 'groups' AND s.id = m.groupId AND s.memberId = m.memberId)",
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
    // Users and groups are told of by two rounds, each in its own order.
    if (this.#absence.has(groupId) || this.#absence.has(memberId) || !this.#knows(type, memberId)) {
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

  /** Members that the first load brought of a group so far do not count. */
  leaveOut(groupId: string): void {
    this.#allLeftOut.run(groupId);
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

  /** A link that waited for `back`. A group tells its members as it comes back, or they are read. */
  resume(back: string, groupId: string, memberId: string, type: string, tally: Tally): void {
    if (back === groupId) this.#returned.note(groupId, 'group');
    this.#add(groupId, memberId, type, tally);
  }

  /** Who is in the group, as it was read. Of service principals the list does not tell. [learn.microsoft.com/graph/api/group-list-members] */
  settleGroup(groupId: string, members: readonly Link[], tally: Tally): void {
    const ids = new Set(members.map(({ id }) => id));
    for (const row of this.#involving.all(groupId, '')) {
      const memberId = String(row['memberId']);
      if (row['memberType'] !== 'servicePrincipal' && !ids.has(memberId)) this.#drop(groupId, memberId, tally);
    }
    for (const { id, type } of members) this.#add(groupId, id, type, tally);
  }

  /** Which groups a user is in, as it was read: those that are in the mirror. */
  settleMember(memberId: string, groups: readonly string[], tally: Tally): void {
    for (const row of this.#involving.all('', memberId)) {
      const groupId = String(row['groupId']);
      if (!groups.includes(groupId)) this.#drop(groupId, memberId, tally);
    }
    // Of a group that is not there yet, its own page tells all members.
    for (const id of groups) if (this.#knows('group', id)) this.#add(id, memberId, 'user', tally);
  }

  /** At the end of a round over everything: what it did not meet is gone. */
  sweep(tally: Tally): void {
    for (const row of this.#unseen.all()) this.#drop(String(row['groupId']), String(row['memberId']), tally);
  }
}
