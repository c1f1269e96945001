// frostglass ledger create | show | data | head: the budget of everything released about a data set, and what is left of it.
// Source: docs/private.md, "The ledger".
// No logic of its own: src/private/ledger has the rules and the file.

import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { FrostglassError } from '../../errors.ts'
import {
  type Composition,
  createLedger,
  type DataEntry,
  type Entry,
  type LedgerState,
  openLedger,
} from '../../private/index.ts'
import { compositions } from '../../private/ledger/composition.ts'
import { headText, readHead } from '../../private/ledger/head.ts'
import { type JsonOption, positiveNumber, withJson } from '../options.ts'
import { print, table } from '../output.ts'

interface CreateOptions extends JsonOption {
  readonly dataset: string
  readonly unit: string
  readonly epsilon: number
  readonly delta: number
  readonly composition: Composition
  readonly table?: string | undefined
}

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
    const [state, spends, sources] = [ledger.state(), ledger.entries(), ledger.sources()]
    ledger.close()
    print(json, { ledger: path, ...state, spends, sources }, () =>
      spends.length + sources.length === 0
        ? described(state)
        : `${listed(spends, sources)}\n${described(state)}`,
    )
  })
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
  return command.action(async (path: string, { json, table: file }: JsonOption & { table: string }) => {
    const ledger = openLedger(path)
    try {
      const entry = await ledger.tie(file)
      print(
        json,
        { ledger: path, ...entry },
        () => `${path} is tied to ${entry.data.table} (${entry.data.fingerprint}) by entry ${entry.number}`,
      )
    } finally {
      ledger.close()
    }
  })
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
  return command.action((path: string, { json, compare }: JsonOption & { compare?: string | undefined }) => {
    const wanted = compare === undefined ? undefined : readHead(headOrFile(compare))
    const ledger = openLedger(path)
    const head = ledger.head()
    const continues = wanted === undefined ? undefined : ledger.continues(wanted)
    ledger.close()
    if (wanted !== undefined && continues === false)
      throw new FrostglassError(
        'policy',
        `${path} does not have what it had at ${wanted.entries} entries: it has ${head.entries}, and they are others or fewer`,
        'an older copy was put back, or the file was written anew: count as spent what the lost entries spent, and release nothing before',
      )
    print(json, { ledger: path, ...head, ...(continues === undefined ? {} : { continues }) }, () => {
      const spent = `${path}: ${head.entries} entries, ε = ${figure(head.spent.epsilon)} and δ = ${figure(head.spent.delta)} spent`
      return wanted === undefined
        ? `${headText(head)}\n${spent}`
        : `${spent}; all ${wanted.entries} of before are there`
    })
  })
}

/** What stands after --compare: a head, or a file with one. */
function headOrFile(text: string): string {
  if (/^\d+:/.test(text)) return text
  try {
    return readFileSync(text, 'utf8')
  } catch (cause) {
    throw new FrostglassError(
      'input',
      `the file ${text} cannot be read`,
      'give a head such as 3:8f2c…, or a file that `frostglass ledger head` was saved to',
      cause,
    )
  }
}

function figure(value: number): string {
  const short = Number(value.toPrecision(4))
  return short !== 0 && short < 1e-3 ? short.toExponential() : String(short)
}

function listed(spends: readonly Entry[], sources: readonly DataEntry[]): string {
  const rows = [
    ...spends.map(({ number, at, what, epsilon, delta, unit, contributions }) => {
      const many = contributions === undefined ? '' : ` × ${contributions}`
      return { number, at, cells: [shortened(what), `${unit ?? '–'}${many}`, figure(epsilon), figure(delta)] }
    }),
    ...sources.map(({ number, at, data }) => ({
      number,
      at,
      cells: [`data: ${shortened(data.table)} (${data.fingerprint.slice(0, 15)}…)`, '', '', ''],
    })),
  ]
  return table(
    ['#', 'when', 'released', 'about a', 'ε alone', 'δ alone'],
    rows
      .sort((a, b) => a.number - b.number)
      .map(({ number, at, cells }) => [String(number), `${at.slice(0, 16).replace('T', ' ')} UTC`, ...cells]),
  )
}

/** One line that moves no cursor, whatever was written into the ledger. */
function shortened(what: string): string {
  const line = what.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

function described(state: LedgerState): string {
  const { spent, left, data } = state
  return table(
    ['budget', shortened(state.dataset)],
    [
      ['protects', state.unit === undefined ? 'not stated' : `a ${shortened(state.unit)}`],
      ['ε', `${figure(state.epsilon)}: ${figure(spent.epsilon)} spent, ${figure(left.epsilon)} left`],
      ['δ', `${figure(state.delta)}: ${figure(spent.delta)} spent, ${figure(left.delta)} left`],
      ['composition', state.composition],
      ['spends', String(state.entries)],
      [
        'data',
        data === undefined ? 'any file' : `${shortened(data.table)} (${data.fingerprint.slice(0, 15)}…)`,
      ],
    ],
  )
}
