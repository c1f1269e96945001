// What is sampled, clipped and protected: a row, or all rows of a person; and how it gets into a batch.
// Source: McMahan and others 2018, section 3 (users as the unit); Chua and others 2024, "user-level sampling".
// Who a row belongs to is believed. That a person without rows is there is public, as is how many persons there are.

import { FrostglassError } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'
import type { Prepared } from '../../learn/dataset.ts'
import type { Part } from '../../learn/evaluation.ts'
import { drawBelow } from '../../random/integers.ts'
import type { RandomSource } from '../../random/source.ts'
import { requireCount } from '../accounting/check.ts'
import type { Sized } from './sized.ts'

/** The examples of a data set. */
export interface Examples {
  /** How many there are, public. */
  readonly count: number
  /** Rows that one of them has at most in a batch. */
  readonly rowsEach: number
  /** Puts examples into the feeds of a program, one after another, and zeros behind them; those that count are taken. */
  fill(sized: Sized, drawn: Int32Array): void
}

/** Every row is an example. */
export function rowExamples({ data, order }: Part): Examples {
  return {
    count: order.length,
    rowsEach: 1,
    fill({ batch, examples, taken }, drawn) {
      const padded = new Int32Array(examples)
      for (const [i, example] of drawn.entries()) padded[i] = order[example]!
      batch.fill(data, padded, 0)
      clear(batch.feeds as Feeds, batch.rows, drawn.length, examples)
      taken.fill(0)
      for (let i = 0; i < drawn.length; i++) {
        if (isSound(data, padded[i]!)) taken[i] = 1
        else clear(batch.feeds as Feeds, batch.rows, i, i + 1)
      }
    },
  }
}

/**
 * Every person is an example, with the mean loss of some of its rows: of a person who has more than `rowsEach` so many are
 * drawn anew each time.
 * @param people the person of each row of the data set, 0 … count − 1
 * @throws FrostglassError `shape` unless there is one for each row, `input` for what is no person's number
 */
export function personExamples(
  { data, order }: Part,
  people: ArrayLike<number>,
  options: { count: number; rowsEach: number; random: RandomSource },
): Examples {
  const { count, rowsEach, random } = options
  requireCount('rowsEach', rowsEach)
  if (people.length !== data.rows)
    throw new FrostglassError('shape', `there are ${data.rows} rows, but ${people.length} persons’ numbers`)
  const rowsOf: number[][] = Array.from({ length: count }, () => [])
  for (const row of order) {
    const theirs = rowsOf[people[row]!]
    if (!theirs)
      throw new FrostglassError(
        'input',
        'a row belongs to no person',
        `Give persons as whole numbers from 0 to ${count - 1}.`,
      )
    if (isSound(data, row)) theirs.push(row)
  }
  return {
    count,
    rowsEach,
    fill({ batch, share, taken, examples }, drawn) {
      const places = new Int32Array(examples * rowsEach)
      const held = new Uint8Array(places.length)
      share?.fill(0)
      taken.fill(0)
      for (const [i, person] of drawn.entries()) {
        const rows = some(rowsOf[person]!, rowsEach, random)
        if (rows.length > 0) taken[i] = 1
        for (const [j, row] of rows.entries()) {
          const at = i * rowsEach + j
          places[at] = row
          held[at] = 1
          if (share) share[at] = 1 / rows.length
        }
      }
      batch.fill(data, places, 0)
      for (let at = 0; at < places.length; at++)
        if (held[at] === 0) clear(batch.feeds as Feeds, batch.rows, at, at + 1)
    },
  }
}

const isSound = ({ sound }: Prepared, row: number): boolean => sound === undefined || sound[row] === 1

type Feeds = Readonly<Record<'input' | 'target', Tensor>>

/** Makes rows [from, to) zeros: at a place that holds no row stands nothing of any row. */
function clear(feeds: Feeds, rows: number, from: number, to: number): void {
  for (const { data } of [feeds.input, feeds.target]) {
    const width = data.length / rows
    ;(data as Float32Array).fill(0, from * width, to * width)
  }
}

/** All of a person's rows where they are few, else as many as are wanted, any of them alike. */
function some(rows: readonly number[], most: number, random: RandomSource): readonly number[] {
  if (rows.length <= most) return rows
  const left = rows.slice()
  for (let i = 0; i < most; i++) {
    const j = i + drawBelow(left.length - i, random)
    const taken = left[j]!
    left[j] = left[i]!
    left[i] = taken
  }
  return left.slice(0, most)
}
