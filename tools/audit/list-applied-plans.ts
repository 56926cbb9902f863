import { z } from 'zod';
import { cursor, defineReadTool, moment, pageSize, userRef } from '../../src/contract/index.ts';

const toolName = z
  .string()
  .refine((name) => /^[a-z_]{1,100}$/.test(name), 'is not the name of a tool')
  .describe('Its name');

export default defineReadTool({
  name: 'list_applied_plans',
  title: 'List applied plans',
  description: 'Lists your applied plans, newest first: who approved each, how it ended. In full: get_plan.',
  toolset: 'audit',
  permissions: [],
  input: z.strictObject({
    user: userRef.optional(),
    tool: toolName.optional(),
    since: moment.optional(),
    pageSize,
    cursor,
  }),
  output: z.object({
    items: z.array(z.record(z.string(), z.unknown())),
    nextCursor: z.string().optional(),
    total: z.number().optional(),
  }),
  run({ user, tool, since, pageSize, cursor }, { listKept, applied }) {
    const sinceMs = since === undefined ? undefined : Date.parse(since);
    const read = (offset: number, limit: number) => applied.list({ user, tool, since: sinceMs, offset, limit });
    return listKept({ pageSize, cursor, read });
  },
});
