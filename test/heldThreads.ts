// Threads for tests of the service that hold every run until the test lets it go: no state is over before a test has looked.
// Source: ours; they stand where threads.ts stands.
// They compute nothing: each output is the first input's data.

import type { Ran } from '../src/serve/v2/inferenceWorker.ts'
import type { Threads } from '../src/serve/v2/threads.ts'

/** Threads whose runs end when the test says so. */
export interface HeldThreads extends Threads {
  /** Runs that began, those let go included. */
  begun(): number
  /** Lets go what is held, and from now on all that comes. */
  release(): void
}

/** One thread, unless there are more: `x` FP32 [?, 1] to `y` the same, whatever model it is given. */
export function heldThreads(count = 1): HeldThreads {
  const gate = Promise.withResolvers<void>()
  const end = { datatype: 'FP32', type: 'float32', shape: ['N', 1] } as const
  let begun = 0
  let running = 0
  let alive = true
  return {
    begun: () => begun,
    release: gate.resolve,
    open: async () => ({ inputs: [{ name: 'x', ...end }], outputs: [{ name: 'y', ...end }] }),
    close: async () => {},
    free: () => running < count,
    async run(_, inputs, outputs): Promise<Ran> {
      begun++
      running++
      await gate.promise
      running--
      return { outputs: outputs.map((name) => ({ ...inputs[0]!, name })), milliseconds: 1 }
    },
    alive: () => alive,
    async end() {
      alive = false
      while (running > 0) await new Promise((done) => setTimeout(done, 1))
    },
  }
}
