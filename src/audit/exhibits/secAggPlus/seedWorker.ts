// A thread of a search: tries the seeds of one span after another, or writes down what their masks start with.
// Source: pairSearch.ts, seedTable.ts.
// It is told of no node and no vector.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../../learn/workers.ts'
import { firstWords, placesWithin, type Span, type Window } from './seedSpace.ts'
import type { Piece } from './seedTable.ts'

const work = workerData as { readonly window: Window } | { readonly list: SharedArrayBuffer }

await answerTasks((task: Span | Piece): number[] => {
  if ('window' in work) return placesWithin(task, work.window)
  if ('at' in task) firstWords(task.from, new Uint32Array(work.list, 4 * task.at, task.count))
  return []
})
