// A thread of a search: tries the seeds of one span after another, or writes down what their masks start with.
// Source: pairSearch.ts, seedTable.ts.
// It is told of no node and no vector.

import { workerData } from 'node:worker_threads'
import { answerTasks } from '../../../learn/workers.ts'
import { firstWords, placesWithin, type Span, type Window } from './seedSpace.ts'

/** A window to look for, or a table to fill whose first word is that of place 0. */
export type SeedWork = { readonly window: Window } | { readonly table: SharedArrayBuffer }

const work = workerData as SeedWork

await answerTasks((span: Span): number[] => {
  if ('window' in work) return placesWithin(span, work.window)
  firstWords(span.from, new Uint32Array(work.table, 4 * span.from, span.count))
  return []
})
