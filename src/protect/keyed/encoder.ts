// Encodes the blocks of a long table in a thread of its own, so that reading and sorting go on meanwhile.
// Source: node:worker_threads; the runtime blocks the thread that calls it, however many it works with itself.
// It does not start that thread for short tables.

import type { Worker } from 'node:worker_threads'
import type { Attributes, Columns } from './attributes.ts'
import { rowsOfBlock } from './program.ts'
import type { KeyRecord } from './schema.ts'

/** What the other thread is told at its start. */
export interface EncoderWork {
  readonly record: KeyRecord
  /** Memory of both threads: the features of a full block, feature-major, which the protected values replace. */
  readonly slots: readonly Float64Array<SharedArrayBuffer>[]
}

/** What the other thread says: that it is ready, or which slot is done. */
export type EncoderNews = 'ready' | number

// One is filled and encoded while the one before is written, and the one before that may still be on its way.
const slotCount = 3

// The thread takes 0.3 s of CPU to start, as much as encoding a million rows; it is ready some blocks later.
const firstFullBlock = 16

/** Encodes one block after the other. */
export interface BlockEncoder {
  /**
   * Reads the columns before it returns, and may be called again before its promise resolves.
   * @returns the protected values, feature-major, valid until the third call after this one.
   * @throws FrostglassError as `Attributes.expand`.
   */
  encode(columns: Columns, rows: number, outside: Float64Array, firstRow: number): Promise<Float64Array>
  /** Ends the thread. What was asked for and is not answered yet will never be. */
  close(): Promise<void>
}

/**
 * An encoder for blocks of at most `rowsOfBlock` rows.
 * @param here encodes in this thread, from its first argument into its last, with the same bits as the other thread.
 */
export function blockEncoder(
  record: KeyRecord,
  attributes: Attributes,
  here: (features: Float64Array, rows: number, into: Float64Array) => Promise<void>,
): BlockEncoder {
  const fullRows = rowsOfBlock(attributes.count)
  const size = attributes.count * fullRows
  const slots = Array.from({ length: slotCount }, () => new Float64Array(new SharedArrayBuffer(8 * size)))
  let calls = 0
  let fullBlocks = 0
  let thread: Promise<Thread> | undefined
  let ready: Thread | undefined
  let failure: unknown
  return {
    async encode(columns, rows, outside, firstRow) {
      const slot = calls++ % slotCount
      const values = slots[slot]!.subarray(0, attributes.count * rows)
      attributes.expand(columns, rows, values, outside, firstRow)
      if (rows === fullRows && ++fullBlocks === firstFullBlock) {
        thread = startThread({ record, slots })
        thread.then(
          (started) => {
            ready = started
          },
          (error) => {
            failure = error
          },
        )
      }
      if (failure !== undefined) throw failure
      await (ready && rows === fullRows ? ready.encode(slot) : here(values, rows, values))
      return values
    },
    async close() {
      await (await thread?.catch(() => undefined))?.end()
    },
  }
}

interface Thread {
  encode(slot: number): Promise<void>
  end(): Promise<unknown>
}

/** Resolves when the thread is ready to encode. */
async function startThread(work: EncoderWork): Promise<Thread> {
  const { Worker } = await import('node:worker_threads')
  // The thread's file is a sibling of this one: source in a clone, compiled in the package.
  const file = new URL(`./encoderWorker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  const worker: Worker = new Worker(file, { workerData: work, execArgv: [] })
  const started = Promise.withResolvers<void>()
  const waiting = new Map<number, PromiseWithResolvers<void>>()
  let ended: unknown
  const fail = (error: unknown) => {
    ended ??= error
    started.reject(ended)
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
  }
  worker.on('message', (news: EncoderNews) => {
    if (news === 'ready') return started.resolve()
    waiting.get(news)?.resolve()
    waiting.delete(news)
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`the thread that encodes ended with code ${code}`)))
  try {
    await started.promise
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return {
    async encode(slot) {
      if (ended !== undefined) throw ended
      const answer = Promise.withResolvers<void>()
      waiting.set(slot, answer)
      worker.postMessage(slot)
      await answer.promise
    },
    end() {
      waiting.clear()
      return worker.terminate()
    },
  }
}
