// The command line of frostglass key preview: what a key would make of every column of a table.
// Source: ours; what it does stands in ../commands/keyPreview.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { PreviewOptions } from '../commands/keyPreview.ts'
import { withColumns } from './columns.ts'
import { withJson, withReading } from './options.ts'

/** The command `frostglass key preview`. */
export function previewCommand(): Command {
  const command = new Command('preview')
    .description('show what a key would make of every column of a table: its kind, range, missing cells')
    .argument('<table>', 'CSV, TSV, Parquet or JSON lines; a folder of Parquet; - for standard input')
  withJson(withReading(withColumns(command)))
    .option('--out <file>', 'write what every column is as a file to edit, for key create --schema')
    .option('--force', 'replace an existing file')
  command.addHelpText(
    'after',
    `
Example:
  $ frostglass key preview patients.csv --label recovered --out columns.json
  $ frostglass key create patients.csv --schema columns.json --out owner.key
  $ frostglass key preview patients.csv --label recovered --label days --task days=number`,
  )
  return command.action(async (path: string, options: PreviewOptions) =>
    (await import('../commands/keyPreview.ts')).preview(path, options),
  )
}
