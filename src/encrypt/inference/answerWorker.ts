// A worker thread that answers rows of a question.
// Source: answerThreads.ts. It is given public keys and ciphertexts.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../learn/workers.ts'
import { timesSince } from '../seal/times.ts'
import { openAnswering } from './answering.ts'
import type { AnswerRow, AnswerShared, AnswerTask } from './answerThreads.ts'

const { model, keys } = workerData as AnswerShared
let opened: ReturnType<typeof openAnswering> | undefined

await answerTasks(async ({ row, ciphertexts, images }: AnswerTask, signal): Promise<AnswerRow> => {
  opened ??= openAnswering(model, keys)
  const service = await opened
  const before = structuredClone(service.times())
  const start = performance.now()
  const outputs = await service.answer(row, ciphertexts, images, signal)
  const milliseconds = performance.now() - start
  return { outputs, milliseconds, times: timesSince(before, service.times()) }
})
