import path from 'node:path'
import { defineConfig } from 'vitest/config'
import LongOnesSpread from './sequencer.ts'

const root = path.resolve(import.meta.dirname, '../..')

export default defineConfig({
  // Nothing here is bundled for a browser; this only keeps vite from looking for a `public` folder to copy.
  publicDir: false,
  root,
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Nobody waits for a test that hangs, and a slow shared machine must not turn green into red.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    sequence: { sequencer: LongOnesSpread },
    // Neither UTC nor Paris: code that leans on the machine's zone shows itself.
    env: { TZ: 'America/Chicago' },
    projects: [
      {
        extends: true,
        test: {
          name: 'app',
          include: ['test/**/*.test.ts'],
          // Ratios are measured where their baseline was, until it has been taken on a quiet machine: `npm run bench:short`.
          exclude: ['test/browser/**', ...(process.env['BENCH'] ? [] : ['test/bench/**'])],
          // What a file imports is read once for all: a third of the time. No hook may stand outside a test file, it would run for the first only.
          isolate: false,
          // As many as processors: files that start programs of their own hold them to times, which a crowd would break.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'embedded',
          // Tests of data that need no second session, once more on the database that `npm start` brings along.
          include: ['test/consent/queries.test.ts', 'test/candidates/imports.people.test.ts', 'test/candidates/search.queries.test.ts', 'test/availability/commands.test.ts', 'test/campaigns/audience.test.ts', 'test/campaigns/launch.test.ts', 'test/messaging/domain.test.ts'],
          env: { TEST_DATABASE: 'embedded' },
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          // After everything else, two side by side: each keeps a processor busy, with its server and its page.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
