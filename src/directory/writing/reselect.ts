import type { DatabaseSync } from 'node:sqlite';
import { type Selection, signInColumns, signInField } from '../columns.ts';
import { addingIn, definition, fieldsIn, viewOfUsers } from '../mirror-file.ts';

/**
 * Brings the columns to another selection, in the caller's transaction. What is no longer selected is erased at once, from the
 * feed too; what is new is still to be brought by a round over all users. True where there is such a round to make.
 */
export function reselect(db: DatabaseSync, selection: Selection): boolean {
  const before = fieldsIn(db);
  const added = selection.fields.filter((name) => !before.includes(name));
  const dropped = before.filter((name) => !selection.fields.includes(name));
  if (added.length + dropped.length === 0) return false;
  db.exec('DROP VIEW users');
  for (const name of added) {
    for (const column of columnsOf(name, selection))
      db.exec(`ALTER TABLE internal_users ADD COLUMN ${definition(column)}`);
  }
  for (const name of dropped) drop(db, name);
  db.exec(viewOfUsers(selection));
  const adding = [...addingIn(db).filter((name) => !dropped.includes(name)), ...added].filter(isSelected);
  db.prepare('UPDATE internal_mirror SET fields = ?, adding = ?').run(
    JSON.stringify(selection.fields),
    JSON.stringify([...new Set(adding)]),
  );
  return [...added, ...dropped].some(isSelected);
}

/** Sign-in activity has its own way, and no part in `$select`. */
const isSelected = (name: string) => name !== signInField;

function columnsOf(name: string, selection: Selection) {
  return isSelected(name) ? selection.columns.filter((column) => column.name === name) : signInColumns;
}

/** The name is one of the columns' own. */
function drop(db: DatabaseSync, name: string): void {
  db.exec('UPDATE internal_mirror SET leavesBytes = 1');
  if (!isSelected(name)) {
    for (const column of signInColumns) db.exec(`ALTER TABLE internal_users DROP COLUMN ${column.name}`);
    db.exec('UPDATE internal_mirror SET signInsLink = NULL, signInsAt = NULL');
    return;
  }
  db.exec(`ALTER TABLE internal_users DROP COLUMN ${name}`);
  db.prepare("UPDATE changes SET fields = json_remove(fields, ?) WHERE kind LIKE 'user_%' AND fields IS NOT NULL").run(
    `$.${name}`,
  );
  db.exec("DELETE FROM changes WHERE kind = 'user_updated' AND fields = '{}'");
}
