// What to change, said from what was measured.
// Source: docs/architecture.md#the-audit; for one layer BREAK.md (k + 1 known rows are the key).
// It names no remedy whose effect was not measured here, but for one that needs no measurement: what does not leave.

import type { Scheme } from '../../protect/index.ts'
import { type Metric, type MetricName, metricOf } from '../finding.ts'
import { getsOf, type Part, quoted } from '../policy/harm.ts'
import type { Rested } from '../policy/judgement.ts'
import { metricAt } from '../policy/place.ts'
import type { Advice, ReportFinding } from '../policy/reportParts.ts'
import { unmeasuredAdvice } from '../policy/unmeasuredAdvice.ts'
import type { Measured } from '../policy/verdict.ts'
import { adversary, metricWords, written } from '../words.ts'
import type { Curves } from './reportSchema.ts'

/** Findings whose recovery is not told from all: beyond this share of cells within 1%. */
const exactly = 0.999

/** Advice on a report; the gravest first. */
export function adviceOn(
  measured: Measured & { readonly curves: Curves | null; readonly scheme: Scheme },
): Advice[] {
  const { judgements, findings } = measured
  const broken = judgements.flatMap((judgement) => {
    if (judgement.status !== 'broken') return []
    const finding = findings[judgement.finding]!
    return [{ judgement, finding, metric: metricAt(findings, judgement) }]
  })
  const cells = broken.filter(({ metric }) => ['cells5', 'cells1', 'explained'].includes(metric.name))
  const advice = [
    ...singleLayer(findings, measured.scheme),
    ...knownRows(
      cells.some(({ finding }) => finding.standpoint === 'leak'),
      measured.curves,
      findings,
    ),
    ...exposedColumns(cells.map(({ finding }) => finding)),
    ...scoped(cells),
  ]
  const overall = cells.filter(({ judgement }) => judgement.attribute === undefined && !judgement.people)
  const blind = overall.find(({ finding }) => finding.standpoint !== 'leak')
  if (blind) {
    advice.push({
      action: 'Do not give this file to a service that you would not show the table itself.',
      reason: `${adversary(blind.finding.standpoint, 0, 'table', blind.finding.holds)} was enough: “${blind.finding.title}”, ${phrase(blind.finding, blind.metric.name)}.`,
    })
  }
  const ordered = broken.find(({ metric }) => metric.name === 'correlation')
  if (ordered) {
    advice.push({
      action: 'Count on it that the service can put rows in order by some of the columns.',
      reason: `“${ordered.finding.title}”: ${phrase(ordered.finding, 'correlation')}, though nothing told it which column is which.`,
    })
  }
  const linked = broken.find(({ metric }) => metric.name === 'rank1' || metric.name === 'rank5')
  if (linked) {
    advice.push({
      action: 'Count on people being found in the file by whoever has their rows from elsewhere.',
      reason: `“${linked.finding.title}”: ${phrase(linked.finding, linked.metric.name)}. The protection keeps who is near whom.`,
    })
  }
  const named = broken.find(({ metric }) => metric.name === 'labels')
  if (named) {
    advice.push({
      action: 'Take the labels as known to the service.',
      reason: `“${named.finding.title}”: ${phrase(named.finding, 'labels')}. What stands for a label keeps how frequent it is.`,
    })
  }
  advice.push(...unmeasuredAdvice(measured))
  if (advice.length === 0) {
    advice.push({
      action: 'Audit again when more rows may have become known, or when the table or the key changes.',
      reason: 'Every rule that could be measured held, for these rows, this key and these attacks only.',
    })
  }
  return advice
}

interface Broken {
  readonly judgement: Rested
  readonly finding: ReportFinding
  readonly metric: Metric
}

/** What averages hide, where a rule on one column or on the people who fare worst is broken. */
function scoped(cells: readonly Broken[]): Advice[] {
  const column = cells.find(({ judgement }) => judgement.attribute !== undefined)
  const people = cells.find(({ judgement }) => judgement.people)
  const reason = ({ finding, metric }: Broken, part: Part) =>
    `“${finding.title}”: it ${getsOf(metric, part, 'table')}, where guessing gets ${written(metric.chance, 'share')}.`
  return [
    ...(column
      ? [
          {
            action: `Take ${quoted(nameOf(column))} as known: leave it out, or do not release.`,
            reason: reason(column, { attribute: nameOf(column) }),
          },
        ]
      : []),
    ...(people
      ? [
          {
            action: 'Think of the people who are unlike the others: leave them out, or do not release.',
            reason: reason(people, { people: true }),
          },
        ]
      : []),
  ]
}

function nameOf({ judgement, finding }: Broken): string {
  return finding.attributes![judgement.attribute!]!.name
}

function singleLayer(findings: readonly ReportFinding[], { layers, activation }: Scheme): Advice[] {
  if (layers > 1 && activation !== 'identity') return []
  const exact = findings.find(
    ({ standpoint, metrics }) =>
      standpoint === 'leak' && metrics.some(({ name, value }) => name === 'cells1' && value >= exactly),
  )
  if (!exact) return []
  const recovered = written(metricOf(exact, 'cells1').value, 'share')
  return [
    {
      action:
        layers > 1
          ? 'Make a new key with another activation: with identity all layers together are one.'
          : 'Make a new key: a single layer is solved by linear algebra.',
      reason: `“${exact.title}” with ${written(exact.known, 'count')} known rows ${metricWords('cells1').gets(recovered)}. Audit the new file too: more layers cost an adversary more rows, and do not stop one who has them.`,
    },
  ]
}

function knownRows(leaks: boolean, curves: Curves | null, findings: readonly ReportFinding[]): Advice[] {
  if (!curves?.half || !leaks) return []
  const { known, attack } = curves.half
  const line = curves.lines.find((l) => l.attack === attack)!
  const { value } = line.points.find((p) => p.known === known)!
  const tried = curves.reference[0]!.known
  const who = adversary('leak', known, 'table', findings.find((finding) => finding.attack === attack)?.holds)
  return [
    {
      action: `Do not give this file to anyone who may come to know ${written(known, 'count')} of its rows.`,
      reason: `${who} recovers ${written(value, 'share')} of all other cells to within 5% of their range (“${line.title}”)${known === tried ? '; fewer known rows were not tried' : ''}. Customers, former staff and published extracts count.`,
    },
  ]
}

/** Attributes of which an attack explains most: the least protected first. */
function exposedColumns(findings: readonly ReportFinding[]): Advice[] {
  const most = new Map<string, number>()
  for (const { attributes = [] } of findings) {
    for (const { name, explained } of attributes) most.set(name, Math.max(explained, most.get(name) ?? 0))
  }
  const exposed = [...most].filter(([, share]) => share > 0.5).sort(([, a], [, b]) => b - a)
  if (exposed.length === 0) return []
  const named = exposed.slice(0, 5).map(([name, share]) => `“${name}” (${written(share, 'share')})`)
  const others = exposed.length - named.length
  return [
    {
      action: 'Leave out of the table every column that the service does not need.',
      reason: `What is not sent cannot leak. Of these columns the attacks explain more than half of what guessing misses: ${named.join(', ')}${others ? `, and ${others} more` : ''}.`,
    },
  ]
}

function phrase(finding: ReportFinding, name: MetricName): string {
  const { value, chance } = metricOf(finding, name)
  return `it ${metricWords(name).gets(written(value, 'share'))}, where guessing gets ${written(chance, 'share')}`
}
