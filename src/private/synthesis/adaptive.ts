// The adaptive method: round by round the table that the model is worst at and noise would not drown, as long as a junction tree holds it.
// Source: McKenna, Mullins, Sheldon and Miklau 2022 (AIM), with bins and the fit of this folder in place of theirs.
// It does not promise a better table than the tree's where ε is small: there it ends with few more pairs than that has.

import type { Turn } from '../../learn/pauses.ts'
import { type Account, sigmaFor } from './account.ts'
import type { Bins } from './bins.ts'
import type { CodedRows } from './counts.ts'
import { gathered, marginal, type Sizes, within } from './graphical/factor.ts'
import { type Fitted, fit, type Measurement } from './graphical/fit.ts'
import { cellsOfTree } from './graphical/junctionTree.ts'
import { pairTables } from './graphical/pairs.ts'
import { binsFor, measured, type Naming, spreadFor } from './measure.ts'
import { distanceScore, onGrid } from './score.ts'
import { singles } from './singles.ts'

/** Shares of ρ: columns alone first; of each round what the choice takes. */
const SINGLES = 0.35
const SELECTION = 0.1
/** Rounds that the rest is meant for, a column, before any is found too weak. */
const ROUNDS_A_COLUMN = 4
/** Turns of the fit after each table, and after the last. */
const ROUNDS = 6
const LAST_ROUNDS = 300
/** Mean of |noise| over σ. */
const MEAN_NOISE = Math.sqrt(2 / Math.PI)

/** A table that could be counted next. */
interface Candidate {
  readonly columns: readonly number[]
  readonly expected: Float64Array
  readonly bins: Bins
}

/** How an adaptive synthesis goes. */
export interface AdaptiveOptions {
  /** Cells of the junction tree, at most: memory and time grow with them. */
  readonly cells: number
  readonly turn?: Turn | undefined
  /** Called with the share of ρ that is spent. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** Synthesises with adaptive selection. @throws FrostglassError `aborted` */
export async function adaptiveModel(
  rows: CodedRows,
  account: Account,
  naming: Naming,
  { cells, turn, onProgress }: AdaptiveOptions,
): Promise<Fitted> {
  const { sizes } = rows
  const rho = account.left()
  const first = await singles(rows, account, rho * SINGLES, naming, turn)
  const measurements: Measurement[] = [...first.measurements]
  let fitted = await fit(measurements, sizes, { rows: first.rows, rounds: 20, spread: 1e6, turn })
  if (sizes.length < 2) return fitted
  let round = account.left() / (ROUNDS_A_COLUMN * sizes.length)
  while (account.left() > rho * 1e-3) {
    await turn?.()
    // What would be left for half a round goes into this one.
    const price = account.left() < 2 * round ? account.left() * (1 - 2 ** -30) : round
    const sigma = sigmaFor(price * (1 - SELECTION))
    const candidates = candidatesOf(fitted, measurements, sizes, cells, (columns, expected) => ({
      columns,
      expected,
      bins: binsFor(expected, columns, sizes, naming, sigma),
    }))
    // Not one pair fits beside those that were counted.
    if (candidates.length === 0) return fitted
    const scores: number[] = []
    for (const candidate of candidates) {
      await turn?.()
      scores.push(scoreOf(rows, candidate, sigma))
    }
    const epsilon = Math.sqrt(8 * price * SELECTION) * (1 - 2 ** -30)
    const chosen = candidates[account.select('the next table', scores, epsilon)]!
    measurements.push(measured(rows, account, { ...chosen, sigma, naming }))
    const last = price !== round
    fitted = await fit(measurements, sizes, {
      turn,
      rows: first.rows,
      rounds: last ? LAST_ROUNDS : ROUNDS,
      spread: spreadFor(sigma),
      before: fitted.pulls,
    })
    if (moved(fitted, chosen, sizes) <= MEAN_NOISE * sigma * chosen.bins.count) round *= 4
    onProgress?.(1 - account.left() / rho)
  }
  return fitted
}

/** All pairs that the junction tree has room for, and the triples that a clique holds anyway. */
function candidatesOf(
  fitted: Fitted,
  measurements: readonly Measurement[],
  sizes: Sizes,
  cells: number,
  candidate: (columns: readonly number[], expected: Float64Array) => Candidate,
): Candidate[] {
  const table = pairTables(fitted, sizes)
  const together = measurements.map(({ columns }) => columns)
  const { cliques } = fitted.tree
  const found: Candidate[] = []
  for (let a = 0; a < sizes.length; a++)
    for (let b = a + 1; b < sizes.length; b++) {
      const held = cliques.some((clique) => within([a, b], clique))
      if (held || cellsOfTree([...together, [a, b]], sizes) <= cells)
        found.push(candidate([a, b], table(a, b)))
      for (let c = b + 1; c < sizes.length; c++) {
        const place = cliques.findIndex((clique) => within([a, b, c], clique))
        if (place >= 0)
          found.push(
            candidate([a, b, c], marginal(fitted.cliques[place]!, cliques[place]!, [a, b, c], sizes)),
          )
      }
    }
  return found
}

/** How much is to be gained: the distance beyond what noise will leave, for a pair two thirds of a triple's worth. */
function scoreOf(rows: CodedRows, { columns, expected, bins }: Candidate, sigma: number): number {
  const gain = distanceScore(rows, columns, expected, bins) - onGrid(MEAN_NOISE * sigma * bins.count)
  return columns.length === 2 ? (gain * 5) / 8 : gain
}

/** How far the model moved in the bins of a table. */
function moved(fitted: Fitted, { columns, expected, bins }: Candidate, sizes: Sizes): number {
  const { cliques } = fitted.tree
  const place = cliques.findIndex((clique) => within(columns, clique))
  const now = gathered(marginal(fitted.cliques[place]!, cliques[place]!, columns, sizes), bins.of, bins.count)
  const before = gathered(expected, bins.of, bins.count)
  return now.reduce((sum, x, bin) => sum + Math.abs(x - before[bin]!), 0)
}
