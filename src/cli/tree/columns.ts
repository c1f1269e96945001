// Options that say what the columns of a table are: for making a key, and for looking at what it would be.
// Source: ours; ../columnOptions.ts says what they mean.
// It loads nothing that only running needs.

import { type Command, InvalidArgumentError } from 'commander'
import type { SaidTask } from '../columnOptions.ts'
import { wholeNumber } from './options.ts'

/** Adds `--label`, `--task`, `--numeric`, `--categorical`, `--ignore`, `--id`, `--only`, `--rare` and `--schema`. */
export const withColumns = (command: Command): Command =>
  command
    .option(
      '--label <column>',
      'a column to be learned, again for each of several; none if absent',
      (name: string, before?: string[]) => collected(name, before),
    )
    .option(
      '--task <kind>',
      'what the label is, when its values do not say: class or number; of several, column=class',
      (text: string, before?: SaidTask[]) => collected(saidTask(text), before),
    )
    .option('--numeric <column...>', 'columns that are numbers, whatever they look like')
    .option('--categorical <column...>', 'columns of numbers that are categories')
    .option('--ignore <column...>', 'columns to leave out')
    .option(
      '--id <column>',
      'the column that tells whose row it is: neither learned nor protected; encode brings it along',
    )
    .option('--only <column...>', 'columns to take, the label aside; all others are left out')
    .option(
      '--rare <rows>',
      'texts of fewer rows become one category of their column, and so do unknown ones of later tables: they do not come back',
      wholeNumber(1),
    )
    .option('--schema <file>', 'what every column is, as `frostglass key preview --out` wrote it')

function collected<T>(value: T, before: readonly T[] = []): T[] {
  return [...before, value]
}

/** @throws InvalidArgumentError for what is neither */
function saidTask(text: string): SaidTask {
  const at = text.lastIndexOf('=')
  const task = text.slice(at + 1)
  if (task === 'class' || task === 'number') return { label: at < 0 ? undefined : text.slice(0, at), task }
  throw new InvalidArgumentError('Allowed choices are class, number, or of several labels column=class.')
}
