import { z } from 'zod';
import { cursor, defineReadTool, pageSize, runKinds, runLine, runStatuses, userRef } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'list_runs',
  title: 'List runs',
  description:
    'Lists your runs, newest first, with where each stands. ' +
    'offboardings stand for all of their people; name a user to find a single one. Steps and followUps: get_run.',
  toolset: 'lifecycle',
  permissions: [],
  input: z.strictObject({
    status: z.enum(runStatuses).optional().describe('waiting: needs somebody'),
    kind: z.enum(runKinds).optional().describe('undo: an offboarding taken back'),
    user: userRef.optional(),
    pageSize,
    cursor,
  }),
  output: z.object({ items: z.array(runLine), nextCursor: z.string().optional(), total: z.number().optional() }),
  run({ status, kind, user, pageSize, cursor }, { listKept, runs }) {
    return listKept({
      pageSize,
      cursor,
      read: async (offset, limit) => {
        const { runs: items, total } = await runs.list({ status, kind, user, offset, limit });
        return { items, total };
      },
    });
  },
});
