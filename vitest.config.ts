import { defineConfig } from 'vitest/config';

const quick = ['test/**/*.test.ts'];
/** What takes long, most of it in processes that are started, killed and started again: only in `npm run test:full`. */
const slow = [
  'test/auth/process.test.ts',
  'test/card/browser.test.ts',
  'test/chaos/**/*.test.ts',
  'test/cli/commands/set-pin.test.ts',
  'test/cli/tour/tour.test.ts',
  'test/directory/query/hostile.test.ts',
  'test/directory/query/stopping.test.ts',
  'test/directory/sinks/kill.test.ts',
  'test/directory/sync.test.ts',
  'test/e2e/approval.test.ts',
  'test/e2e/audit.test.ts',
  'test/e2e/bad-input.test.ts',
  'test/e2e/bundle.test.ts',
  'test/e2e/directory.test.ts',
  'test/e2e/doctor.test.ts',
  'test/e2e/hostile-names.test.ts',
  'test/e2e/hostile-script.test.ts',
  'test/e2e/interop.test.ts',
  'test/e2e/lifecycle.test.ts',
  'test/e2e/limits.test.ts',
  'test/e2e/never-without-approval.test.ts',
  'test/e2e/policy-process.test.ts',
  'test/e2e/scheduled.test.ts',
  'test/e2e/settings.test.ts',
  'test/e2e/sign-in.test.ts',
  'test/e2e/sync.test.ts',
  'test/graph/model.test.ts',
  'test/page/attacks.test.ts',
  'test/page/browser.test.ts',
  'test/page/entra.test.ts',
  'test/page/run-status.test.ts',
  'test/workflow/offboarding/many-people.test.ts',
  'test/workflow/offboarding/offboarding.test.ts',
  'test/workflow/offboarding/refused-writes.test.ts',
  'test/workflow/offboarding/storm.test.ts',
];

export default defineConfig({
  test: {
    // Much of the time goes to processes that tests start and wait for.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Every request that the product sends to Graph in a run is held against Graph's own documents at its end.
    // And every secret of a run is looked for in all that the product puts out.
    globalSetup: ['test/contract/recording.ts', 'test/secrets/recording.ts'],
    setupFiles: ['test/contract/recorder-setup.ts', 'test/secrets/recorder-setup.ts'],
    projects: [
      { extends: true, test: { name: 'fast', include: quick, exclude: slow, isolate: false } },
      { extends: true, test: { name: 'slow', include: slow, testTimeout: 60_000 } },
    ],
  },
});
