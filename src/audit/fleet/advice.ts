// What to change about what nodes send, said from what was measured.
// Source: docs/architecture.md#the-audit; docs/results/fleet for what clipping, noise and sums leave.
// It names no remedy whose effect was not measured.

import type { ImageReportFinding } from '../images/reportSchema.ts'
import { brokenRules, gotten } from '../policy/brokenRules.ts'
import type { Advice } from '../policy/reportParts.ts'
import { unmeasuredAdvice } from '../policy/unmeasuredAdvice.ts'
import type { Measured } from '../policy/verdict.ts'
import type { UpdateFacts } from './contract.ts'

/** Advice on a report on updates; the gravest first. */
export function updateAdvice(
  measured: Omit<Measured, 'findings'> & { readonly findings: readonly ImageReportFinding[] },
  facts: UpdateFacts,
): Advice[] {
  const broken = brokenRules(measured)
  const said = ({ metric, finding }: (typeof broken)[number]) =>
    gotten(finding, metric, { subject: 'update', chance: 'where guessing gets' })
  const advice: Advice[] = []
  const rows = broken.find(({ metric }) => metric === 'ssim' || metric === 'cells5' || metric === 'cells1')
  if (rows)
    advice.push({
      action:
        facts.noise > 0
          ? 'Add more noise on the node: with this much its rows are still read off what it sends.'
          : 'Add noise on the node before anything leaves it: cutting off the norm hides nothing of a row, since directions tell it.',
      reason: said(rows),
    })
  if (rows && facts.nodes > 1)
    advice.push({
      action: 'Do not take a sum of few nodes for a protection: add up more of them, with noise in the sum.',
      reason: `${facts.nodes} nodes were added up here, and rows were found in the sum.`,
    })
  const labels = broken.find(({ metric }) => metric === 'labels')
  if (labels)
    advice.push({
      action: 'Count on it being told which classes a node has.',
      reason: `${said(labels)} The gradient by the last bias is the difference of what the model answers and what is true.`,
    })
  const member = broken.find(({ metric }) => metric === 'member')
  if (member)
    advice.push({
      action:
        'Count on it being told whose rows a node learned from, or price what it sends: clip and noise with an account.',
      reason: said(member),
    })
  advice.push(...unmeasuredAdvice(measured))
  if (advice.length === 0)
    advice.push({
      action: 'Audit again when the model, the rows of a round or the way of training changes.',
      reason: 'Every rule that could be measured held, for these messages and these attacks only.',
    })
  return advice
}
