// Privacy losses put on an even grid, so that the grid's (ε, δ) curve is nowhere below the true one.
// Source: Doroshenko et al. 2022, "Connect the dots": the tightest such grid keeps the masses of both P and Q.
// Integrals are Gauss-Legendre sums: good to about 1e-12 of a cell's mass, which the accountant adds on top.

import type { LossDensity, LossPair } from './release.ts'

/** Masses under P at losses (first + i) × step, and the mass that no loss bounds. */
export interface LossGrid {
  readonly first: number
  readonly masses: Float64Array
  readonly infinite: number
}

/** What the integrals of `onGrid` may be off by, relative. */
export const INTEGRAL_ERROR = 1e-12

const NODES = [-Math.sqrt(0.6), 0, Math.sqrt(0.6)] as const
const WEIGHTS = [5 / 18, 8 / 18, 5 / 18] as const

/** Sums f(x) dP over [from, to] in panels of three points each. */
function integrate(
  { density, panel }: LossDensity,
  from: number,
  to: number,
  add: (x: number, mass: number) => void,
): void {
  const panels = Math.ceil((to - from) / panel)
  const width = (to - from) / panels
  for (let p = 0; p < panels; p++)
    for (let n = 0; n < 3; n++) {
      const x = from + width * (p + 0.5 + NODES[n]! / 2)
      add(x, WEIGHTS[n]! * width * density(x))
    }
}

function extent({ atoms, continuous }: LossPair): { low: number; high: number } {
  const losses = atoms.map((a) => a.loss)
  if (continuous) losses.push(continuous.loss(continuous.from), continuous.loss(continuous.to))
  return {
    low: losses.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    high: losses.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  }
}

/** Variance of the loss, and the span between its least and its greatest value, nats. */
export function spread(pair: LossPair): { variance: number; span: number } {
  let mass = 0
  let sum = 0
  let squares = 0
  const add = (loss: number, m: number) => {
    mass += m
    sum += m * loss
    squares += m * loss * loss
  }
  for (const atom of pair.atoms) add(atom.loss, atom.mass)
  const piece = pair.continuous
  if (piece) integrate(piece, piece.from, piece.to, (x, m) => add(piece.loss(x), m))
  const { low, high } = extent(pair)
  return { variance: Math.max(0, squares / mass - (sum / mass) ** 2), span: high - low }
}

/**
 * Puts a pair on the grid of multiples of `step`. A loss between two points is shared so that P's mass and Q's mass
 * both stay what they are: δ is then exact at the grid's points and, between them, on the chord above the true curve,
 * which is convex in e^ε.
 */
export function onGrid(pair: LossPair, step: number): LossGrid {
  const { low, high } = extent(pair)
  const first = Math.floor(low / step)
  const masses = new Float64Array(Math.ceil(high / step) - first + 2)
  const whole = -Math.expm1(-step)
  const put = (cell: number, loss: number, mass: number) => {
    const share = -Math.expm1((cell + first) * step - loss) / whole
    const up = Math.min(1, Math.max(0, share))
    masses[cell]! += mass * (1 - up)
    masses[cell + 1]! += mass * up
  }
  for (const { loss, mass } of pair.atoms) put(Math.floor(loss / step) - first, loss, mass)
  const piece = pair.continuous
  if (piece) {
    const inside = (x: number) => Math.min(piece.to, Math.max(piece.from, x))
    let left = inside(piece.outcome(first * step))
    for (let cell = 0; cell + 1 < masses.length; cell++) {
      const right = inside(piece.outcome((first + cell + 1) * step))
      if (left !== right)
        integrate(piece, Math.min(left, right), Math.max(left, right), (x, mass) =>
          put(cell, piece.loss(x), mass),
        )
      left = right
    }
  }
  return { first, masses, infinite: pair.infinite }
}
