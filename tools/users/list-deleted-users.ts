import { z } from 'zod';
import {
  cursor,
  defineReadTool,
  formerName,
  odata,
  pageSize,
  path,
  text,
  userFields,
  userWith,
} from '../../src/contract/index.ts';
import { goneAfter } from './deleted-user.ts';

const row = z.record(z.string(), z.unknown());
const deleted = z.looseObject({
  id: z.string(),
  userPrincipalName: z.string(),
  deletedDateTime: z.string().nullish(),
});

export default defineReadTool({
  name: 'list_deleted_users',
  title: 'List deleted users',
  description:
    'Lists users deleted in the last 30 days, latest first, under the userPrincipalName they had, and how long restore_user ' +
    'works. A deletion can take minutes to show.',
  toolset: 'users',
  permissions: ['User.Read.All'],
  input: z.strictObject({
    text: text(120).optional().describe('Start of the display name'),
    fields: userFields,
    pageSize,
    cursor,
  }),
  output: z.object({ items: z.array(row), nextCursor: z.string().optional(), total: z.number().optional() }),
  async run({ text, fields, pageSize, cursor }, { list }) {
    const page = await list({
      at: path`/directory/deletedItems/microsoft.graph.user`,
      schema: userWith(fields).extend({ deletedDateTime: z.string().nullish() }),
      // Sorting by it needs an advanced query. [learn.microsoft.com/graph/api/directory-deleteditems-list]
      query: {
        advanced: true,
        orderby: 'deletedDateTime desc',
        ...(text === undefined ? {} : { filter: odata`startsWith(displayName,${text})` }),
      },
      pageSize,
      cursor,
    });
    return {
      ...page,
      items: page.items.map((item) => {
        const user = deleted.parse(item);
        return { ...user, userPrincipalName: formerName(user), restorableUntil: goneAfter(user.deletedDateTime) };
      }),
    };
  },
});
