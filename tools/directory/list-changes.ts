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
      const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
      if (since === undefined && cursor === undefined) refuse('since', 'is required, or cursor in its place');
      if (since !== undefined && cursor !== undefined) refuse('cursor', 'takes the place of since: leave since out');
    }),
  output: directoryChanges,
  run: ({ since, cursor, kinds, pageSize }, { directory }) =>
    directory.changes({ since: cursor ?? since ?? '', kinds, limit: pageSize }),
});
