// The command line of frostglass schema draft: a first schema file for private training.
// Source: ours; what it does stands in ../commands/schema.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { Options } from '../commands/schema.ts'
import { withForm, withJson } from './options.ts'

/** The command tree of `frostglass schema`. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('state what a table’s columns may hold, for private training')
    .addCommand(draftCommand())
}

function draftCommand(): Command {
  const command = new Command('draft')
    .description(
      'draft a schema file from a table whose rows are public: correct it by hand. It tells of those rows',
    )
    .argument(
      '<table>',
      'a public table with the same columns: a published sample, an example of the codebook',
    )
    .requiredOption('--out <file>', 'where to write the schema, .json')
    .option('--categorical <column...>', 'columns of numbers that are categories')
    .option('--ignore <column...>', 'columns to leave out')
    .option('--force', 'replace an existing file')
  withJson(withForm(command))
  command.addHelpText(
    'after',
    `
Example:
  $ frostglass schema draft published-sample.csv --out people.schema.json
  $ frostglass private train people.csv --label income --schema people.schema.json \\
      --out private.onnx --epsilon 2 --delta 1e-5 --ledger people.ledger

Do not draft from the table that is to be protected: its extremes and rare categories would
stand in the schema, and in every model’s file. Where no public table is at hand, write the
file by hand (docs/reference/stated-columns.md shows one), or state few columns by --bounds and
--categories.`,
  )
  return command.action(async (path: string, options: Options) =>
    (await import('../commands/schema.ts')).draft(path, options),
  )
}
