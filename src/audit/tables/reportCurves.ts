// Recovery against the number of known rows, as a report shows it: at which numbers, by which attacks, beside what reference.
// Source: docs/explanation/reading-a-report.md. curve.ts measures the points.
// A curve has as many draws of known rows as the effort buys, and says how many.

import type { ReportFinding } from '../policy/reportParts.ts'
import type { CurvePoint } from './curve.ts'
import type { Evidence } from './evidence.ts'
import type { Curves } from './reportSchema.ts'

/** Numbers of known rows for the curves: 2, 5, 10, 20, 50, … up to a third of the rows, k + 1, and the audit's own. */
export function curveCounts({ released }: Evidence, known: number): number[] {
  const rows = released[0]!.length
  const steps = [1, 10, 100, 1000].flatMap((ten) => [ten, 2 * ten, 5 * ten])
  const counts = [...steps.slice(1), released.length + 1].filter((n) => n <= rows / 3)
  return [...new Set([...counts, known])].sort((a, b) => a - b)
}

/** The curves of a report; null where no attack with known rows was run. */
export function curvesOf(
  points: readonly CurvePoint[],
  findings: readonly ReportFinding[],
  draws: number,
): Curves | null {
  const first = points[0]
  if (!first) return null
  const names = [...new Set(points.map((p) => p.attack))]
  const best = bestOf(findings.filter((f) => names.includes(f.attack)))?.attack ?? first.attack
  const atHalf = points
    .filter((p) => p.cells5 >= halfOf(p.chance))
    .sort((a, b) => a.known - b.known || b.cells5 - a.cells5)[0]
  const counts = [...new Set(points.map((p) => p.known))]
  return {
    metric: 'cells5',
    draws,
    best,
    half: atHalf ? { known: atHalf.known, attack: atHalf.attack } : null,
    lines: names.map((attack) => {
      const ofAttack = points.filter((p) => p.attack === attack)
      return {
        attack,
        title: ofAttack[0]!.title,
        points: ofAttack.map(({ known, cells5, interval }) => ({ known, value: cells5, interval })),
      }
    }),
    // The same for every attack: they are given the same known rows.
    reference: counts.map((n) => {
      const { chance, baseline } = points.find((p) => p.known === n)!
      return { known: n, chance, baseline: Number.isFinite(baseline) ? baseline : undefined }
    }),
  }
}

/** Half of the cells, or where guessing hits half already, halfway from there to all. */
function halfOf(chance: number): number {
  return chance >= 0.5 ? (1 + chance) / 2 : 0.5
}

/** The finding that recovers most cells. */
export function bestOf(findings: readonly ReportFinding[]): ReportFinding | undefined {
  const cells = (f: ReportFinding) => f.metrics.find((m) => m.name === 'cells5')?.value ?? -1
  return findings.reduce<ReportFinding | undefined>((a, b) => (!a || cells(b) > cells(a) ? b : a), undefined)
}
