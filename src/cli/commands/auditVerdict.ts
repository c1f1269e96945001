// What every audit prints and ends with: the worst finding, the verdict, the rules, and exit code 3 unless all is held.

import type { ImageLeakReport, LeakReport, ModelLeakReport } from '../../audit/index.ts'
import { FrostglassError } from '../../errors.ts'
import { table } from '../output.ts'

type Report = LeakReport | ImageLeakReport | ModelLeakReport

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
    judgements.map(({ rule, status }) => [
      rules[rule]!.name,
      status === 'too weak' ? 'too weak to tell' : status,
    ]),
  )
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
  throw new FrostglassError('policy', `the policy '${policy!.name}' ${what}`, {
    hint:
      out === undefined ? 'name a report with --out to read what to change' : `read what to change in ${out}`,
  })
}
