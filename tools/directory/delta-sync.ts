import { z } from 'zod';
import { defineReadTool, syncReport } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'delta_sync',
  title: 'Sync the directory mirror',
  description:
    'Brings the local mirror of users, groups, memberships, managers and licenses up to date: all at first, changes later. ' +
    'Answers counts, never rows: query_directory, list_changes.',
  toolset: 'directory',
  permissions: ['User.Read.All', 'GroupMember.Read.All', 'LicenseAssignment.Read.All'],
  input: z.strictObject({}),
  output: syncReport,
  run: (_input, { directory, signal, progress }) => directory.sync({ signal, progress }),
});
