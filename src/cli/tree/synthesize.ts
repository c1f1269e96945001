// The command line of frostglass synthesize: a synthetic table within a privacy budget.
// Source: ours; what it does stands in ../commands/synthesize.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { SynthesizeOptions } from '../commands/synthesize.ts'
import { addBounds, positiveNumber, wholeNumber, withForce, withForm, withJson } from './options.ts'
import { addCategories } from './statement.ts'

/** The command `frostglass synthesize`. */
export function synthesizeCommand(signal: AbortSignal): Command {
  const command = new Command('synthesize')
    .description(
      'make a synthetic table with differential privacy: rows like those of a table, of a model of noisy counts',
    )
    .argument('[table]', 'a table of rows about people: .csv, .json, .parquet and their kin')
    .requiredOption('--out <file>', 'where to write the rows: .csv, .tsv (both also .gz) or .parquet')
    .option('--epsilon <number>', 'ε of all that is released, e.g. 1', positiveNumber)
    .option('--delta <number>', 'δ, well below one over the number of rows', positiveNumber)
    .option(
      '--columns <file>',
      'what the columns may hold, as JSON (docs/synthesis.md), known without the rows',
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
    .addOption(
      new Option(
        '--method <name>',
        'tree: pairs of columns that make a tree; adaptive: table after table where the model is worst (default)',
      ).choices(['tree', 'adaptive']),
    )
    .option(
      '--rows <count>',
      'rows to draw (default: about as many as the table has, by a noisy count)',
      wholeNumber(0, 1e8),
    )
    .option('--ledger <file>', 'take the price from this ledger (frostglass ledger create)')
    .option(
      '--from <model>',
      'draw rows of a model that was paid for, a .synthesis.json, in place of a table: costs nothing',
    )
  withJson(withForce(withForm(command))).addHelpText(
    'after',
    `
Examples:
  $ frostglass synthesize people.csv --epsilon 1 --delta 1e-9 --columns people.columns.json \\
      --ledger people.ledger --rows 30000 --out synthetic.csv
  $ frostglass synthesize --from synthetic.synthesis.json --rows 1000 --out more.csv

A row is protected: whoever is told all that comes out, and all other rows, cannot tell by more
than ε (but for δ) whether it was there. Nothing is read off the rows that is not paid for: what
columns may hold is stated, a number beyond its bounds counts as the bound, and a text that is
not stated as the value called other, or as none. The model is written beside the rows, as
synthetic.synthesis.json for synthetic.csv: more rows can be drawn of it at no price.`,
  )
  return command.action(async (path: string | undefined, options: SynthesizeOptions) =>
    (await import('../commands/synthesize.ts')).synthesizeTable(path, options, signal),
  )
}
