// The thread that encodes blocks of a long table: told the number of a slot in shared memory, it protects what is there.
// Source: encoder.ts. Any error ends the thread, and is the error of the call that it happened in.

import { parentPort, workerData } from 'node:worker_threads'
import type { EncoderNews, EncoderWork } from './encoder.ts'
import { protectColumns } from './graphs.ts'
import { secretOf } from './key.ts'
import { stackOf } from './layers.ts'
import { blockProgram, rowsOfBlock } from './program.ts'

const { record, slots } = workerData as EncoderWork
const stack = stackOf(record, secretOf(record))
const fullRows = rowsOfBlock(stack.attributes.count)
const program = blockProgram(stack.attributes.count, (x) => protectColumns(x, stack))
const say = (news: EncoderNews) => parentPort?.postMessage(news)

// Compiled before the first block comes.
await program.run(new Float64Array(stack.attributes.count * fullRows), fullRows)
parentPort?.on('message', async (slot: number) => {
  const values = slots[slot] as Float64Array
  values.set(await program.run(values, fullRows))
  say(slot)
})
say('ready')
