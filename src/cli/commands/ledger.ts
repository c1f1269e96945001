// frostglass ledger create | show | data | head: the budget of everything released about a data set, and what is left of it.
// Source: docs/how-to/keep-a-budget.md.
// No logic of its own: src/private/ledger has the rules and the file.

import { readFileSync } from 'node:fs'
import { FrostglassError } from '../../errors.ts'
import {
  type Composition,
  createLedger,
  type DataEntry,
  type Entry,
  type LedgerState,
  openLedger,
} from '../../private/index.ts'
import { headText, readHead } from '../../private/ledger/head.ts'
import { scientific } from '../../statistics/figures.ts'
import type { JsonOption } from '../options.ts'
import { print } from '../output.ts'
import { table } from '../textTable.ts'

export interface CreateOptions extends JsonOption {
  readonly dataset: string
  readonly unit: string
  readonly epsilon: number
  readonly delta: number
  readonly composition: Composition
  readonly table?: string | undefined
}

/** What `frostglass ledger create` does. */
export async function create(path: string, { json, ...options }: CreateOptions): Promise<void> {
  const ledger = await createLedger(path, options)
  const state = ledger.state()
  ledger.close()
  print(json, { ledger: path, ...state }, () => `${path}\n${described(state)}`)
}

/** What `frostglass ledger show` does. */
export function show(path: string, { json }: JsonOption): void {
  const ledger = openLedger(path)
  const [state, spends, sources] = [ledger.state(), ledger.entries(), ledger.sources()]
  ledger.close()
  print(json, { ledger: path, ...state, spends, sources }, () =>
    spends.length + sources.length === 0
      ? described(state)
      : `${listed(spends, sources)}\n${described(state)}`,
  )
}

export interface DataOptions extends JsonOption {
  readonly table: string
}

/** What `frostglass ledger data` does. */
export async function data(path: string, { json, table: file }: DataOptions): Promise<void> {
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
}

export interface HeadOptions extends JsonOption {
  readonly compare?: string | undefined
}

/** What `frostglass ledger head` does. */
export function head(path: string, { json, compare }: HeadOptions): void {
  const wanted = compare === undefined ? undefined : readHead(headOrFile(compare))
  const ledger = openLedger(path)
  const head = ledger.head()
  const continues = wanted === undefined ? undefined : ledger.continues(wanted)
  ledger.close()
  if (wanted !== undefined && continues === false)
    throw new FrostglassError(
      'policy',
      `${path} does not have what it had at ${wanted.entries} entries: it has ${head.entries}, and they are others or fewer`,
      'Count as spent what the lost entries spent, and release nothing before: an older copy was put back, or the file was written anew.',
    )
  print(json, { ledger: path, ...head, continues }, () => {
    const spent = `${path}: ${head.entries} entries, ε = ${scientific(head.spent.epsilon, 4)} and δ = ${scientific(head.spent.delta, 4)} spent`
    return wanted === undefined
      ? `${headText(head)}\n${spent}`
      : `${spent}; all ${wanted.entries} of before are there`
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
      'Give a head such as 3:8f2c…, or a file that `frostglass ledger head` was saved to.',
      cause,
    )
  }
}

function listed(spends: readonly Entry[], sources: readonly DataEntry[]): string {
  const rows = [
    ...spends.map(({ number, at, what, epsilon, delta, unit, contributions }) => {
      const many = contributions === undefined ? '' : ` × ${contributions}`
      return {
        number,
        at,
        cells: [shortened(what), `${unit ?? '–'}${many}`, scientific(epsilon, 4), scientific(delta, 4)],
      }
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
      [
        'ε',
        `${scientific(state.epsilon, 4)}: ${scientific(spent.epsilon, 4)} spent, ${scientific(left.epsilon, 4)} left`,
      ],
      [
        'δ',
        `${scientific(state.delta, 4)}: ${scientific(spent.delta, 4)} spent, ${scientific(left.delta, 4)} left`,
      ],
      ['composition', state.composition],
      ['spends', String(state.entries)],
      [
        'data',
        data === undefined ? 'any file' : `${shortened(data.table)} (${data.fingerprint.slice(0, 15)}…)`,
      ],
    ],
  )
}
