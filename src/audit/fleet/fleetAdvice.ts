// What to change about how a fleet adds updates up, said from what was measured.
// Source: docs/results/fleet/fleet-poisoning.json for what each rule leaves of each attack.
// It names no remedy whose effect was not measured, and none where there is none.

import type { ImageReportFinding } from '../images/reportSchema.ts'
import { brokenRules, gotten } from '../policy/brokenRules.ts'
import type { Advice } from '../policy/reportParts.ts'
import { unmeasuredAdvice } from '../policy/unmeasuredAdvice.ts'
import type { Measured } from '../policy/verdict.ts'
import { type Defence, seesUpdates } from './defences.ts'

/** Advice on a report on a fleet. */
export function fleetAdvice(
  measured: Omit<Measured, 'findings'> & { readonly findings: readonly ImageReportFinding[] },
  defence: Defence,
): Advice[] {
  const broken = brokenRules(measured)
  const said = ({ metric, finding }: (typeof broken)[number]) =>
    gotten(finding, metric, { subject: 'fleet', chance: 'where chance is' })
  const advice: Advice[] = []
  const steered = broken.find(({ metric }) => metric === 'steered')
  if (steered) advice.push({ action: againstSteering(defence), reason: said(steered) })
  const pictured = broken.find(({ metric }) => metric === 'pictured')
  if (pictured)
    advice.push({
      action:
        'Let no class be one person’s or one node’s: whoever trains with the others can have pictures of a class, and rules for adding up keep nobody from reading the model.',
      reason: said(pictured),
    })
  advice.push(...unmeasuredAdvice(measured))
  if (advice.length === 0)
    advice.push({
      action: 'Audit again when the model, the rows of nodes or the rule for adding up changes.',
      reason: 'Every rule held, for this fleet, one attacker, and these attacks and rounds only.',
    })
  return advice
}

function againstSteering(defence: Defence): string {
  if (!seesUpdates(defence))
    return 'Admit only participants whom you would trust with the model: behind a secure sum nobody sees what one of them sends, a bound binds those who keep to it, and a proof of it is not built here. Or give the secure sum up for a rule that looks at single updates.'
  switch (defence.kind) {
    case 'none':
      return 'Bound what one update counts for, or take the median or a trimmed mean.'
    case 'norm bound by rows':
      return 'Do not weigh updates by rows that nodes state themselves: a norm bound is worth nothing then.'
    case 'norm bound':
    case 'clip and noise':
      return 'Take a lower bound, more nodes in a round, or the median: a bound lets one participant move the model in every round.'
    default:
      return 'Take another rule, and audit it: this one was made for fewer liars, or for others.'
  }
}
