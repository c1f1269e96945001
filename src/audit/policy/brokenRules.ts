// Which findings broke a rule of a policy, and how far one got: what advice begins with.
// Source: judgement.ts. Every finding above a broken rule's ceiling counts, not only the nearest: each attribute is somebody's.

import { type Finding, type MetricName, metricOf } from '../finding.ts'
import { metricWords, type Subject, written } from '../words.ts'
import type { Measured } from './verdict.ts'

/** Broken rules by their metric, with the finding that broke each; in the judgements' order. */
export function brokenRules<F>({
  policy,
  judgements,
  findings,
}: Pick<Measured, 'policy' | 'judgements'> & { readonly findings: readonly F[] }): readonly {
  readonly metric: MetricName
  readonly finding: F
}[] {
  return judgements.flatMap((judgement) =>
    judgement.status === 'broken'
      ? [{ metric: policy.rules[judgement.rule]!.metric, finding: findings[judgement.finding]! }]
      : [],
  )
}

/** What a finding got, beside chance: a sentence. @param chance how the sentence calls it, such as `where guessing gets` */
export function gotten(
  finding: Finding & { readonly title: string },
  metric: MetricName,
  { subject, chance }: { readonly subject: Subject; readonly chance: string },
): string {
  const found = metricOf(finding, metric)
  return `“${finding.title}”: it ${metricWords(metric, subject).gets(written(found.value, 'share'))}, ${chance} ${written(found.chance, 'share')}.`
}
