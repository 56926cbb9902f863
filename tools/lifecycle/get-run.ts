import { z } from 'zod';
import { defineReadTool, runRef, runReport } from '../../src/contract/index.ts';

export default defineReadTool({
  name: 'get_run',
  title: 'Get a run, step by step',
  description:
    'Shows how far one of your runs is: each step, what failed and its fix, what it waits for, and at its end followUps ' +
    'to pass on to the user word for word. Waiting or failed runs go on with resume_run.',
  toolset: 'lifecycle',
  permissions: [],
  input: z.strictObject({ runId: runRef }),
  output: runReport,
  run({ runId }, { runs }) {
    return runs.get(runId);
  },
});
