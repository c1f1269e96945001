import { configDefaults, defineConfig } from 'vitest/config'

const slow = '**/*.slow.test.ts'
// Thousands of tables, every command stopped at every step: before a release, and after a change to what they hold.
const long = '**/*.long.test.ts'
// A limit is there to end what hangs, never to judge how fast a machine is.
const minutes = 60_000

const common = {
  // Forks, for the command line is run in its own folder: threads have no working directory of their own.
  pool: 'forks',
  // Read once, when the first module that colours is loaded: what is printed is compared without colours.
  // ONNX Runtime that a test imports by itself tells its makers nothing, either.
  env: { NO_COLOR: '1', ORT_DISABLE_TELEMETRY: '1' },
} as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...common,
          name: 'quick',
          // Modules are read once a worker, not once a file: it saves a fifth of the time.
          isolate: false,
          include: [
            'src/**/*.test.ts',
            'experiments/**/*.test.ts',
            'test/**/*.test.ts',
            'examples/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, slow, long],
          testTimeout: 10 * minutes,
          hookTimeout: 10 * minutes,
        },
      },
      {
        test: {
          ...common,
          name: 'slow',
          include: [`src/${slow}`, `experiments/${slow}`, `test/${slow}`, `examples/${slow}`],
          testTimeout: 30 * minutes,
          hookTimeout: 30 * minutes,
        },
      },
      {
        test: {
          ...common,
          name: 'long',
          include: [`test/${long}`],
          testTimeout: 180 * minutes,
          hookTimeout: 180 * minutes,
        },
      },
    ],
  },
})
