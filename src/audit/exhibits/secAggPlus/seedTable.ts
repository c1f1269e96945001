// Seeds in the order of what their masks start with, so that one can be looked up, and two be joined whose numbers add up.
// Source: BREAK.md, section 3; a sort by the upper 16 bits, in shared memory: 2.5 GiB for all 2^28 seeds.
// It is the same for every round that was ever run: nothing in it depends on a node.

import { throwIfAborted } from '../../../errors.ts'
import { answerOf, inWorkers, workerFile } from '../../../learn/workers.ts'
import { firstWords, type Span, seedCount } from './seedSpace.ts'

/** First numbers by their upper 16 bits: a drawer each. */
export interface SeedTable {
  /** [2^16 + 1]: where each drawer starts. */
  readonly starts: Uint32Array
  /** Lower 16 bits of each number. */
  readonly lows: Uint16Array
  /** Its seed's place. */
  readonly places: Uint32Array
}

/** How many drawers there are. */
export const drawers = 2 ** 16

/** A piece of the list of first numbers: seeds of a span, and where in the list they start. */
export interface Piece extends Span {
  readonly at: number
}

interface TableOptions {
  /** Whose seeds: all by default. */
  readonly spans?: readonly Span[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** First numbers of all spans, one span after another: in worker threads where they are many. */
async function listed(spans: readonly Span[], total: number, signal: AbortSignal | undefined) {
  const buffer = new SharedArrayBuffer(4 * total)
  const most = 2 ** 20
  const pieces: Piece[] = []
  let at = 0
  for (const { from, count } of spans)
    for (let done = 0; done < count; done += most, at = pieces.at(-1)!.at + pieces.at(-1)!.count)
      pieces.push({ from: from + done, count: Math.min(most, count - done), at })
  if (total <= most)
    for (const piece of pieces) firstWords(piece.from, new Uint32Array(buffer, 4 * piece.at, piece.count))
  else
    for (const reply of await inWorkers(workerFile('seedWorker', import.meta.url), { list: buffer }, pieces, {
      signal,
    }))
      answerOf(reply)
  return new Uint32Array(buffer)
}

/** The table of some seeds. @throws FrostglassError `aborted` */
export async function seedTable(options: TableOptions = {}): Promise<SeedTable> {
  const { spans = [{ from: 0, count: seedCount }], signal } = options
  const total = spans.reduce((sum, { count }) => sum + count, 0)
  const words = await listed(spans, total, signal)
  throwIfAborted(signal)
  const starts = new Uint32Array(new SharedArrayBuffer(4 * (drawers + 1)))
  for (const word of words) starts[(word >>> 16) + 1]!++
  for (let drawer = 0; drawer < drawers; drawer++) starts[drawer + 1]! += starts[drawer]!
  const lows = new Uint16Array(new SharedArrayBuffer(2 * total))
  const places = new Uint32Array(new SharedArrayBuffer(4 * total))
  const next = starts.slice()
  let at = 0
  for (const { from, count } of spans)
    for (let i = 0; i < count; i++) {
      const word = words[at++]!
      const slot = next[word >>> 16]!++
      lows[slot] = word
      places[slot] = from + i
    }
  return { starts, lows, places }
}

/** Places of the seeds whose masks start with a number. */
export function placesOf({ starts, lows, places }: SeedTable, word: number): number[] {
  const found: number[] = []
  const drawer = word >>> 16
  for (let slot = starts[drawer]!; slot < starts[drawer + 1]!; slot++)
    if (lows[slot] === (word & 0xffff)) found.push(places[slot]!)
  return found
}
