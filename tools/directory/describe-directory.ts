import { z } from 'zod';
import { defineReadTool, directoryDescription } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'describe_directory',
  title: 'Describe the directory mirror',
  description: 'Tables and columns of the mirror for query_directory, with example queries and its age.',
  toolset: 'directory',
  permissions: [],
  input: z.strictObject({}),
  output: directoryDescription,
  run: (_input, { directory }) => directory.describe(),
});
