// A restored number as the decimal that it was: what float64 arithmetic has moved by less than the key's error goes back.
// Source: ours. An error of at most t leaves one decimal on a grid coarser than 4 t within reach, and no other.
// A number with more digits than that keeps its error. It does not know better where an error is larger than measured.

import { type ColumnForm, canHold, roundTo } from '../../data/form.ts'
import { roundTripLimit } from './limits.ts'

/** What a key knows of a column's numbers. */
export interface Numbers {
  readonly minimum: number
  readonly maximum: number
  readonly integer: boolean
  readonly form?: ColumnForm | undefined
  readonly time?: 'days' | 'seconds' | undefined
  /** What was put in place of missing cells: not written by anybody. */
  readonly fill?: number | undefined
}

/** How far a restored number may be off, and how it is put right. */
export interface Snap {
  /** In the column's unit. Protecting checks each cell against a quarter of it. */
  readonly tolerance: number
  /** Whether every cell written as the key's table was comes back exactly. */
  readonly exact: boolean
  /** Whether a number is one of those that come back exactly: as fine as the key's table was, and no finer. */
  promises(x: number): boolean
  /** The number that `x` was, if it is near one of few enough decimals; else `x`. */
  restore(x: number): number
}

/**
 * 256 times the largest error that the key's own table showed, for other rows come nearer to where activations are flat;
 * and never less than some units in the last place, which a small table may not show.
 * @param error relative to the column's range
 */
function toleranceOf({ minimum, maximum }: Numbers, error: number): number {
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum))
  return 256 * Math.max(error, 2 ** -52) * (maximum - minimum) + 2 ** -50 * largest
}

/**
 * @param error largest error of the round trip, relative to a column's range, as the key has it
 */
export function snapOf(numbers: Numbers, error: number): Snap {
  const { form = {}, integer, minimum, maximum } = numbers
  const tolerance = toleranceOf(numbers, error)
  // A grid 1000 times coarser catches a number that does not belong to it once in 500; the recorded one is certain.
  const likely = Math.floor(-Math.log10(1000 * tolerance))
  const recorded = form.decimals ?? (integer ? 0 : undefined)
  const single = form.type === 'FLOAT'
  // A FLOAT is not quite the decimal that it is written as: the grid has to bear that as well.
  const sure = recorded !== undefined && 10 ** -recorded >= (single ? 8 : 4) * tolerance
  const decimals = Math.min(22, sure ? Math.max(recorded, likely) : likely)
  const constant = minimum === maximum
  const held = single ? Math.fround : (x: number) => x
  return {
    tolerance,
    exact: constant || sure,
    promises: (x) => constant || (sure && held(roundTo(x, recorded)) === x),
    restore(x) {
      if (constant) return minimum
      if (single) {
        const near = Math.fround(x)
        if (Math.abs(near - x) <= tolerance && Math.abs(near) * 2 ** -24 >= 4 * tolerance) return near
      }
      if (decimals < 0) return x
      const rounded = held(roundTo(x, decimals))
      return Math.abs(rounded - x) <= tolerance ? rounded : held(x)
    },
  }
}

/** A cell that would not come back. */
export interface Lost {
  /** From 0, in the block. */
  readonly row: number
  readonly value: number
  /** Its column has one value in the key; cannot hold such a number; its digits would be lost, or a time's last ones. */
  readonly why: 'constant' | 'type' | 'digits' | 'fine'
}

/** What became of some cells of a column: the first lost one, or how many are only near, and how near. */
export interface Compared {
  readonly lost?: Lost | undefined
  readonly inexact: number
  readonly error: number
}

/**
 * Compares numbers with what the inverse makes of them, before {@link Snap.restore}. What the key's table was written
 * like must come back exactly; more digits than that may be off, by as much as any key may be.
 */
export function compareNumbers(
  numbers: Numbers,
  snap: Snap,
  values: ArrayLike<number>,
  restored: ArrayLike<number>,
  rows: number,
): Compared {
  const width = numbers.maximum - numbers.minimum
  const toldInTime = numbers.form !== undefined && numbers.form.type !== 'FLOAT' && !snap.exact
  let inexact = 0
  let error = 0
  for (let row = 0; row < rows; row++) {
    const value = values[row]!
    const lost = (why: Lost['why']) => ({ lost: { row, value, why }, inexact, error })
    if (!canHold(numbers, value)) return lost('type')
    if (width === 0) {
      if (value !== numbers.minimum) return lost('constant')
      continue
    }
    const near = restored[row]!
    const back = snap.restore(near)
    const off = Math.abs(near - value)
    // A quarter: another order of rows or another machine rounds differently, by as much at most as was measured.
    if (off <= snap.tolerance / 4 && back === value) continue
    if (snap.promises(value) || !(off <= roundTripLimit * width)) return lost('digits')
    // What nobody has written may be off, and a time that is only near is another.
    if (numbers.time !== undefined && value !== numbers.fill) return lost('fine')
    const wrong = Math.max(off, Math.abs(back - value))
    // Its owner has been told when the key was made, or has not written it.
    if (wrong <= snap.tolerance && (toldInTime || value === numbers.fill)) continue
    inexact++
    error = Math.max(error, wrong)
  }
  return { inexact, error }
}
