import { configDefaults, defineConfig } from 'vitest/config'

const slow = '**/*.slow.test.ts'
// A limit is there to end what hangs, never to judge how fast a machine is.
const minutes = 60_000

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Forks, for the command line is run in its own folder: threads have no working directory of their own.
    pool: 'forks',
    // Read once, when the first module that colours is loaded: what is printed is compared without colours.
    env: { NO_COLOR: '1' },
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, slow],
          testTimeout: 10 * minutes,
          hookTimeout: 10 * minutes,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: [`src/${slow}`, `test/${slow}`],
          testTimeout: 30 * minutes,
          hookTimeout: 30 * minutes,
        },
      },
    ],
  },
})
