import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { mirrorFile, openMirror } from '../../../src/directory/mirror-file.ts';
import { selectionOf } from '../../../src/directory/selection.ts';

/** A folder of a tenant with a small mirror in it, whose rows are written by hand, and a state file beside it. */
export interface Mirror {
  readonly folder: string;
  readonly file: string;
  readonly state: string;
  /** The connection of the sync, which stays open as it does in a server. */
  readonly db: DatabaseSync;
  [Symbol.dispose](): void;
}

const licenses = JSON.stringify(['SPE_E5']);

/** @param fields as in ENTRA_MCP_DIRECTORY_FIELDS: every user then has a value in them. */
export function smallMirror(fields: readonly string[] = []): Mirror {
  const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-query-'));
  const file = mirrorFile(folder);
  const state = join(folder, 'state.db');
  writeFileSync(state, 'the plans and the audit trail');
  const db = openMirror(file, selectionOf(fields));
  for (const [number, name, department] of [
    [1, 'Ann Berg', 'Research'],
    [2, 'Bob Cole', 'Sales'],
    [3, "Cy O'Brien", 'Sales'],
  ] as const) {
    const own = {
      displayName: name,
      department,
      ...Object.fromEntries(fields.map((field) => [field, `secret ${number}`])),
    };
    const columns = { id: `u${number}`, ...own, accountEnabled: number % 2 };
    insert(db, 'internal_users', { ...columns, jobTitle: 'Vacuum technician', managerId: number === 1 ? null : 'u1' });
  }
  insert(db, 'internal_groups', { id: 'g1', displayName: 'All of Sales', securityEnabled: 1 });
  insert(db, 'memberships', { groupId: 'g1', memberId: 'u2', memberType: 'user' });
  insert(db, 'memberships', { groupId: 'g1', memberId: 'u3', memberType: 'user' });
  insert(db, 'licenses', { userId: 'u1', skuId: 's1', skuPartNumber: 'SPE_E5', disabledPlans: licenses });
  const changed = Object.fromEntries(['department', ...fields].map((field) => [field, { old: 'secret', new: 'x' }]));
  insert(db, 'changes', {
    time: '2026-11-01T00:00:00Z',
    kind: 'user_updated',
    id: 'u2',
    fields: JSON.stringify(changed),
  });
  db.exec("UPDATE internal_mirror SET usersMode = 'delta', usersLink = 'https://graph/delta?token=secret'");
  return {
    folder,
    file,
    state,
    db,
    [Symbol.dispose]: () => {
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function insert(db: DatabaseSync, table: string, row: Readonly<Record<string, string | number | null>>): void {
  const columns = Object.keys(row);
  db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(
    ...Object.values(row),
  );
}
