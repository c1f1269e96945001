// frostglass risk: how easily people are found in a table as it is.
// Source: docs/how-to/assess-risk.md; src/audit/published/risk has what is measured.
// No logic of its own, and no value of the table in what it prints.

import {
  type FoundIdentifier,
  findIdentifiers,
  type RoleSuggestion,
  riskOf,
  suggestRoles,
  type TableRisk,
  tellingSubsets,
} from '../../audit/index.ts'
import { shareText } from '../../audit/words.ts'
import { readTextColumns, type TextColumns } from '../../data/textColumns.ts'
import { FrostglassError, printable } from '../../errors.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print } from '../output.ts'
import { table } from '../textTable.ts'

export interface RiskCommandOptions extends Partial<ReadingOptions>, JsonOption {
  readonly quasi?: readonly string[] | undefined
  readonly public?: string | undefined
  readonly population?: number | undefined
  readonly largest: number
}

/** Sets of columns that are printed. */
const shownSubsets = 10

/** What `frostglass risk` does. @throws FrostglassError `input`, `usage`, `aborted` */
export async function risk(path: string, options: RiskCommandOptions, signal: AbortSignal): Promise<void> {
  const { json, largest, population: populationSize } = options
  const { missing: _, ...reading } = readingOptions(options)
  const read = await readTextColumns(path, { ...reading, signal })
  const identifiers = findIdentifiers(read)
  const roles = suggestRoles(read, identifiers)
  const quasi = options.quasi ?? roles.filter(({ role }) => role === 'quasi').map(({ column }) => column)
  if (quasi.length === 0) {
    requireSeveral(path, read)
    print(json, { risk: null, identifiers, roles }, () => looksText(identifiers, roles).join('\n'))
    throw noneLooksQuasi(path, read)
  }
  const population =
    options.public === undefined
      ? undefined
      : await readTextColumns(options.public, { ...reading, signal, names: [...quasi] })
  const found = await riskOf(read, quasi, { population, populationSize, largestSubset: largest, signal })
  print(json, { risk: found, identifiers, roles }, () =>
    text(found, identifiers, roles, options.quasi === undefined),
  )
}

/** @throws FrostglassError `usage` for a table of one column whose name holds what separates cells */
function requireSeveral(path: string, { columns: [only, ...more] }: TextColumns): void {
  const delimiter = more.length === 0 && only !== undefined ? /[,;\t|]/.exec(only.name)?.[0] : undefined
  if (delimiter === undefined) return
  throw new FrostglassError(
    'usage',
    `${path} has one column as it was read: ${printable(only!.name.slice(0, 80))}`,
    `Say what separates its cells: --delimiter ${delimiter === '\t' ? 'tab' : `'${delimiter}'`}.`,
  )
}

function noneLooksQuasi(path: string, { columns }: TextColumns): FrostglassError {
  const names = columns.slice(0, 2).map(({ name }) => printable(name))
  return new FrostglassError(
    'usage',
    `no column of ${path} looks like a quasi-identifier`,
    `Name those that others may know, such as --quasi ${names.join(',')}.`,
  )
}

function text(
  found: TableRisk,
  identifiers: readonly FoundIdentifier[],
  roles: readonly RoleSuggestion[],
  guessed: boolean,
): string {
  const { rows, classes, quasi, uniqueness, sizes, prosecutor, journalist, marketer, population } = found
  const subsets = tellingSubsets(found.subsets).slice(0, shownSubsets)
  const names = quasi.map(printable).join(', ')
  const attackers = [
    ['prosecutor (knows who is in the table)', prosecutor] as const,
    ...(journalist ? [['journalist (has the public list)', journalist] as const] : []),
  ].map(([who, risk]) => [
    who,
    shareText(risk.average),
    shareText(risk.highest),
    shareText(risk.above.fifth),
    shareText(risk.above.eleventh),
    shareText(risk.above.twentieth),
  ])
  return [
    `${counted(rows, 'row')}, ${classes === 1 ? '1 class' : `${classes.toLocaleString('en')} classes`} by ${guessed ? 'what looks like quasi-identifiers: ' : ''}${names}`,
    `${shareText(uniqueness)} of the rows are unique; the smallest class has ${counted(sizes[0]!.size, 'row')}, the largest ${counted(sizes.at(-1)!.size, 'row')}`,
    ...(population
      ? [
          population.uniqueness === null
            ? `no estimate of a population of ${population.size.toLocaleString('en')}: ${population.by} has no solution`
            : `of a population of ${population.size.toLocaleString('en')} an estimated ${shareText(population.uniqueness)} are unique (${population.by})`,
        ]
      : []),
    '',
    table(['risk of a record to', 'average', 'highest', 'above 20%', 'above 9%', 'above 5%'], attackers),
    `a marketer, who guesses everybody, gets ${shareText(marketer)} right`,
    ...(journalist
      ? [`${shareText(journalist.unlisted)} of the rows fit nobody on the list, and their risk counts as 0`]
      : []),
    '',
    table(
      ['columns that single out', 'distinction', 'separation', 'unique'],
      subsets.map(({ columns, distinction, separation, uniqueness: alone }) => [
        columns.map(printable).join(', '),
        shareText(distinction),
        shareText(separation),
        shareText(alone),
      ]),
    ),
    ...(subsets.length < found.subsets.length
      ? ['sets that make hardly more rows unique than a part of them are not shown (--json has all)']
      : []),
    '',
    ...looksText(identifiers, roles),
  ].join('\n')
}

/** What columns seem to hold, and to be. */
function looksText(identifiers: readonly FoundIdentifier[], roles: readonly RoleSuggestion[]): string[] {
  return [
    ...(identifiers.length === 0
      ? ['no column looks like an identifier of HIPAA’s Safe Harbor']
      : [
          table(
            ['identifiers (HIPAA Safe Harbor)', 'kind', 'how sure', 'evidence'],
            identifiers.map(({ column, letter, title, confidence, evidence }) => [
              printable(column),
              `(${letter}) ${title}`,
              confidence,
              printable(evidence.join('; ')),
            ]),
            { words: ['kind', 'how sure', 'evidence'] },
          ),
        ]),
    '',
    table(
      ['column', 'looks', 'because'],
      roles.map(({ column, role, reasons }) => [printable(column), role, printable(reasons.join('; '))]),
      { words: ['looks', 'because'] },
    ),
  ]
}
