// The tree method: each column by itself, then as many pairs as tie all columns together, chosen by how little independence says of them.
// Source: McKenna, Miklau and Sheldon 2021 (MST), with an exact exponential mechanism and the fit of fit.ts.
// It takes no third column into account: two columns that hang together through a pair that was not chosen come out too independent.

import type { Turn } from '../../learn/pauses.ts'
import { type Account, sigmaFor } from './account.ts'
import type { CodedRows } from './counts.ts'
import { type Fitted, fit, type Measurement } from './graphical/fit.ts'
import { componentsOf } from './graphical/junctionTree.ts'
import { pairTables } from './graphical/pairs.ts'
import { binsFor, measured, type Naming, spreadFor } from './measure.ts'
import { distanceScore } from './score.ts'
import { singles } from './singles.ts'

/** Shares of ρ: from 0.25 to 0.45 for columns alone little differs on Adult. */
const SINGLES = 0.35
const SELECTION = 0.1
/** Cheap on a tree: 15 columns take some tenths of a second. */
const ROUNDS = 2000

/** How a synthesis by a tree goes. */
export interface TreeOptions {
  /** Turns of the last fit. */
  readonly rounds?: number | undefined
  readonly turn?: Turn | undefined
}

/** Synthesises by a tree of pairs. @throws FrostglassError `aborted` */
export async function treeModel(
  rows: CodedRows,
  account: Account,
  naming: Naming,
  { rounds = ROUNDS, turn }: TreeOptions = {},
): Promise<Fitted> {
  const { sizes } = rows
  const rho = account.left()
  const first = await singles(rows, account, rho * SINGLES, naming, turn)
  const independent = await fit(first.measurements, sizes, {
    rows: first.rows,
    rounds: 20,
    spread: 1e6,
    turn,
  })
  if (sizes.length < 2) return independent
  const table = pairTables(independent, sizes)
  const edges = sizes.length - 1
  const pairs = sizes.flatMap((_, a) => sizes.slice(a + 1).map((_, i): [number, number] => [a, a + 1 + i]))
  const scores: number[] = []
  for (const [a, b] of pairs) {
    await turn?.()
    scores.push(distanceScore(rows, [a, b], table(a, b)))
  }
  const epsilon = Math.sqrt((8 * rho * SELECTION) / edges) * (1 - 2 ** -40)
  const chosen: [number, number][] = []
  while (chosen.length < edges) {
    const component = componentsOf(chosen, sizes.length)
    const open = [...pairs.keys()].filter((i) => component[pairs[i]![0]] !== component[pairs[i]![1]])
    const place = account.select(
      'a pair of the tree',
      open.map((i) => scores[i]!),
      epsilon,
    )
    chosen.push(pairs[open[place]!]!)
  }
  const sigma = sigmaFor((account.left() / edges) * (1 - 2 ** -40))
  const measurements: Measurement[] = []
  for (const columns of chosen) {
    await turn?.()
    const expected = table(...columns)
    const bins = binsFor(expected, columns, sizes, naming, sigma)
    measurements.push(measured(rows, account, { columns, bins, sigma, naming }))
  }
  return fit([...first.measurements, ...measurements], sizes, {
    rows: first.rows,
    rounds,
    spread: spreadFor(sigma),
    turn,
  })
}
