import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // As in the build.
  define: { LEAKTALLY_VERSION: JSON.stringify(version) },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests mostly wait for servers; the default would leave one core idle.
    maxWorkers: 2,
    // The gate counts the tests from a file.
    reporters: process.env.RESULTS_FILE ? ['default', ['json', { outputFile: process.env.RESULTS_FILE }]] : ['default'],
  },
});
