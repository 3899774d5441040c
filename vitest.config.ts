import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    pool: 'forks',
    maxWorkers: 2,
    // An answer without a recorded file fails; only -u writes one.
    update: 'none',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
