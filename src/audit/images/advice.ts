// What to change about obfuscated images, said from what was measured.
// Source: docs/architecture.md#the-audit; Yonan et al. 2025 for what obfuscators give away.
// It names no remedy whose effect was not measured here, but for what does not leave.

import { metricOf } from '../finding.ts'
import { brokenRules } from '../policy/brokenRules.ts'
import type { Advice } from '../policy/reportParts.ts'
import { unmeasuredAdvice } from '../policy/unmeasuredAdvice.ts'
import type { Measured } from '../policy/verdict.ts'
import { metricWords, written } from '../words.ts'
import type { ImageReportFinding } from './reportSchema.ts'

/** Advice on a report on images; the gravest first. */
export function imageAdvice(
  measured: Omit<Measured, 'findings'> & { readonly findings: readonly ImageReportFinding[] },
): Advice[] {
  const { findings } = measured
  const broken = brokenRules(measured)
  const advice: Advice[] = []
  const said = (name: 'ssim' | 'rank1' | 'member', action: string, reason: string) => {
    const found = broken.find(({ metric }) => metric === name)
    if (found)
      advice.push({ action, reason: `“${found.finding.title}”: ${phrase(found.finding, name)}. ${reason}` })
  }
  said(
    'ssim',
    'Do not send these samples to a service that you would not show the images themselves.',
    'The pictures beside the attack show what it got.',
  )
  const attributes = broken.filter(({ metric }) => metric === 'attribute')
  if (attributes.length > 0) {
    const named = findings.filter(({ metrics }) =>
      metrics.some(({ name, value, chance }) => name === 'attribute' && value > chance + 0.1),
    )
    const shown = named.length > 0 ? named : attributes.map(({ finding }) => finding)
    advice.push({
      action: 'Take these attributes as known to whoever has the samples and the pane.',
      reason: `${shown.map((finding) => `“${finding.title}”: ${phrase(finding, 'attribute')}`).join('; ')}. What the pane was not trained to hide it does not hide.`,
    })
  }
  said(
    'rank1',
    'Count on a sample being traced to its image by whoever has that image.',
    'A pane that draws nothing at random makes equal samples of equal images.',
  )
  said(
    'member',
    'Count on it being told whose images trained the pane.',
    'Do not train a pane for others on images whose owners are to stay unknown.',
  )
  advice.push(...unmeasuredAdvice(measured))
  if (advice.length === 0) {
    advice.push({
      action: 'Audit again when the pane, the classifier or the kind of images changes.',
      reason: 'Every rule that could be measured held, for these images, these panes and these attacks only.',
    })
  }
  return advice
}

function phrase(finding: ImageReportFinding, name: 'ssim' | 'attribute' | 'rank1' | 'member'): string {
  const { value, chance } = metricOf(finding, name)
  return `it ${metricWords(name, 'images').gets(written(value, 'share'))}, where guessing gets ${written(chance, 'share')}`
}
