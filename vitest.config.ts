import { defineConfig } from 'vitest/config';

const quick = ['test/**/*.test.ts'];
/** Real processes killed, and what takes long: only in `npm run test:full`. */
const slow = ['test/chaos/**/*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Every request that the product sends to Graph in a run is held against Graph's own documents at its end.
    globalSetup: ['test/contract/recording.ts'],
    setupFiles: ['test/contract/recorder-setup.ts'],
    projects: [
      { extends: true, test: { name: 'fast', include: quick, exclude: slow } },
      { extends: true, test: { name: 'chaos', include: slow, testTimeout: 60_000 } },
    ],
  },
});
