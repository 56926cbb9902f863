import { defineConfig } from 'vitest/config';

const quick = ['test/**/*.test.ts'];
/** Real processes killed, and what takes long: only in `npm run test:full`. */
const slow = ['test/chaos/**/*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'fast', include: quick, exclude: slow } },
      { extends: true, test: { name: 'chaos', include: slow, testTimeout: 60_000 } },
    ],
  },
});
