// The command line of frostglass risk.
// Source: ours; what it does stands in ../commands/risk.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { RiskCommandOptions } from '../commands/risk.ts'
import { wholeNumber, withForm, withJson } from './options.ts'

/** The command `frostglass risk`. */
export function riskCommand(signal: AbortSignal): Command {
  const command = new Command('risk')
    .description(
      'tell how easily people are found in a table as it is: how many are unique, which columns single them out, which columns look like identifiers',
    )
    .argument('<table>', 'the table: CSV, Parquet or JSON')
    .option(
      '--quasi <names>',
      'columns that others may know, separated by commas (default: those that look like it)',
      commaSeparated,
    )
    .option('--public <table>', 'a list of people of whom the rows may be: its columns have the same names')
    .option('--population <people>', 'how many people the table was drawn from, at random', wholeNumber(1))
    .option('--largest <columns>', 'the largest sets of columns that are tried', wholeNumber(1, 6), 4)
  return withJson(withForm(command))
    .addHelpText(
      'after',
      `
Examples:
  $ frostglass risk people.csv --quasi age,sex,postcode
  $ frostglass risk people.csv
  $ frostglass risk people.csv --quasi age,sex --public register.csv --population 1000000 --json

No value of the table is printed. What the numbers mean: docs/how-to/assess-risk.md.`,
    )
    .action(async (path: string, options: RiskCommandOptions) =>
      (await import('../commands/risk.ts')).risk(path, options, signal),
    )
}

/** Names between commas. */
export const commaSeparated = (text: string): string[] => text.split(',').filter((name) => name !== '')
