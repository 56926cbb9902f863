import { z } from 'zod';
import { defineReadTool, directoryRows, lines, sqlValue } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'query_directory',
  title: 'Query the directory mirror',
  description:
    'Runs one SQLite SELECT over the mirror: users, groups, memberships, managers, licenses, changes. ' +
    'Columns and examples: describe_directory.',
  toolset: 'directory',
  permissions: [],
  input: z.strictObject({
    sql: lines(20_000).describe('May have ? or :name'),
    params: z
      .union([z.array(sqlValue).max(200), z.record(z.string(), sqlValue)])
      .optional()
      .describe('List for ?, object for :name'),
    limit: z.int().min(1).max(500).default(100).describe('Rows; default 100'),
  }),
  output: directoryRows,
  run: ({ sql, params, limit }, { directory, signal }) => directory.query({ sql, params, limit }, { signal }),
});
