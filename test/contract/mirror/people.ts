import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { optionalFields, selectionOf } from '../../../src/directory/columns.ts';
import { openMirror } from '../../../src/directory/mirror-file.ts';

/** A mirror with every column there can be, in a folder of its own. */
export function emptyMirror(): { readonly db: DatabaseSync; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'mirror-'));
  const db = openMirror(join(folder, 'directory.db'), selectionOf(optionalFields));
  return {
    db,
    close() {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const e3 = '05e9a617-0261-4cee-bb44-138d3ef5d965';
export const e5 = '06ebc4ee-1bb5-47dd-8120-11324bc54e06';
export const boss = '10000000-0000-4000-8000-00000000000a';

/** Five people by the names they go by in tests: ada, ben, cy, dot and boss, their manager but for boss and dot. */
export function fillMirror(db: DatabaseSync): void {
  person(db, 'ada', {
    displayName: 'Ada Lovelace',
    department: 'Sales',
    accountEnabled: 1,
    lastSignInDateTime: '2026-02-01T08:00:00Z',
  });
  person(db, 'ben', {
    displayName: "Ben O'Hara",
    department: 'SALES',
    accountEnabled: 0,
    lastSignInDateTime: '2025-06-01T00:00:00Z',
  });
  person(db, 'cy', {
    displayName: 'Cy 100%',
    department: null,
    accountEnabled: 1,
    userType: 'Guest',
    otherMails: '["CY@home.example"]',
  });
  person(db, 'dot', {
    displayName: 'dot lovelace',
    department: 'Legal',
    accountEnabled: 1,
    managerId: null,
    onPremisesSyncEnabled: 1,
  });
  person(db, 'boss', { id: boss, displayName: 'Boss', department: 'Board', accountEnabled: 1, managerId: null });
  license(db, 'ada', e5, 'SPE_E5');
  license(db, 'ada', e3, 'SPE_E3');
  license(db, 'ben', e3, 'SPE_E3');
}

function person(db: DatabaseSync, name: string, values: Readonly<Record<string, string | number | null>>): void {
  const row = {
    id: name,
    userPrincipalName: `${name}@contoso.com`,
    mail: `${name}@contoso.com`,
    userType: 'Member',
    createdDateTime: '2025-01-01T00:00:00Z',
    proxyAddresses: `["SMTP:${name}@contoso.com"]`,
    managerId: boss,
    object: '{}',
    ...values,
  };
  const columns = Object.keys(row);
  db.prepare(`INSERT INTO users (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(
    ...Object.values(row),
  );
}

function license(db: DatabaseSync, userId: string, skuId: string, skuPartNumber: string): void {
  db.prepare('INSERT INTO licenses (userId, skuId, skuPartNumber, disabledPlans) VALUES (?, ?, ?, ?)').run(
    userId,
    skuId,
    skuPartNumber,
    '[]',
  );
  const held = db.prepare(
    "SELECT json_group_array(json_object('skuId', skuId)) AS held FROM licenses WHERE userId = ?",
  );
  db.prepare('UPDATE users SET assignedLicenses = ? WHERE id = ?').run(String(held.get(userId)?.['held']), userId);
}
