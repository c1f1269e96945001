// The command lines of frostglass audit published and audit synthetic.
// Source: ours; what they do stands in ../commands/auditPublished.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { AuditPublishedOptions, AuditSyntheticOptions } from '../commands/auditPublished.ts'
import { gathered, wholeNumber, withForm, withJson } from './options.ts'
import { commaSeparated } from './risk.ts'

const exitText = `
Exit code 3 says that the policy is broken, or that it could not be measured; the report is written
all the same.`

/** The command `frostglass audit published`. */
export function publishedCommand(signal: AbortSignal): Command {
  const command = new Command('published')
    .description(
      'attack a table that was generalised for publication (k-anonymity and its kin), and report what it gives away',
    )
    .argument('<table>', 'the published table')
    .requiredOption('--original <table>', 'what it was made from')
    .requiredOption('--quasi <names>', 'columns that others may know, separated by commas', commaSeparated)
    .option('--sensitive <names>', 'columns that nobody may learn, separated by commas', commaSeparated)
    .option('--hierarchies <folder>', 'what its labels mean: a file age.csv a column, as ARX writes them')
    .option(
      '--hierarchy <column=kind:…>',
      'what the labels of a column mean, as anonymize was told; may be repeated',
      gathered,
    )
    .option('--public <table>', 'a list of people that anybody has')
    .option('--previous <table>', 'an earlier table of the same people')
  withReport(command, 'draws halves and deals').addHelpText(
    'after',
    `
Labels are read by their hierarchy, or by their form: [20, 29], 20-29, <30, 816**, {a, b}, *.
Where a manifest lies beside the table, give the hierarchies that it was made by: without them
it is not measured what the algorithm itself gives away, and the policy does not hold.

Examples:
  $ frostglass audit published published.csv --original people.csv --quasi age,sex \\
      --sensitive illness --out report.html
  $ frostglass audit published published.csv --original people.csv --quasi age,sex \\
      --sensitive illness --hierarchies hierarchies --previous last-year.csv --out report.html
  $ frostglass audit published published.csv --original people.csv --quasi age,postcode \
      --sensitive illness --hierarchy age=interval:0,5,10 --hierarchy postcode=prefix --out report.html
${exitText}`,
  )
  return command.action(async (path: string, options: AuditPublishedOptions) =>
    (await import('../commands/auditPublished.ts')).auditPublishedTable(path, options, signal),
  )
}

/** The command `frostglass audit synthetic`. */
export function syntheticCommand(signal: AbortSignal): Command {
  const command = new Command('synthetic')
    .description(
      'attack synthetic rows as a regulator asks: singling out, linkability, inference, membership; each beside people who were kept out',
    )
    .argument('<table>', 'the synthetic rows')
    .requiredOption('--original <table>', 'the rows that they were made from')
    .requiredOption('--control <table>', 'rows of the same population that they were not made from')
    .option('--attacks <count>', 'attempts of each attack', wholeNumber(20, 1_000_000), 2000)
  withReport(command, 'draws people and descriptions').addHelpText(
    'after',
    `
Example:
  $ frostglass audit synthetic synthetic.csv --original train.csv --control rest.csv \\
      --out report.html
${exitText}`,
  )
  return command.action(async (path: string, options: AuditSyntheticOptions) =>
    (await import('../commands/auditPublished.ts')).auditSyntheticTable(path, options, signal),
  )
}

const withReport = (command: Command, draws: string): Command =>
  withJson(
    withForm(
      command
        .requiredOption(
          '--out <file>',
          'where to write the page, .html; the same as .json is written beside it',
        )
        .option('--policy <file>', 'what you accept, as JSON; docs/reference/policies.md describes it')
        .option('--seed <number>', draws, wholeNumber(0), 0)
        .option('--force', 'replace an existing report'),
    ),
  )
