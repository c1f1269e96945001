// Restores each block before it is written, and compares: what would come back as another value is said while there is an original.
// Source: ours; the price is one inverse of the layers, as much as the encoding itself.
// It cannot know a machine whose arithmetic errs more than four times as much as this one's.

import { shownTime } from '../../data/shownTime.ts'
import { FrostglassError } from '../../errors.ts'
import type { Columns, Inexact } from './attributes.ts'
import type { KeyedPane } from './pane.ts'
import type { KeyColumn, KeyLabel } from './schema.ts'
import type { Lost } from './snap.ts'

/** A label's numbers in a block, and what left of them. */
export interface HiddenNumbers {
  readonly original: Float64Array
  readonly hidden: Float64Array
}

/** The check of one table. */
export interface RoundTripCheck {
  /**
   * @param targets of each label: where it is a number, its values and what they were hidden as
   * @param numberOf the number of a row in the file, from 1, by its place in the block
   * @throws FrostglassError `input` naming row and column of a cell that would be lost, if such are refused
   */
  block(
    original: Columns,
    encoded: readonly Float64Array[],
    targets: readonly (HiddenNumbers | undefined)[],
    numberOf: (row: number) => number,
  ): Promise<void>
  /** Of numbers that come back only nearly, and of a cell that would be lost, if such are not refused. */
  warnings(): string[]
}

/** @param refuse a lost cell is an error; else, of queries, which are to be answered and not restored, it is said */
export function roundTripCheck(pane: KeyedPane, refuse: boolean): RoundTripCheck {
  const { columns, labels } = pane
  const names = [...columns, ...labels.map(({ label }) => label)].map(({ name }) => name)
  const inexact: Inexact = {
    cells: new Float64Array(names.length),
    error: new Float64Array(names.length),
  }
  let lost: string | undefined

  async function firstLost(...[original, encoded, targets, numberOf]: Parameters<RoundTripCheck['block']>) {
    const rows = encoded[0]!.length
    const cell = await pane.compareBlock(original, encoded, rows, inexact)
    if (cell !== undefined) return lostError(cell, cell.column, numberOf(cell.row))
    for (const [i, { label, map }] of labels.entries()) {
      const target = targets[i]
      if (target === undefined || map.task !== 'number') continue
      const found = map.compare(target.original, target.hidden)
      if (found.lost) return lostError(found.lost, label, numberOf(found.lost.row))
      const at = columns.length + i
      inexact.cells[at] = inexact.cells[at]! + found.inexact
      inexact.error[at] = Math.max(inexact.error[at]!, found.error)
    }
    return undefined
  }

  return {
    async block(...args) {
      if (lost !== undefined) return
      const error = await firstLost(...args)
      if (error === undefined) return
      if (refuse) throw error
      lost = `restored, some rows would not be what they were: ${error.message}`
    },
    warnings() {
      const near = names.flatMap((name, j) => {
        const cells = inexact.cells[j]!
        if (cells === 0) return []
        const numbers = cells === 1 ? '1 number has' : `${cells} numbers have`
        return [
          `column '${name}': ${numbers} more digits than come back; restored, they are off by up to ${inexact.error[j]!.toPrecision(1)}`,
        ]
      })
      return lost === undefined ? near : [...near, lost]
    },
  }
}

function lostError({ value, why }: Lost, column: KeyColumn | KeyLabel, number: number): FrostglassError {
  const { name } = column
  const time = 'time' in column ? column.time : undefined
  const shown = Number.isNaN(value)
    ? 'the category'
    : time === undefined
      ? String(value)
      : shownTime(value, time)
  const words = {
    constant: `the key knows one value of this column, and ${shown} would come back as that`,
    type: `${shown} does not fit the type that the column had when the key was made`,
    digits: `${shown} would come back as another value, since it or its row lies far outside the key's range`,
    fine: `${shown} has more decimals than come back: the key's table had fewer, or its times lay far apart`,
  }
  return new FrostglassError(
    'input',
    `row ${number}, column '${name}': ${words[why]}`,
    'Make a key from a table that has such rows, or leave the row out.',
  )
}
