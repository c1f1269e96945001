// Two seeds at once: all pairs whose masks, taken off one node's vector, leave what a node may have.
// Source: BREAK.md, section 3. The first number is known exactly, for the count of examples comes in the clear, so that one
// seed's first number tells the other's: 2^28 look-ups, not 2^56 trials. It fits the lowest node: both masks are taken off there.

import { answerOf, inWorkers, workerFile } from '../../../learn/workers.ts'
import { maskOf } from './masks.ts'
import { seedAt, wordAt } from './seedSpace.ts'
import { drawers, type SeedTable } from './seedTable.ts'
import { plus } from './vector.ts'

/** What is joined: a vector less two masks, and what is known of the vector. */
export interface Joined {
  readonly table: SeedTable
  /** Without its private mask, x − one mask − another. */
  readonly vector: Uint32Array
  /** x's first number. */
  readonly first: number
  /** The most of x's other numbers. */
  readonly levels: number
}

/** Drawers `from` … `to` − 1. */
export interface Drawers {
  readonly from: number
  readonly to: number
}

/** What a search of some drawers told. */
export interface Pairs {
  /** Pairs of places whose first numbers fit. */
  readonly tried: number
  readonly fitting: readonly (readonly [number, number])[]
}

/** A drawer's slots by the lower bits of their numbers: the last slot of each, and the one before each slot. */
function openDrawer({ starts, lows }: SeedTable) {
  const last = new Int32Array(drawers).fill(-1)
  let before = new Int32Array(8192)
  let [from, to] = [0, 0]
  return {
    fill(drawer: number) {
      for (let slot = from; slot < to; slot++) last[lows[slot]!] = -1
      from = starts[drawer]!
      to = starts[drawer + 1]!
      if (before.length < to - from) before = new Int32Array(2 * (to - from))
      for (let slot = from; slot < to; slot++) {
        before[slot - from] = last[lows[slot]!]!
        last[lows[slot]!] = slot
      }
    },
    last: (low: number): number => last[low]!,
    before: (slot: number): number => before[slot - from]!,
  }
}

/** Whether two seeds' masks leave numbers of a node; the first number is taken to fit. */
function fits(one: number, other: number, { vector, levels }: Joined): boolean {
  const [a, b] = [seedAt(one), seedAt(other)]
  if (vector.length > 1 && (vector[1]! + wordAt(a, 1) + wordAt(b, 1)) >>> 0 > levels) return false
  return plus(plus(vector, maskOf(a, vector.length)), maskOf(b, vector.length)).every((x) => x <= levels)
}

/** The pairs of which one number is in these drawers; each pair once, its lower place first. */
export function joinDrawers(joined: Joined, { from, to }: Drawers): Pairs {
  const { table, vector, first } = joined
  const { starts, lows, places } = table
  const sum = (first - vector[0]!) >>> 0
  const drawer = openDrawer(table)
  const fitting: [number, number][] = []
  let tried = 0
  for (let own = from; own < to; own++)
    // What is left of the sum lies in one of two drawers: the lower bits borrow, or do not.
    for (const borrow of [0, 1]) {
      drawer.fill(((sum >>> 16) - own - borrow) & 0xffff)
      for (let slot = starts[own]!; slot < starts[own + 1]!; slot++) {
        const low = lows[slot]!
        if (low > (sum & 0xffff) !== (borrow === 1)) continue
        const rest = ((sum & 0xffff) - low) & 0xffff
        for (let other = drawer.last(rest); other >= 0; other = drawer.before(other)) {
          if (places[slot]! > places[other]!) continue
          tried++
          if (fits(places[slot]!, places[other]!, joined)) fitting.push([places[slot]!, places[other]!])
        }
      }
    }
  return { tried, fitting }
}

/** All pairs, in this thread where the table is short. @throws FrostglassError `aborted` */
export async function joinPairs(joined: Joined, signal?: AbortSignal): Promise<Pairs> {
  if (joined.table.places.length <= 2 ** 20) return joinDrawers(joined, { from: 0, to: drawers })
  const each = 256
  const tasks = Array.from({ length: drawers / each }, (_, i) => ({ from: i * each, to: (i + 1) * each }))
  const replies = await inWorkers<Drawers, Pairs>(workerFile('joinWorker', import.meta.url), joined, tasks, {
    signal,
  })
  const all = replies.map(answerOf)
  return {
    tried: all.reduce((total, { tried }) => total + tried, 0),
    fitting: all.flatMap(({ fitting }) => fitting),
  }
}
