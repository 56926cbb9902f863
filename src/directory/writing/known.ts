import type { DatabaseSync } from 'node:sqlite';

/** Whether an object is in the mirror, or may yet come with a first load that has not ended. */
export function knownIn(db: DatabaseSync): (type: string, id: string) => boolean {
  const users = db.prepare(
    'SELECT 1 FROM internal_mirror WHERE NOT usersComplete OR EXISTS (SELECT 1 FROM internal_users WHERE id = ?)',
  );
  const groups = db.prepare(
    'SELECT 1 FROM internal_mirror WHERE NOT groupsComplete OR EXISTS (SELECT 1 FROM internal_groups WHERE id = ?)',
  );
  return (type, id) => {
    // Of other kinds the mirror keeps the id alone.
    const known = type === 'user' ? users : type === 'group' ? groups : undefined;
    return known === undefined || known.get(id) !== undefined;
  };
}
