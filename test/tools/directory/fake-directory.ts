import type {
  ChangesQuery,
  DirectoryChanges,
  DirectoryDescription,
  DirectoryPort,
  DirectoryQuery,
  DirectoryRows,
  SyncReport,
} from '../../../src/contract/index.ts';

const mirror = { syncedAt: '2026-03-01T11:59:00.000Z', ageSeconds: 60, complete: true };
const none = { created: 0, updated: 0, deleted: 0, purged: 0, total: 0 };

export const report: SyncReport = {
  mode: 'first',
  users: { ...none, created: 2, total: 2 },
  groups: none,
  memberships: { added: 0, removed: 0, total: 0 },
  signIns: { users: 2, complete: true },
  pages: 2,
  requests: 3,
  durationMs: 12,
  cursor: 'c1.ab.0',
  warnings: ['Licenses have no names.'],
};

export const rows: DirectoryRows = {
  rows: [{ displayName: 'Ann Berg', manager: null, reports: 2 }],
  rowCount: 1,
  truncated: false,
  mirror,
};

export const changes: DirectoryChanges = {
  items: [
    {
      sequence: 7,
      time: '2026-03-01T11:00:00.000Z',
      kind: 'user_updated',
      id: 'u1',
      fields: { department: { old: 'Sales', new: null } },
    },
    {
      sequence: 8,
      time: '2026-03-01T11:00:00.000Z',
      kind: 'member_added',
      id: 'g1',
      memberId: 'u1',
      memberType: 'user',
    },
  ],
  nextCursor: 'c1.ab.8',
  more: false,
  mirror,
};

export const description: DirectoryDescription = {
  dialect: 'SQLite',
  mirror: { complete: false },
  tables: [{ name: 'users', description: 'Users.', columns: [{ name: 'id', type: 'text', description: 'object id' }] }],
  notMirrored: ['employeeId'],
  notes: ['One SELECT.'],
  examples: [{ question: 'Who is there?', sql: 'SELECT displayName FROM users' }],
};

/** What the mirror was asked, in order. */
export interface Asked {
  readonly progress: string[];
  readonly queries: DirectoryQuery[];
  readonly changes: ChangesQuery[];
  readonly signals: AbortSignal[];
}

/** A mirror that writes down what it is asked. */
export function fakeDirectory(): { readonly asked: Asked; readonly directory: DirectoryPort } {
  const asked: Asked = { progress: [], queries: [], changes: [], signals: [] };
  const directory: DirectoryPort = {
    sync: async ({ signal, progress }) => {
      asked.signals.push(signal);
      progress('page 1');
      return report;
    },
    query: async (query, { signal }) => {
      asked.queries.push(query);
      asked.signals.push(signal);
      return rows;
    },
    changes: async (query) => {
      asked.changes.push(query);
      return changes;
    },
    describe: async () => description,
  };
  return { asked, directory };
}
