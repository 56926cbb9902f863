/**
 * What a sync costs at the least: `node bare-sync.ts ROOT undici|page-iterator wal|delete`. Each object is kept with one
 * prepared INSERT, a transaction a page. Prints milliseconds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client, PageIterator } from '@microsoft/microsoft-graph-client';
import { request } from 'undici';

interface Page {
  readonly value: readonly { readonly id: string }[];
  readonly '@odata.nextLink'?: string;
}

const [root = '', way, journal] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-bench-'));
const db = new DatabaseSync(join(folder, 'bare.db'));
if (journal === 'wal') db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
db.exec('CREATE TABLE objects (id TEXT, json TEXT)');
const insert = db.prepare('INSERT INTO objects VALUES (?, ?)');
const from = performance.now();
for (const collection of ['users', 'groups']) {
  const first = `${root}/v1.0/${collection}/delta`;
  if (way === 'undici') await byUndici(first);
  else await byPageIterator(first);
}
process.stdout.write(`${performance.now() - from}\n`);
db.close();
rmSync(folder, { recursive: true, force: true });

async function byUndici(first: string): Promise<void> {
  for (let url: string | undefined = first; url !== undefined; ) {
    const { body } = await request(url);
    const page: Page = JSON.parse(await body.text());
    db.exec('BEGIN');
    for (const item of page.value) insert.run(item.id, JSON.stringify(item));
    db.exec('COMMIT');
    url = page['@odata.nextLink'];
  }
}

async function byPageIterator(first: string): Promise<void> {
  const client = Client.init({
    baseUrl: root,
    authProvider: (done) => done(null, 'none'),
    customHosts: new Set(['127.0.0.1']),
  });
  let kept = 0;
  db.exec('BEGIN');
  const iterator = new PageIterator(client, await client.api(first).get(), (item) => {
    insert.run(item.id, JSON.stringify(item));
    kept += 1;
    if (kept % 200 === 0) db.exec('COMMIT; BEGIN');
    return true;
  });
  await iterator.iterate();
  db.exec('COMMIT');
}
