import { relative } from 'node:path';
import { beforeAll, beforeEach, expect } from 'vitest';
import './recorder.js';

// Outputs say which test they came from.
function tell(): void {
  const { testPath = '', currentTestName = '' } = expect.getState();
  process.env['SECRET_RECORDING_FROM'] = [relative(process.cwd(), testPath), currentTestName]
    .filter(Boolean)
    .join(' > ');
}
beforeAll(tell);
beforeEach(tell);
