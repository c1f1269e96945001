// The verdict in one sentence that a layman understands.
// Source: issue 9, section 4 ("the verdict first"). The first broken rule speaks; if none is broken, the first measured.
// It says what attacks got, never that something is safe.

import { type Judgement, type Policy, policyHolds } from '../policy.ts'
import type { LeakReport, ReportFinding } from './schema.ts'
import { adversary, metricWords, type Subject, written } from './words.ts'

/** What a verdict and advice are made of. */
export interface Measured {
  readonly policy: Policy
  readonly judgements: readonly Judgement[]
  readonly findings: readonly ReportFinding[]
  /** A table if absent. */
  readonly subject?: Subject
}

const things: Readonly<Record<Subject, { audited: string; released: string; rows: string }>> = {
  table: { audited: 'this table', released: 'this file', rows: 'rows' },
  images: { audited: 'these images', released: 'these samples', rows: 'samples' },
  model: { audited: 'this model', released: 'this model', rows: 'rows' },
}

/** The verdict on a policy. */
export function verdictOf({
  policy,
  judgements,
  findings,
  subject = 'table',
}: Measured): LeakReport['verdict'] {
  const holds = policyHolds(judgements)
  const at = judgements.findIndex(({ status }) => status === (holds ? 'held' : 'broken'))
  const judgement = judgements[at]
  if (!judgement || judgement.status === 'not measured') {
    return {
      status: 'broken',
      sentence: `No attack that the policy “${policy.name}” asks about could be run on ${things[subject].audited}, so nothing can be said.`,
      judgement: null,
    }
  }
  const finding = findings[judgement.finding]!
  const metric = finding.metrics[judgement.metric]!
  const who = adversary(finding.standpoint, finding.known, subject)
  const gets = metricWords(metric.name, subject).gets(written(metric.value, 'share'))
  const guess = written(metric.chance, 'share')
  const { released: file, rows } = things[subject]
  const sentence = holds
    ? `No attack that was run got more than the policy “${policy.name}” allows: ${lowered(who)} ${gets}, where guessing gets ${guess}. That is no proof of safety.`
    : metric.value > judgement.ceiling
      ? `Do not release ${file}: ${lowered(who)} ${gets}, where guessing gets ${guess}.`
      : `Do not release ${file} on this evidence: ${lowered(who)} ${gets}, and so few ${rows} were judged that it may be ${written(metric.interval[1], 'share')}, where guessing gets ${guess}.`
  return { status: holds ? 'held' : 'broken', sentence, judgement: at }
}

function lowered(text: string): string {
  return text[0]!.toLowerCase() + text.slice(1)
}
