import { relative } from 'node:path';
import { beforeAll, expect } from 'vitest';
import './recorder.js';

// What is recorded says which test it came from.
beforeAll(() => {
  process.env['GRAPH_RECORDING_FROM'] = relative(process.cwd(), expect.getState().testPath ?? '');
});
