// The break of two nodes of SecAgg+: one mask is left between them, and its seed is found by trying all.
// Source: BREAK.md, section 2; flwrlabs/flower#7522. The server follows the protocol, and uses what it sees in any round.
// More than two neighbours are another search: circleJoin.ts.

import { availableParallelism } from 'node:os'
import { answerOf, inWorkers, workerFile } from '../../../learn/workers.ts'
import { maskOf } from './masks.ts'
import { type SeenRound, withoutPrivateMasks } from './round.ts'
import { placesWithin, type Span, seedAt, seedCount, type Window, wordAt } from './seedSpace.ts'
import { minus, plus } from './vector.ts'

export interface SearchOptions {
  /** Where to look: all places by default. */
  readonly span?: Span | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** What a search told. */
export interface PairFound {
  readonly seeds: readonly number[]
  /** Seeds that were left after one number, two, … of the first node's vector. */
  readonly left: readonly number[]
  /** By node: weight and weighted parameters as they were before any mask; none unless one seed was left. */
  readonly vectors: ReadonlyMap<number, Uint32Array>
}

/** Places in `span` that fit a window: in this thread where it is short, in worker threads else. */
async function searched(window: Window, { span, signal, onProgress }: SearchOptions): Promise<number[]> {
  const { from, count } = span ?? { from: 0, count: seedCount }
  const each = 2 ** 20
  if (count <= each) return placesWithin({ from, count }, window)
  const spans = Array.from({ length: Math.ceil(count / each) }, (_, i) => ({
    from: from + i * each,
    count: Math.min(each, count - i * each),
  }))
  let done = 0
  const replies = await inWorkers<Span, number[]>(
    workerFile('seedWorker', import.meta.url),
    { window },
    spans,
    {
      workers: availableParallelism(),
      signal,
      onReply: () => onProgress?.(++done, spans.length),
    },
  )
  return replies.flatMap(answerOf)
}

/**
 * Both nodes' vectors of a round of two.
 * The lower node's vector is x − mask and the higher one's x + mask, and every number of x is 0 … `levels`.
 * It does not use what it knows of the first: the examples, which come in the clear.
 */
export async function openPair(round: SeenRound, options: SearchOptions = {}): Promise<PairFound> {
  const { levels } = round.settings
  const [[low, lower], [high, higher]] = [...withoutPrivateMasks(round)].sort(([a], [b]) => a - b) as [
    [number, Uint32Array],
    [number, Uint32Array],
  ]
  let places = await searched({ least: -lower[0]! >>> 0, width: levels }, options)
  const left = [places.length]
  const length = lower.length
  for (let at = 1; at < Math.min(length, 8) && places.length > 1; at++) {
    places = places.filter((place) => (lower[at]! + wordAt(seedAt(place), at)) >>> 0 <= levels)
    left.push(places.length)
  }
  const fitting = places.map(seedAt).filter((seed) => {
    const mask = maskOf(seed, length)
    return [plus(lower, mask), minus(higher, mask)].every((vector) => vector.every((x) => x <= levels))
  })
  const mask = fitting.length === 1 ? maskOf(fitting[0]!, length) : undefined
  return {
    seeds: fitting,
    left,
    vectors: new Map(
      mask === undefined
        ? []
        : [
            [low, plus(lower, mask)],
            [high, minus(higher, mask)],
          ],
    ),
  }
}
