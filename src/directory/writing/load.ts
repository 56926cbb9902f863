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

/** Empties a collection whose first load has to begin anew. */
export function clearLoad(db: DatabaseSync, collection: Collection): void {
  if (collection === 'users') {
    db.exec("DELETE FROM internal_users; DELETE FROM licenses; DELETE FROM internal_removed WHERE kind = 'user';");
  } else {
    db.exec("DELETE FROM internal_groups; DELETE FROM memberships; DELETE FROM internal_removed WHERE kind <> 'user';");
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
      DELETE FROM internal_users WHERE EXISTS (SELECT 1 FROM internal_users later WHERE later.id = internal_users.id AND later.rowid > internal_users.rowid);
      DELETE FROM internal_removed WHERE kind = 'user';
      DELETE FROM internal_deleted WHERE kind = 'user' AND id IN (SELECT id FROM internal_users);
      DROP INDEX users_load;
      ${unique};
    `);
    licenses.rebuild();
  }
  db.exec(`
    CREATE INDEX users_by_name ON internal_users (userPrincipalName);
    CREATE INDEX users_by_manager ON internal_users (managerId) WHERE managerId IS NOT NULL;
    CREATE INDEX licenses_by_user ON licenses (userId);
    CREATE INDEX licenses_by_product ON licenses (skuPartNumber, userId);
  `);
}

function endGroups(db: DatabaseSync): void {
  const unique = 'CREATE UNIQUE INDEX memberships_by_member ON memberships (memberId, groupId)';
  if (hasRemoved(db, 'group') || hasRemoved(db, 'member') || !isIndexed(db, unique)) {
    db.exec(`
      CREATE INDEX memberships_load ON memberships (groupId, memberId);
      DELETE FROM internal_groups WHERE rowid IN (
        SELECT g.rowid FROM internal_removed r JOIN internal_groups g ON g.id = r.id AND g.rowid <= r.mark WHERE r.kind = 'group'
      );
      DELETE FROM memberships WHERE rowid IN (
        SELECT m.rowid FROM internal_removed r
        JOIN memberships m ON m.groupId = r.id AND m.memberId = r.memberId AND m.rowid <= r.mark
        WHERE r.kind = 'member'
      );
      DELETE FROM memberships WHERE EXISTS (
        SELECT 1 FROM memberships later
        WHERE later.groupId = memberships.groupId AND later.memberId = memberships.memberId
          AND later.rowid > memberships.rowid
      );
      DELETE FROM internal_removed WHERE kind <> 'user';
      DELETE FROM internal_deleted WHERE kind = 'group' AND id IN (SELECT id FROM internal_groups);
      INSERT OR IGNORE INTO internal_parked (kind, id, otherId, type)
        SELECT 'member', groupId, memberId, memberType FROM memberships
        WHERE groupId IN (SELECT id FROM internal_deleted);
      DELETE FROM memberships WHERE NOT EXISTS (SELECT 1 FROM internal_groups g WHERE g.id = memberships.groupId);
      DROP INDEX memberships_load;
      ${unique};
    `);
  }
  db.exec('CREATE INDEX memberships_by_group ON memberships (groupId)');
}

function hasRemoved(db: DatabaseSync, kind: 'user' | 'group' | 'member'): boolean {
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
