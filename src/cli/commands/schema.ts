// frostglass schema draft: a first schema file for private training, from a table whose rows are public.
// Source: src/private/schema.
// No logic of its own. What it writes tells of the rows that it read, and it says so.

import { Command } from 'commander'
import { writeFileAtomic } from '../../data/files.ts'
import { draftSchema, schemaText } from '../../private/schema/draft.ts'
import { type JsonOption, withJson } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'

interface Options extends JsonOption {
  readonly out: string
  readonly categorical?: string[] | undefined
  readonly ignore?: string[] | undefined
  readonly nullText?: string[] | undefined
  readonly header?: boolean | undefined
  readonly force?: boolean | undefined
}

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
    .option('--null-text <text...>', 'cells that count as missing (default: empty, NA, N/A, ?, null, NaN)')
    .option('--header', 'the first line of a CSV holds the column names (default, but for .data and .test)')
    .option('--no-header', 'a CSV without a line of names: columns are named by their place')
    .option('--force', 'replace an existing file')
  withJson(command)
  command.addHelpText(
    'after',
    `
Example:
  $ frostglass schema draft published-sample.csv --out people.schema.json
  $ frostglass train people.csv --label income --schema people.schema.json --out private.onnx \\
      --epsilon 2 --delta 1e-5 --ledger people.ledger

Do not draft from the table that is to be protected: its extremes and rare categories would
stand in the schema, and in every model’s file. Where no public table is at hand, write the
file by hand (docs/private.md shows one), or state few columns by --bounds and --categories.`,
  )
  return command.action(async (path: string, options: Options) => {
    const { out, json, header, nullText, force } = options
    await requireDistinct(out, [path])
    await requireFree(out, force)
    const named = (names: readonly string[] = [], kind: 'categorical' | 'ignore') =>
      Object.fromEntries(names.map((name) => [name, kind]))
    const schema = await draftSchema(path, {
      header,
      nullText,
      columns: { ...named(options.categorical, 'categorical'), ...named(options.ignore, 'ignore') },
    })
    await writeFileAtomic(out, schemaText(schema), { mode: 0o644, force: force ?? false })
    const warnings = [
      `${out} tells of the rows of ${path}: smallest and largest numbers, rare texts. Use it only if they are public`,
    ]
    warn(json, warnings)
    print(
      json,
      { out, columns: schema.columns.length, warnings },
      () =>
        `wrote ${out} (${counted(schema.columns.length, 'column')}): correct bounds and categories by what is known`,
    )
  })
}
