/** The process that runs SQL, on a Node that has neither an authorizer nor limits, as 22.13. Its worker begins here too. */
import { syncBuiltinESMExports } from 'node:module';
import sqlite from 'node:sqlite';

class OldDatabase extends sqlite.DatabaseSync {
  constructor(file: string, options: { readOnly: boolean }) {
    super(file, { readOnly: options.readOnly, defensive: false });
  }
}
Reflect.set(OldDatabase.prototype, 'setAuthorizer', undefined);
Reflect.set(sqlite, 'DatabaseSync', OldDatabase);
syncBuiltinESMExports();
await import('../../../src/directory/query/child.ts');
