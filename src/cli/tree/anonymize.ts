// The command line of frostglass anonymize: a table made coarser until it may be published.
// Source: ours; what it does stands in ../commands/anonymize.ts.
// It loads nothing that only running needs.

import { type Command, InvalidArgumentError, Command as Line, Option } from 'commander'
import type { AnonymizeCommandOptions } from '../commands/anonymize.ts'
import { facesCommand } from './anonymizeFaces.ts'
import {
  gathered,
  percentage,
  positiveNumber,
  wholeNumber,
  withForce,
  withForm,
  withJson,
} from './options.ts'
import { commaSeparated } from './risk.ts'

/** The command `frostglass anonymize`. */
export function anonymizeCommand(signal: AbortSignal): Command {
  const command = new Line('anonymize')
    .description(
      'publish a table of people: quasi-identifiers are made coarser until every class of equal rows passes the privacy models. Columns that are not named are left out',
    )
    .argument('<table>', 'the table: CSV, Parquet or JSON')
    .option('--quasi <names>', 'columns that others may know, separated by commas', commaSeparated)
    .option('--out <file>', 'where to write the rows: .csv, .tsv (both also .gz) or .parquet')
    .option(
      '--sensitive <names>',
      'columns that nobody may learn; they are published as they are',
      commaSeparated,
    )
    .option('--keep <names>', 'further columns to publish as they are', commaSeparated)
  withModels(command)
  withHierarchies(command)
  withSearch(command)
  command
    .option('--report <page>', 'attack what was written, and write the report: .html, and .json beside it')
    .option('--policy <file>', 'of the report: what is accepted (default: that of published tables)')
    .option('--seed <number>', 'of the report: draws halves and deals', wholeNumber(0), 0)
  withJson(withForce(withForm(command))).addHelpText(
    'after',
    `
A hierarchy: age=interval:0,5,10,20  born=date:month,year,decade  postcode=prefix
  geboren=date:month,year,form=DD.MM.YYYY
  education=file:education.csv  degree=ordered:none<school<college<master:2,2
  country=cluster:categories,3 (built from the rows). Without one a cell stays or becomes *.

Examples:
  $ frostglass anonymize adult.csv --quasi age,sex,race,education --sensitive occupation \\
      --k 5 --l 3 --suppress 5% --hierarchies hierarchies --out published.csv
  $ frostglass anonymize people.csv --quasi age,postcode --k 10 --hierarchy age=interval:0,5,10 \\
      --hierarchy postcode=prefix --out published.csv --report report.html
  $ frostglass anonymize people.csv --quasi age,postcode --sensitive illness --k 5 \\
      --model entropy-l-diversity:l=3 --method mondrian --out published.csv

Nothing is written unless every class passes. How it was made stands beside the rows, as
published.publication.json for published.csv. With --report exit code 3 says that the policy is
broken, or could not be measured: do not publish the file. What each model leaves open:
docs/tables.md.`,
  )
  // What stands behind its name is its own.
  command.enablePositionalOptions().helpCommand(false).addCommand(facesCommand(signal))
  return command.action(async (path: string, options: AnonymizeCommandOptions) =>
    (await import('../commands/anonymize.ts')).anonymize(path, options, signal),
  )
}

function withModels(command: Command): void {
  command
    .option('--k <rows>', 'every row is like k − 1 others', wholeNumber(1))
    .option('--l <values>', 'every class has l values of each sensitive column', wholeNumber(1))
    .option('--t <distance>', 'every class is distributed as the table is, up to t, from 0 to 1', share)
    .option(
      '--model <name:parameter=value,…>',
      'any other: docs/tables.md has the names; column=NAME is of one sensitive column; may be repeated',
      gathered,
    )
    .option(
      '--public <table>',
      'a list of people that anybody has, the table’s among them, for models that count them',
    )
    .option(
      '--suppress <share>',
      'rows that may be left out, such as 5% (default: none; of local what is left over)',
      percentage,
    )
}

function withHierarchies(command: Command): void {
  command
    .option(
      '--hierarchies <folder>',
      'files age.csv: a line a value, the value and its labels, as ARX writes them',
    )
    .option('--hierarchy <column=kind:…>', 'how a column is made coarser; may be repeated', gathered)
}

function withSearch(command: Command): void {
  command
    .addOption(
      new Option(
        '--method <name>',
        'exact: the best node of all (default up to two million nodes); heuristic: the best found in a time; mondrian: cuts, no row left out; local: node after node, which can be taken back in part',
      ).choices(['exact', 'heuristic', 'mondrian', 'local']),
    )
    .option('--relaxed', 'mondrian: rows that are equal may be parted')
    .option('--time <seconds>', 'heuristic: how long it searches (default: 30)', positiveNumber)
    .option(
      '--quality <name>',
      'what is lost least: loss (default), precision, entropy, entropy-of-generalisation, discernibility, discernibility-star, class-size, ambiguity, divergence',
    )
    .option('--balance <number>', 'below 0.5 leaving rows out costs less, above it coarse cells do', share)
    .addOption(
      new Option('--aggregate <name>', 'how losses of columns become one (default: geometric mean)').choices([
        'sum',
        'arithmetic mean',
        'geometric mean',
        'maximum',
        'rank',
      ]),
    )
    .option('--weights <column=weight,…>', 'how much the loss of a column counts (default: 1)', weights)
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('Expected a number from 0 to 1.')
  return value
}

/** `age=2,sex=0.5`. */
function weights(text: string): Readonly<Record<string, number>> {
  const found = new Map<string, number>()
  for (const pair of text.split(',')) {
    const [, name, said] = /^(.+)=([^=]+)$/.exec(pair) ?? []
    const weight = Number(said)
    if (name === undefined || !(weight >= 0 && Number.isFinite(weight)) || found.has(name))
      throw new InvalidArgumentError('Expected column=weight, each column once, separated by commas.')
    found.set(name, weight)
  }
  return Object.fromEntries(found)
}
