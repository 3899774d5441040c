import { defineConfig } from 'vitest/config'

/** What takes longer than the suite may: `npm run test:long`. Its files end in `.long.ts`. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.ts'],
    globalSetup: 'test/support/global-setup.ts',
    pool: 'forks',
    maxWorkers: 1,
    update: 'none',
    testTimeout: 60 * 60_000,
    hookTimeout: 120_000,
  },
})
