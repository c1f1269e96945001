// Options that state what columns may hold, known without the rows: for private training, here and in a fleet.
// Source: docs/reference/stated-columns.md; ../../private/schema has what they mean.
// It loads nothing that only running needs.

import { type Command, InvalidArgumentError } from 'commander'
import { addBounds } from './options.ts'

/** Adds `--schema`, `--bounds`, `--categories`, `--classes` and `--columns`. */
export const withStatement = (command: Command): Command =>
  command
    .option(
      '--schema <file>',
      'what the columns may hold, as JSON (docs/reference/stated-columns.md), known without the rows',
    )
    .option(
      '--bounds <column=low:high>',
      'the same for a column of numbers: where they are held to lie; may be repeated',
      addBounds,
    )
    .option(
      '--categories <column=a,b,…>',
      'the same for a column of texts: which ones there are; may be repeated',
      addCategories,
    )
    .option('--classes <a,b,…>', 'the same for the label', listOf)
    .option('--columns <a,b,…>', 'those of the stated columns to learn from (default: all)', listOf)

const listOf = (text: string): string[] => text.split(',').map((one) => one.trim())

/** A parser that gathers `column=a,b,…`, for commander. */
export function addCategories(
  text: string,
  before: Readonly<Record<string, string[]>> = {},
): Readonly<Record<string, string[]>> {
  const [, name, list] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || list === undefined)
    throw new InvalidArgumentError('Expected column=a,b,…; values that hold a comma go into a schema file.')
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`The column ${name} is stated twice.`)
  return { ...before, [name]: listOf(list) }
}
