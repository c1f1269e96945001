// What every audit prints and ends with: the worst finding, the verdict, the rules, and exit code 3 unless all is held.

import type {
  CodeLeakReport,
  ImageLeakReport,
  LeakReport,
  ModelLeakReport,
  PublishedLeakReport,
  SyntheticLeakReport,
} from '../../audit/index.ts'
import { quoted } from '../../audit/policy/harm.ts'
import { FrostglassError, printable } from '../../errors.ts'
import { table } from '../textTable.ts'

type Report =
  | LeakReport
  | ImageLeakReport
  | ModelLeakReport
  | CodeLeakReport
  | PublishedLeakReport
  | SyntheticLeakReport

/** The worst finding, and what it means. */
export function verdictText({ verdict }: Report): string {
  return `${verdict.headline}\n${verdict.sentence}`
}

/** What a finding's first measure is worth, for a column of a table. */
export function worth({ metrics: [first] }: Report['findings'][number]): string {
  return first!.tooWeak ? 'too weak to tell' : ''
}

/** The rules, each with its verdict. */
export function rulesTable({ judgements, policy }: Report): string {
  const { name, rules } = policy!
  return table(
    [`rule of the policy '${name}'`, 'verdict'],
    judgements.map((judgement) => [
      rules[judgement.rule]!.name,
      `${judgement.status === 'too weak' ? 'too weak to tell' : judgement.status}${untoldText(judgement)}`,
    ]),
  )
}

/** Columns or labels that nothing was told of, or attacks that were wanting, as far as a line holds them. */
function untoldText(judgement: Report['judgements'][number]): string {
  if ('leftOut' in judgement && judgement.leftOut) return ': see what was not tried'
  const untold = 'untold' in judgement ? (judgement.untold ?? []) : []
  if (untold.length === 0) return ''
  const more = untold.length > 3 ? ` and ${untold.length - 3} more` : ''
  return `: ${untold
    .slice(0, 3)
    .map((name) => quoted(name, 20))
    .join(', ')}${more}`
}

/** @throws FrostglassError `policy` unless the policy holds. @param out the page, where one was written. */
export function requireHeld({ verdict, policy }: Report, out: string | undefined): void {
  if (verdict.status === 'held') return
  const unmeasured = verdict.rules.tooWeak + verdict.rules.notMeasured
  const what =
    verdict.status === 'broken'
      ? 'is broken'
      : unmeasured === 0
        ? 'does not hold: none of its rules applies'
        : `does not hold: ${unmeasured} of ${policy!.rules.length} rules could not be measured`
  throw new FrostglassError(
    'policy',
    `the policy '${policy!.name}' ${what}`,
    out === undefined ? 'Name a report with --out to read what to change.' : `Read what to change in ${out}.`,
  )
}

/** What was not tried, and why; nothing where all was. */
export function untestedText({ untested }: PublishedLeakReport | SyntheticLeakReport): string[] {
  return untested.length === 0
    ? []
    : ['', 'not tried:', ...untested.map(({ title, why }) => `  ${printable(title)}: ${why}`)]
}
