// A worker thread that answers a batch for one modulus.
// Source: throughputThreads.ts. It is given public keys and ciphertexts.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../learn/index.ts'
import type { IntegerNetwork } from './quantise.ts'
import { openThroughputService } from './throughput.ts'
import type { ModulusAnswer, ModulusTask } from './throughputThreads.ts'

const network = workerData as IntegerNetwork

await answerTasks(async ({ keys, inputs }: ModulusTask, signal): Promise<ModulusAnswer> => {
  const service = await openThroughputService(network, keys)
  try {
    const start = performance.now()
    const outputs = service.infer(inputs, signal)
    return { outputs, milliseconds: performance.now() - start, times: service.times }
  } finally {
    service.close()
  }
})
