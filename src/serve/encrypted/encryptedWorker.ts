// A thread that computes rows of encrypted questions. It has public keys and ciphertexts, in memory shared with the service.
// Source: answering.ts. One row at a time; what is refused travels in words, what is a fault only as the place in the code.

import { parentPort, workerData } from 'node:worker_threads'
import { openAnswering } from '../../encrypt/inference/answering.ts'
import type { CompiledNetwork } from '../../encrypt/inference/compiled.ts'
import { FrostglassError } from '../../errors.ts'
import { openedAnswerings } from './opened.ts'

/** What a thread starts with. */
export interface ThreadData {
  readonly models: ReadonlyMap<string, CompiledNetwork>
  /** Holders whose keys it keeps ready. */
  readonly opened: number
}

/** A row of a question. */
export interface RowOrder {
  readonly id: number
  readonly model: string
  readonly fingerprint: string
  readonly keys: Uint8Array
  readonly row: number
  readonly ciphertexts: readonly Uint8Array[]
  /** Of the question. */
  readonly images: number
  /** One number: not 0 once nobody waits any more. A busy thread hears no message. */
  readonly stop: Int32Array
}

/** What a thread is told. */
export type Order = RowOrder | { readonly forget: string }

/** What it answers to a row. */
export type Reply =
  | { readonly id: number; readonly outputs: readonly Uint8Array[]; readonly milliseconds: number }
  | { readonly id: number; readonly refused: string; readonly stopped: boolean }
  /** Where it happened. What it was may hold what was sent. */
  | { readonly id: number; readonly fault: string }

const { models, opened } = workerData as ThreadData
const ready = openedAnswerings(opened)
const port = parentPort as NonNullable<typeof parentPort>

// One at a time: opening yields to the loop.
let turn: Promise<void> = Promise.resolve()
port.on('message', (order: Order) => {
  turn = turn.then(async () => {
    if ('forget' in order) ready.close(order.forget)
    else port.postMessage(await replyTo(order))
  })
})

async function replyTo({
  id,
  model,
  fingerprint,
  keys,
  row,
  ciphertexts,
  images,
  stop,
}: RowOrder): Promise<Reply> {
  const signal = {
    get aborted() {
      return Atomics.load(stop, 0) !== 0
    },
  } as AbortSignal
  try {
    const answering = await ready.take(model, fingerprint, () => openAnswering(models.get(model)!, keys))
    const start = performance.now()
    const outputs = await answering.answer(row, ciphertexts, images, signal)
    return { id, outputs, milliseconds: performance.now() - start }
  } catch (error) {
    try {
      // What it had read of the question is still in its memory.
      ready.close(fingerprint, model)
    } catch {
      // The library is beyond use: what is answered below replaces the thread.
    }
    if (error instanceof FrostglassError) {
      const { code, message } = error
      return { id, refused: message, stopped: code === 'aborted' }
    }
    return { id, fault: placesOf(error) }
  }
}

/** The stack without the message. */
function placesOf(error: unknown): string {
  const { name = 'Error', stack = '' } = error as Partial<Error>
  return [name, ...stack.split('\n').filter((line) => /^\s+at /.test(line))].join('\n')
}
