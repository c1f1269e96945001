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
} from '../../audit/index.ts'
import { shareText } from '../../audit/words.ts'
import { readTextColumns } from '../../data/textColumns.ts'
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
  const quasi = options.quasi ?? suggestedQuasi(path, roles)
  const population =
    options.public === undefined
      ? undefined
      : await readTextColumns(options.public, { ...reading, signal, names: [...quasi] })
  const found = await riskOf(read, quasi, { population, populationSize, largestSubset: largest, signal })
  print(json, { risk: found, identifiers, roles }, () =>
    text(found, identifiers, roles, options.quasi === undefined),
  )
}

/** @throws FrostglassError `usage` where no column looks like one */
function suggestedQuasi(path: string, roles: readonly RoleSuggestion[]): string[] {
  const quasi = roles.filter(({ role }) => role === 'quasi').map(({ column }) => column)
  if (quasi.length > 0) return quasi
  throw new FrostglassError(
    'usage',
    `no column of ${path} looks like a quasi-identifier`,
    'Name those that others may know: --quasi age,sex.',
  )
}

function text(
  found: TableRisk,
  identifiers: readonly FoundIdentifier[],
  roles: readonly RoleSuggestion[],
  guessed: boolean,
): string {
  const { rows, classes, quasi, uniqueness, sizes, prosecutor, journalist, marketer, population } = found
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
    `${counted(rows, 'row')}, ${classes.toLocaleString('en')} classes by ${guessed ? 'what looks like quasi-identifiers: ' : ''}${names}`,
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
    ...(journalist ? [`${shareText(journalist.unlisted)} of the rows fit nobody on the list`] : []),
    '',
    table(
      ['columns that single out', 'distinction', 'separation', 'unique'],
      found.subsets
        .slice(0, shownSubsets)
        .map(({ columns, distinction, separation, uniqueness: alone }) => [
          columns.map(printable).join(', '),
          shareText(distinction),
          shareText(separation),
          shareText(alone),
        ]),
    ),
    '',
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
          ),
        ]),
    '',
    table(
      ['column', 'looks', 'because'],
      roles.map(({ column, role, reasons }) => [printable(column), role, printable(reasons.join('; '))]),
    ),
  ].join('\n')
}
