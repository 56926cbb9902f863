import { z } from 'zod';
import { changeKinds, defineReadTool, directoryChanges, pageSize, text } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'list_changes',
  title: 'List directory changes',
  description:
    'Lists what delta_sync saw change, oldest first, with old and new values. Kept for 90 days. ' +
    'Go on with since set to nextCursor, now or later.',
  toolset: 'directory',
  permissions: [],
  input: z.strictObject({
    since: text(200).describe('ISO 8601, a cursor of delta_sync or list_changes, or start: everything'),
    kinds: z.array(z.enum(changeKinds)).min(1).max(10).optional(),
    pageSize,
  }),
  output: directoryChanges,
  run: ({ since, kinds, pageSize }, { directory }) => directory.changes({ since, kinds, limit: pageSize }),
});
