import { z } from 'zod';
import {
  changeCursorForm,
  changeKinds,
  defineReadTool,
  directoryChanges,
  pageSize,
  text,
} from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'list_changes',
  title: 'List directory changes',
  description:
    'Lists what delta_sync saw change, oldest first, with old and new values. Kept for 90 days. ' +
    'Takes since, or a cursor: nextCursor, now or later, or that of delta_sync.',
  toolset: 'directory',
  permissions: [],
  input: z
    .strictObject({
      since: text(200).optional().describe('ISO 8601, or start: everything'),
      cursor: z.string().regex(changeCursorForm, 'is none of list_changes or delta_sync').optional(),
      kinds: z.array(z.enum(changeKinds)).min(1).max(10).optional().describe('Only these'),
      pageSize,
    })
    .superRefine(({ since, cursor }, context) => {
      if (since !== undefined || cursor !== undefined) return;
      context.addIssue({ code: 'custom', path: ['since'], message: 'is required, or cursor in its place' });
    }),
  output: directoryChanges,
  run: ({ since, cursor, kinds, pageSize }, { directory }) =>
    // As in every list, the same call with a cursor goes on there: it says more than since does.
    directory.changes({ since: cursor ?? since ?? '', kinds, limit: pageSize }),
});
