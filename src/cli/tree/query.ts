// The command line of frostglass query: one SQL query over a table file, answered with differential privacy.
// Source: ours; what it does stands in ../commands/query.ts.
// It loads nothing that only running needs.

import { Command, InvalidArgumentError, Option } from 'commander'
import type { QueryOptions } from '../commands/query.ts'
import { addBounds, positiveNumber, wholeNumber, withDelimiter, withHeader, withJson } from './options.ts'

/** The command `frostglass query`. */
export function queryCommand(signal: AbortSignal): Command {
  const command = new Command('query')
    .description(
      'answer one SQL query about a table with differential privacy: answers with error bars, paid for before they are drawn',
    )
    .argument('<table>', 'a table of rows about people: .csv, .json, .parquet and their kin')
    .argument('<sql>', 'SELECT keys, aggregates FROM data WHERE … GROUP BY keys HAVING …')
    .requiredOption('--epsilon <number>', 'ε of the whole query, e.g. 0.5', positiveNumber)
    .option(
      '--delta <number>',
      'δ, where keys are private: well below one over the number of people',
      positiveNumber,
    )
    .option(
      '--privacy-unit <column>',
      'the column that says whose each row is (default: each row is one person)',
    )
    .option(
      '--rows-per-unit <count>',
      'rows of a person that count in each group (default: 1)',
      wholeNumber(1),
    )
    .option('--groups-per-unit <count>', 'groups that a person counts in (default: 1)', wholeNumber(1))
    .option(
      '--bounds <column=low:high>',
      'where a column’s numbers are held to lie; may be repeated',
      addBounds,
    )
    .option(
      '--private-bounds <share>',
      'find the bounds of other columns privately, with this share of ε, e.g. 0.2',
      positiveNumber,
    )
    .option(
      '--keys <column=a,b,…>',
      'keys of GROUP BY that are public: all of these are answered, no others; or =@file, one a line; may be repeated',
      addKeys,
    )
    .addOption(
      new Option(
        '--noise <law>',
        'laplace: pure ε (default). gaussian: needs --delta; smaller where a person moves many answers at once',
      ).choices(['laplace', 'gaussian']),
    )
    .option(
      '--public-table <name=file>',
      'a public table that is joined by a column of distinct values: JOIN name ON data.key = name.key; may be repeated',
      addNamed,
    )
    .option(
      '--private-table <name=file>',
      'another table about the same people, joined by the privacy unit; may be repeated',
      addNamed,
    )
    .option(
      '--join-rows <count>',
      'rows of a person that count in each joined private table (default: 1)',
      wholeNumber(1, 1000),
    )
    .option(
      '--time-limit <seconds>',
      'what is not answered then is refused, and stays paid for (default: 60)',
      positiveNumber,
    )
    .option(
      '--answer-at-limit',
      'answer when the time limit is over and not before, so that time tells nothing',
    )
    .option('--ledger <file>', 'take the price from this ledger (frostglass ledger create)')
    .option('--level <share>', 'how often error bars hold (default: 0.95)', positiveNumber)
    .option('--dry-run', 'say what would be released, at what price and error; read no row, spend nothing')
    .option(
      '--columns <a,b,…>',
      'names of the columns: of JSON, of a CSV without a line of names, of a Parquet file whose types are to be ignored',
      (text: string) => text.split(',').map((name) => name.trim()),
    )
    .option('--out <file>', 'write the answers as CSV as well')
    .option('--force', 'replace an existing file')
  withJson(withDelimiter(withHeader(command)))
  command.addHelpText('after', examples)
  return command.action(async (path: string, sql: string, options: QueryOptions) =>
    (await import('../commands/query.ts')).query(path, sql, options, signal),
  )
}

const examples = `
Aggregates: COUNT(*), COUNT, COUNT(DISTINCT), SUM, AVG, VARIANCE, STDDEV, MIN, MAX, MEDIAN,
QUANTILE_CONT(column, 0.9), HISTOGRAM(column, [20, 40]). What is not understood is refused.

Examples:
  $ frostglass query people.parquet "SELECT COUNT(*), AVG(age) FROM data WHERE income > 50000" \\
      --epsilon 0.5 --privacy-unit person_id --bounds age=0:120 --ledger people.ledger
  $ frostglass query people.parquet "SELECT education, COUNT(*) FROM data GROUP BY education" \\
      --epsilon 0.5 --delta 1e-7 --privacy-unit person_id --ledger people.ledger
  $ frostglass query people.csv \\
      "SELECT region, COUNT(*) FROM data JOIN towns USING (town) GROUP BY region" --epsilon 0.5 \\
      --public-table towns=towns.csv --keys region=north,south --privacy-unit person_id
  $ frostglass query visits.csv "SELECT ward, MEDIAN(hours) FROM data GROUP BY ward" --epsilon 1 \\
      --keys ward=A,B,C --bounds hours=0:72 --privacy-unit patient --dry-run`

function addKeys(text: string, before: QueryOptions['keys'] = {}): Readonly<Record<string, string>> {
  const [, name, list] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || list === undefined)
    throw new InvalidArgumentError('Expected column=key,key,… or column=@file.')
  return { ...before, [name]: list }
}

function addNamed(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || file === undefined) throw new InvalidArgumentError('Expected name=file.')
  return { ...before, [name]: file }
}
