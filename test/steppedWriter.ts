// A thread that writes two files together and stops before any step of it that it is told to: two of them interleave as a test wants.
// Source: stateless model checking (Godefroid, POPL 1997): schedules are run, not hoped for.
// A step is a synchronous call that reads or changes names; what is awaited (staging, durability) touches no shared name.

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const steps = [
  'lstatSync',
  'existsSync',
  'readdirSync',
  'writeFileSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
  'rmSync',
  'mkdirSync',
] as const

export type Order = { readonly folder: string; readonly text: string; readonly force: boolean }
/** How it ended: undefined when all is written. */
export type End = { readonly error: string | undefined; readonly steps: number }

/** A writer that takes so many steps as it is allowed to. */
export function steppedWriter() {
  const shared = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL(import.meta.url), { workerData: shared })
  let end: End | undefined
  let stopped = Promise.resolve()
  const allow = (count: number) => {
    stopped = new Promise((done, failed) => {
      worker.once('error', failed)
      worker.once('message', (message: 'stopped' | End) => {
        worker.off('error', failed)
        if (message !== 'stopped') end = message
        done()
      })
    })
    Atomics.store(shared, 0, count)
    Atomics.notify(shared, 0)
    return stopped
  }
  return {
    /** Begins, and stops after `count` steps or at its end. */
    begin(order: Order, count: number): Promise<void> {
      end = undefined
      const begun = allow(count)
      worker.postMessage(order)
      return begun
    },
    /** Goes on until it has taken `count` steps in all. */
    async goOn(count: number): Promise<End | undefined> {
      if (!end) await allow(count)
      return end
    },
    async finish(): Promise<End> {
      return (await this.goOn(1 << 30))!
    },
    close: () => worker.terminate(),
  }
}

if (!isMainThread && workerData instanceof Int32Array) {
  const allowed = workerData
  let taken = 0
  const table = fs as unknown as Record<string, (...args: unknown[]) => unknown>
  for (const name of steps) {
    const original = table[name]!
    table[name] = (...args) => {
      // Read once: whoever allows more before this waits would else be waited for.
      for (let most = Atomics.load(allowed, 0); taken >= most; most = Atomics.load(allowed, 0)) {
        parentPort!.postMessage('stopped')
        Atomics.wait(allowed, 0, most)
      }
      taken++
      return original(...args)
    }
  }
  // No power is cut here, and who waits looks again at once.
  table['fsyncSync'] = () => undefined
  timers.setTimeout = ((_: number, value: unknown) =>
    new Promise((done) => setImmediate(done, value))) as never
  syncBuiltinESMExports()
  const { writeFilesTogether } = await import('../src/data/files.ts')
  parentPort!.on('message', async ({ folder, text, force }: Order) => {
    taken = 0
    let error: string | undefined
    try {
      const files = ['note', 'table'].map((name) => ({ path: `${folder}/${name}`, bytes: text }))
      await writeFilesTogether(files, { force })
    } catch (cause) {
      error = String((cause as Error).message)
    }
    parentPort!.postMessage({ error, steps: taken })
  })
}
