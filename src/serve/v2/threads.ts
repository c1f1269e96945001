// Threads that run models, each with a session of every model, and what is free among them.
// Source: node:worker_threads; inferenceWorker.ts is the other side.
// A run cannot be cut short, not even at the end: terminating a thread inside the runtime aborts the whole process.
// A thread that dies takes the service's readiness with it: it is not started again.

import type { Worker } from 'node:worker_threads'
import { silenceRuntime } from '../../graph/native/telemetry.ts'
import type { WireTensor } from './datatypes.ts'
import type { Opened, Order, Ran, Reply } from './inferenceWorker.ts'
import { Refusal } from './refusal.ts'

type Unsent<T> = T extends unknown ? Omit<T, 'id'> : never

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, PromiseWithResolvers<Reply>>
  /** Runs that it was given and has not answered. */
  runs: number
}

export interface Threads {
  /** Opens a model in every thread. @throws Error in the runtime's words */
  open(key: number, bytes: Uint8Array): Promise<Opened>
  close(key: number): Promise<void>
  /** Whether a run would start at once. */
  free(): boolean
  /** Takes the inputs' memory with it. @throws Error in the runtime's words */
  run(key: number, inputs: WireTensor[], outputs: string[]): Promise<Ran>
  /** False once a thread has died. */
  alive(): boolean
  /** Ends them once the runs in hand are over. */
  end(): Promise<void>
}

/**
 * Starts them.
 * @param threads inside one run; 0 leaves it to the runtime
 * @param onDeath called when one ends that was not told to
 */
export async function startThreads(
  count: number,
  threads: number,
  onDeath: (error: Error) => void = () => {},
): Promise<Threads> {
  const { Worker } = await import('node:worker_threads')
  // Here, since the threads load the runtime and this one does not.
  silenceRuntime()
  // The threads' file is a sibling of this one: source in a clone, compiled in the package.
  const file = new URL(`./inferenceWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  let dead: string | undefined
  let nextId = 0
  const all = Array.from({ length: count }, (): Thread => {
    const worker = new Worker(file, { execArgv: [] })
    const waiting: Thread['waiting'] = new Map()
    const fail = (why: string, error = new Error(why)) => {
      if (dead === undefined) onDeath(error)
      dead ??= why
      for (const { reject } of waiting.values()) reject(new Refusal(500, `the model's thread ended: ${why}`))
      waiting.clear()
    }
    worker.on('message', (reply: Reply) => {
      waiting.get(reply.id)?.resolve(reply)
      waiting.delete(reply.id)
    })
    worker.on('error', (error: Error) => fail(error.message, error))
    worker.on('exit', (code) => fail(`exit code ${code}`))
    return { worker, waiting, runs: 0 }
  })

  async function ask(
    { worker, waiting }: Thread,
    order: Unsent<Order>,
    give: ArrayBuffer[] = [],
  ): Promise<Reply> {
    if (dead !== undefined) throw new Refusal(500, `the model's thread ended: ${dead}`)
    const id = nextId++
    const answer = Promise.withResolvers<Reply>()
    waiting.set(id, answer)
    worker.postMessage({ ...order, id } as Order, give)
    const reply = await answer.promise
    if ('failure' in reply) throw new Error(reply.failure)
    return reply
  }

  return {
    async open(key, bytes) {
      const replies = await Promise.all(all.map((thread) => ask(thread, { open: { key, bytes, threads } })))
      return (replies[0] as Reply & { opened: Opened }).opened
    },
    async close(key) {
      await Promise.all(all.map((thread) => ask(thread, { close: key })))
    },
    free: () => all.some(({ runs }) => runs === 0),
    async run(key, inputs, outputs) {
      const thread = all.reduce((least, t) => (t.runs < least.runs ? t : least))
      thread.runs++
      try {
        const given = inputs.map(({ data }) => data)
        const reply = await ask(thread, { run: { key, inputs, outputs } }, given)
        return (reply as Reply & { ran: Ran }).ran
      } finally {
        thread.runs--
      }
    },
    alive: () => dead === undefined,
    async end() {
      dead ??= 'the service was closed'
      await Promise.all(
        all.map(({ worker }) => {
          const ended = new Promise((done) => worker.once('exit', done))
          worker.postMessage({ id: nextId++, end: true } satisfies Order)
          return worker.threadId === -1 ? undefined : ended
        }),
      )
    },
  }
}
