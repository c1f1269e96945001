// frostglass ledger create | show: the budget of everything released about a data set, and what is left of it.
// Source: issue 12, "A privacy ledger".
// No logic of its own: src/private/ledger has the rules and the file.

import { Command, Option } from 'commander'
import {
  type Composition,
  compositions,
  createLedger,
  type Entry,
  type LedgerState,
  openLedger,
} from '../../private/index.ts'
import { type JsonOption, positiveNumber, withJson } from '../options.ts'
import { print, table } from '../output.ts'

interface CreateOptions extends JsonOption {
  readonly dataset: string
  readonly epsilon: number
  readonly delta: number
  readonly composition: Composition
}

/** The command tree of `frostglass ledger`. */
export function ledgerCommand(): Command {
  const ledger = new Command('ledger').description('keep the privacy budget of a data set')
  return ledger.addCommand(createCommand()).addCommand(showCommand())
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
  $ frostglass ledger create visits.ledger --dataset visits --epsilon 2 --delta 1e-7 \\
      --composition renyi`,
  )
  return command.action(async (path: string, { json, ...options }: CreateOptions) => {
    const ledger = await createLedger(path, options)
    const state = ledger.state()
    ledger.close()
    print(json, { ledger: path, ...state }, () => `${path}\n${described(state)}`)
  })
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
  return command.action((path: string, { json }: JsonOption) => {
    const ledger = openLedger(path)
    const state = ledger.state()
    const spends = ledger.entries()
    ledger.close()
    print(json, { ledger: path, ...state, spends }, () =>
      spends.length === 0 ? described(state) : `${listed(spends)}\n${described(state)}`,
    )
  })
}

function figure(value: number): string {
  const short = Number(value.toPrecision(4))
  return short !== 0 && short < 1e-3 ? short.toExponential() : String(short)
}

function listed(spends: readonly Entry[]): string {
  return table(
    ['#', 'when', 'released', 'ε alone', 'δ alone'],
    spends.map(({ number, at, what, epsilon, delta }) => [
      String(number),
      `${at.slice(0, 16).replace('T', ' ')} UTC`,
      shortened(what),
      figure(epsilon),
      figure(delta),
    ]),
  )
}

/** One line that moves no cursor, whatever was written into the ledger. */
function shortened(what: string): string {
  const line = what.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

function described(state: LedgerState): string {
  const { spent, left } = state
  return table(
    ['budget', state.dataset],
    [
      ['ε', `${figure(state.epsilon)}: ${figure(spent.epsilon)} spent, ${figure(left.epsilon)} left`],
      ['δ', `${figure(state.delta)}: ${figure(spent.delta)} spent, ${figure(left.delta)} left`],
      ['composition', state.composition],
      ['spends', String(state.entries)],
    ],
  )
}
