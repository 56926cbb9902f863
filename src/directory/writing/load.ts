import type { DatabaseSync } from 'node:sqlite';
import type { Licenses } from './licenses.ts';
import type { Collection } from './round.ts';

/**
 * Ends the first load of a collection. Rows were put in without an index to look them up by, which is several times
 * faster: what came twice is made one now, and what was left out later is taken out.
 */
export function endLoad(db: DatabaseSync, collection: Collection, licenses: Licenses): void {
  if (collection === 'users') endUsers(db, licenses);
  else endGroups(db);
}

/**
 * Once users and groups are both there: memberships of users who are not. They came after their page, or went before it, by
 * what Graph told of one collection and not of the other one yet: if they come, their memberships wait for them.
 */
export function parkStrangers(db: DatabaseSync): void {
  // By the index: each member is looked up once, however many groups they are in.
  const strangers =
    'SELECT memberId FROM (SELECT DISTINCT memberId FROM memberships) m WHERE NOT EXISTS (SELECT 1 FROM internal_users u WHERE u.id = m.memberId)';
  db.exec(`
    INSERT OR IGNORE INTO internal_parked (kind, id, otherId, type)
      SELECT 'member', groupId, memberId, memberType FROM memberships WHERE memberId IN (${strangers}) AND memberType = 'user';
    DELETE FROM memberships WHERE memberId IN (${strangers}) AND memberType = 'user';
  `);
}

/** Empties a collection whose first load has to begin anew. */
export function clearLoad(db: DatabaseSync, collection: Collection): void {
  if (collection === 'users') {
    db.exec(
      "DELETE FROM internal_users; DELETE FROM licenses; DELETE FROM internal_removed WHERE kind IN ('user', 'manager');",
    );
  } else {
    db.exec(
      "DELETE FROM internal_groups; DELETE FROM memberships; DELETE FROM internal_removed WHERE kind IN ('members', 'member');",
    );
  }
}

function endUsers(db: DatabaseSync, licenses: Licenses): void {
  const unique = 'CREATE UNIQUE INDEX users_by_id ON internal_users (id)';
  if (hasRemoved(db, 'user') || !isIndexed(db, unique)) {
    db.exec(`
      CREATE INDEX users_load ON internal_users (id);
      DELETE FROM internal_users WHERE rowid IN (
        SELECT u.rowid FROM internal_removed r JOIN internal_users u ON u.id = r.id AND u.rowid <= r.mark WHERE r.kind = 'user'
      );
      -- Who comes again with another property may come without the manager.
      UPDATE internal_users SET managerId = (
        SELECT earlier.managerId FROM internal_users earlier
        WHERE earlier.id = internal_users.id AND earlier.rowid < internal_users.rowid AND earlier.managerId IS NOT NULL
          AND earlier.rowid > coalesce((SELECT max(mark) FROM internal_removed r WHERE r.kind = 'manager' AND r.id = earlier.id), 0)
        ORDER BY earlier.rowid DESC LIMIT 1
      )
      WHERE managerId IS NULL AND EXISTS (
        SELECT 1 FROM internal_users earlier WHERE earlier.id = internal_users.id AND earlier.rowid < internal_users.rowid
      );
      DELETE FROM internal_users WHERE EXISTS (SELECT 1 FROM internal_users later WHERE later.id = internal_users.id AND later.rowid > internal_users.rowid);
      DROP INDEX users_load;
      ${unique};
      -- Those who are gone may have been told of as members before. Of groups that are still to come, nothing is known here.
      INSERT OR IGNORE INTO internal_parked (kind, id, otherId, type)
        SELECT 'member', groupId, memberId, memberType FROM memberships WHERE memberId IN (${gone}) AND memberId IN (SELECT id FROM internal_deleted);
      DELETE FROM memberships WHERE memberId IN (${gone});
      INSERT OR IGNORE INTO internal_parked (kind, id, otherId)
        SELECT 'manager', id, managerId FROM internal_users WHERE managerId IN (${gone}) AND managerId IN (SELECT id FROM internal_deleted);
      UPDATE internal_users SET managerId = NULL WHERE managerId IN (${gone});
    `);
    licenses.rebuild();
  }
  db.exec(`
    DELETE FROM internal_removed WHERE kind IN ('user', 'manager');
    -- They came back while it went on: what is known of their memberships and reports is what was told without them.
    INSERT OR IGNORE INTO internal_returned (id, kind)
      SELECT id, kind FROM internal_deleted d WHERE kind = 'user' AND EXISTS (SELECT 1 FROM internal_users u WHERE u.id = d.id);
    DELETE FROM internal_deleted WHERE id IN (SELECT id FROM internal_returned);
    CREATE INDEX users_by_name ON internal_users (userPrincipalName);
    CREATE INDEX users_by_manager ON internal_users (managerId) WHERE managerId IS NOT NULL;
    CREATE INDEX licenses_by_user ON licenses (userId);
    CREATE INDEX licenses_by_product ON licenses (skuPartNumber, userId);
  `);
}

const gone =
  "SELECT id FROM internal_removed r WHERE kind = 'user' AND NOT EXISTS (SELECT 1 FROM internal_users u WHERE u.id = r.id)";

function endGroups(db: DatabaseSync): void {
  const unique = 'CREATE UNIQUE INDEX memberships_by_member ON memberships (memberId, groupId)';
  if (hasRemoved(db, 'members') || hasRemoved(db, 'member') || !isIndexed(db, unique)) {
    db.exec(`
      CREATE INDEX memberships_load ON memberships (groupId, memberId);
      DELETE FROM memberships WHERE rowid IN (
        SELECT m.rowid FROM internal_removed r
        JOIN memberships m ON m.groupId = r.id AND m.memberId = r.memberId AND m.rowid <= r.mark
        WHERE r.kind = 'member'
      );
      INSERT OR IGNORE INTO internal_parked (kind, id, otherId, type)
        SELECT 'member', groupId, memberId, memberType FROM memberships
        WHERE groupId IN (SELECT id FROM internal_deleted) AND NOT EXISTS (SELECT 1 FROM internal_groups g WHERE g.id = memberships.groupId);
      -- A group that came back told its members anew.
      DELETE FROM memberships WHERE rowid IN (
        SELECT m.rowid FROM internal_removed r JOIN memberships m ON m.groupId = r.id AND m.rowid <= r.mark WHERE r.kind = 'members'
      );
      DELETE FROM memberships WHERE EXISTS (
        SELECT 1 FROM memberships later
        WHERE later.groupId = memberships.groupId AND later.memberId = memberships.memberId
          AND later.rowid > memberships.rowid
      );
      DELETE FROM internal_removed WHERE kind IN ('members', 'member');
      DROP INDEX memberships_load;
      ${unique};
    `);
  }
  db.exec(`
    CREATE INDEX memberships_by_group ON memberships (groupId);
    DELETE FROM internal_deleted WHERE kind = 'group' AND EXISTS (SELECT 1 FROM internal_groups g WHERE g.id = internal_deleted.id);
  `);
}

function hasRemoved(db: DatabaseSync, kind: 'user' | 'members' | 'member'): boolean {
  return db.prepare('SELECT 1 FROM internal_removed WHERE kind = ? LIMIT 1').get(kind) !== undefined;
}

/** False where rows are not unique: nothing is done then. */
function isIndexed(db: DatabaseSync, sql: string): boolean {
  try {
    db.exec(sql);
    return true;
  } catch (error) {
    // SQLITE_CONSTRAINT and its kinds [sqlite.org/rescode.html]
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 19) return false;
    throw error;
  }
}
