// The break of two nodes of SecAgg+: one mask is left between them, and its seed is found by trying all.
// Source: BREAK.md, section 2; flwrlabs/flower#7522. The server follows the protocol, and uses what it sees in any round.
// More than two neighbours are another search: circleJoin.ts.

import { availableParallelism } from 'node:os'
import { answerOf, inWorkers, workerFile } from '../../../learn/workers.ts'
import { maskOf } from './masks.ts'
import { type SeenRound, withoutToldMasks } from './round.ts'
import { placesWithin, type Span, seedAt, seedCount, type Window, wordAt } from './seedSpace.ts'
import { minus, plus } from './vector.ts'

export interface SearchOptions {
  /** Where to look: all places by default. */
  readonly span?: Span | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
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

/** Two vectors that one mask hides, and what is known of both. */
export interface MaskedPair {
  /** x − mask. */
  readonly lower: Uint32Array
  /** x + mask. */
  readonly higher: Uint32Array
  /** The most of each number of an x. */
  readonly levels: number
}

/** What a search told. */
export interface PairFound {
  readonly seeds: readonly number[]
  /** Seeds that were left after one number, two, … of the lower vector. */
  readonly left: readonly number[]
  /** Both x, the lower's first; none unless one seed was left. */
  readonly vectors: readonly Uint32Array[]
}

/** Tries all seeds. It does not use what a server knows of the first number: the examples, which come in the clear. */
export async function unmaskPair(
  { lower, higher, levels }: MaskedPair,
  options: SearchOptions = {},
): Promise<PairFound> {
  let places = await searched({ least: -lower[0]! >>> 0, width: levels }, options)
  const left = [places.length]
  for (let at = 1; at < Math.min(lower.length, 8) && places.length > 1; at++) {
    places = places.filter((place) => (lower[at]! + wordAt(seedAt(place), at)) >>> 0 <= levels)
    left.push(places.length)
  }
  const opened = places.map(seedAt).flatMap((seed) => {
    const mask = maskOf(seed, lower.length)
    const vectors = [plus(lower, mask), minus(higher, mask)]
    return vectors.every((vector) => vector.every((x) => x <= levels)) ? [{ seed, vectors }] : []
  })
  return {
    seeds: opened.map(({ seed }) => seed),
    left,
    vectors: opened.length === 1 ? opened[0]!.vectors : [],
  }
}

/** Both nodes' vectors of a round of two: weight and weighted parameters, the lower node's first. */
export function openPair(round: SeenRound, options: SearchOptions = {}): Promise<PairFound> {
  const [[, lower], [, higher]] = [...withoutToldMasks(round)].sort(([a], [b]) => a - b) as [
    [number, Uint32Array],
    [number, Uint32Array],
  ]
  return unmaskPair({ lower, higher, levels: round.settings.levels }, options)
}
