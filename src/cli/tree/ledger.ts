// The command line of frostglass ledger create | show | data | head: the budget of everything released about a data set.
// Source: ours; what it does stands in ../commands/ledger.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import { compositions } from '../../private/ledger/compositions.ts'
import type { CreateOptions, DataOptions, HeadOptions } from '../commands/ledger.ts'
import type { JsonOption } from '../options.ts'
import { positiveNumber, withJson } from './options.ts'

/** The command tree of `frostglass ledger`. */
export function ledgerCommand(): Command {
  const ledger = new Command('ledger').description('keep the privacy budget of a data set')
  for (const command of [createCommand(), showCommand(), dataCommand(), headCommand()])
    ledger.addCommand(command)
  return ledger
}

function createCommand(): Command {
  const command = new Command('create')
    .description(
      'make a ledger: one budget for everything that is ever released about one data set. It cannot be changed later',
    )
    .argument('<ledger>', 'the file to make')
    .requiredOption('--dataset <name>', 'your name for the data set, whatever its files are called')
    .requiredOption('--epsilon <number>', 'ε of everything together, e.g. 1', positiveNumber)
    .requiredOption(
      '--delta <number>',
      'δ of everything together: well below one over the number of people',
      positiveNumber,
    )
    .option(
      '--unit <name>',
      'whose data the budget is about: row, or the column that says whose a row is, as --privacy-unit names it. One ledger counts one unit',
      'row',
    )
    .option('--table <file>', 'tie the ledger to this file: a release that reads another one is refused')
    .addOption(
      new Option(
        '--composition <rule>',
        'sum: prices add up. renyi: hundreds of small releases cost less; half of δ is kept for that. ' +
          'fixed: the tightest, but only if the noise of every release was settled before the first answer',
      )
        .choices([...compositions])
        .default('sum'),
    )
  withJson(command)
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass ledger create census.ledger --dataset census-2026 --epsilon 1 --delta 1e-6
  $ frostglass ledger create people.ledger --dataset people --unit person_id --table people.csv \\
      --epsilon 1 --delta 1e-6
  $ frostglass ledger create visits.ledger --dataset visits --epsilon 2 --delta 1e-7 \\
      --composition renyi`,
  )
  return command.action(async (path: string, options: CreateOptions) =>
    (await import('../commands/ledger.ts')).create(path, options),
  )
}

function showCommand(): Command {
  const command = new Command('show')
    .description('check a ledger and print its spends, its budget and what is left')
    .argument('<ledger>', 'a ledger')
  withJson(command)
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass ledger show census.ledger
  $ frostglass ledger show census.ledger --json`,
  )
  return command.action(async (path: string, options: JsonOption) =>
    (await import('../commands/ledger.ts')).show(path, options),
  )
}

function dataCommand(): Command {
  const command = new Command('data')
    .description(
      'state that the data set is in this file from now on: that it was corrected, or grew. It costs nothing, and stays in the ledger',
    )
    .argument('<ledger>', 'a ledger')
    .requiredOption('--table <file>', 'the file that releases read from now on')
  withJson(command)
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass ledger data people.ledger --table corrected.csv`,
  )
  return command.action(async (path: string, options: DataOptions) =>
    (await import('../commands/ledger.ts')).data(path, options),
  )
}

function headCommand(): Command {
  const command = new Command('head')
    .description(
      'print how far a ledger has come, to be kept elsewhere; or tell whether it still has all that it had then: exit 3 if not, as of a copy that was put back',
    )
    .argument('<ledger>', 'a ledger')
    .option('--compare <head>', 'a head such as 3:8f2c…, or a file that one was saved to')
  withJson(command)
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass ledger head people.ledger > people.head
  $ frostglass ledger head people.ledger --compare people.head`,
  )
  return command.action(async (path: string, options: HeadOptions) =>
    (await import('../commands/ledger.ts')).head(path, options),
  )
}
