// The first releases: every column by itself.
// Source: McKenna, Miklau and Sheldon 2021; a column's share by its codes is ours (PROOF.md, section 4).
// A column's counts say nothing of how columns hang together.

import type { Turn } from '../../learn/pauses.ts'
import { type Account, sigmaFor } from './account.ts'
import { singleBins } from './bins.ts'
import type { CodedRows } from './counts.ts'
import { total } from './graphical/factor.ts'
import { fit, type Measurement } from './graphical/fit.ts'
import { measured, type Naming } from './measure.ts'

/** Most cells of a longer column are all but empty: it is not to starve the short ones. */
const LONG = 128

/** The least error summed over columns' cells: with σ ∝ codes^(−1/3), ρ goes by codes^(2/3). */
const shareOf = (size: number): number => Math.min(size, LONG) ** (2 / 3)

/** How softly a noisy count near 0 or below becomes a positive one, in σ. */
const SOFT = 0.1

/** All columns counted, and from that about how many rows there are (at least 1). @throws FrostglassError `aborted` */
export async function singles(
  rows: CodedRows,
  account: Account,
  rho: number,
  naming: Naming,
  turn?: Turn,
): Promise<{ readonly measurements: Measurement[]; readonly rows: number }> {
  const { sizes } = rows
  const shares = sizes.reduce((sum, size) => sum + shareOf(size), 0)
  const sigmas = sizes.map((size) => sigmaFor((rho * shareOf(size)) / shares))
  const measurements: Measurement[] = []
  for (const [column, size] of sizes.entries()) {
    await turn?.()
    const bins = singleBins(size)
    measurements.push(measured(rows, account, { columns: [column], bins, sigma: sigmas[column]!, naming }))
  }
  // Each column's total is an estimate of the rows; its variance is σ² for each code.
  const precisions = sizes.map((size, column) => 1 / (size * sigmas[column]! ** 2))
  const sum = measurements.reduce((s, { counts }, column) => s + total(counts) * precisions[column]!, 0)
  const count = Math.max(1, sum / precisions.reduce((a, b) => a + b, 0))
  const alone = measurements.map((one, column) => ({ ...one, variance: sigmas[column]! }))
  const independent = await fit(alone, sizes, { rows: count, rounds: 20, spread: 1 / SOFT, turn })
  return {
    measurements: measurements.map((one, column) => ({ ...one, base: independent.pulls[column]! })),
    rows: count,
  }
}
