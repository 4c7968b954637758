import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // With --coverage: of all sources, those that no test imports too. What runs in a process of its own (dist/reader.js, the command) is not counted.
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary'] },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/sandbox/**', 'test/variants/**', 'test/vscode/**'],
          // For the words that are shown; whatever needs more of an editor is tested in one.
          alias: { vscode: join(import.meta.dirname, 'test/editor/vscode.ts') },
          // Nothing here is a timed test; a busy machine is no failure.
          testTimeout: 600_000,
          // Of two cores one would do nothing: Vitest leaves one free.
          maxWorkers: '100%',
        },
      },
      {
        test: {
          // Real Docker, real strace, real models.
          name: 'sandbox',
          include: ['test/sandbox/**/*.test.ts'],
          globalSetup: ['test/sandbox/global-setup.ts'],
          testTimeout: 240_000,
          hookTimeout: 900_000,
          // Two runs at once are what two cores bear.
          maxWorkers: 2,
        },
      },
      {
        test: {
          // The same, with images that take minutes to build: no part of `npm test`.
          name: 'variants',
          include: ['test/variants/**/*.test.ts'],
          globalSetup: ['test/sandbox/global-setup.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 900_000,
          // Two runs at once are what two cores bear.
          maxWorkers: 2,
        },
      },
    ],
  },
});
