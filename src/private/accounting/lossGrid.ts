// Privacy losses put on an even grid, so that the grid's (ε, δ) curve is nowhere below the true one.
// Source: Doroshenko et al. 2022, "Connect the dots": the tightest such grid keeps the masses of both P and Q.
// Integrals are Gauss-Legendre sums: good to 1e-12 of a cell's mass, which the accountant adds on top (PROOF.md).

import type { LossDensity, LossPair } from './release.ts'

/** Masses under P at losses (first + i) × step, and the mass that no loss bounds. */
export interface LossGrid {
  readonly first: number
  readonly masses: Float64Array
  readonly infinite: number
}

/** Losses between which a grid has points. Those beyond are moved to its ends so that no δ falls. */
export interface Ends {
  readonly low: number
  readonly high: number
}

export const EVERYWHERE: Ends = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }

/** What the integrals of `onGrid` may be off by, relative. */
export const INTEGRAL_ERROR = 1e-12

/** A share that moves up to the next point is raised by this part of itself, for the integrals and their roundings. */
const UPWARDS = 2 ** -32

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

function extent({ atoms, continuous }: LossPair): Ends {
  const losses = atoms.map((a) => a.loss)
  if (continuous) losses.push(continuous.loss(continuous.from), continuous.loss(continuous.to))
  return {
    low: losses.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    high: losses.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  }
}

/** The losses that a pair has, those beyond the ends left out. */
function within(pair: LossPair, ends: Ends): Ends {
  const { low, high } = extent(pair)
  return { low: Math.max(low, ends.low), high: Math.max(Math.min(high, ends.high), Math.max(low, ends.low)) }
}

/**
 * Variance of the loss, and the span between its least and its greatest value, nats; losses beyond `ends` count as
 * these. And the mass of those beyond.
 */
export function spread(
  pair: LossPair,
  ends: Ends = EVERYWHERE,
): { variance: number; span: number; beyond: number } {
  const { low, high } = within(pair, ends)
  let mass = 0
  let sum = 0
  let squares = 0
  let beyond = 0
  const add = (loss: number, m: number) => {
    const held = Math.min(high, Math.max(low, loss))
    if (held !== loss) beyond += m
    mass += m
    sum += m * held
    squares += m * held * held
  }
  for (const atom of pair.atoms) add(atom.loss, atom.mass)
  const piece = pair.continuous
  if (piece) integrate(piece, piece.from, piece.to, (x, m) => add(piece.loss(x), m))
  return { variance: Math.max(0, squares / mass - (sum / mass) ** 2), span: high - low, beyond }
}

/**
 * Puts a pair on the grid of multiples of `step`. A loss between two points is shared so that P's mass and Q's mass
 * both stay what they are: δ is then exact at the grid's points and, between them, on the chord above the true curve,
 * which is convex in e^ε. A loss above the last point is shared between that and infinity by the same rule, which leaves
 * δ as it is up to there; one below the first point is moved up to it.
 */
export function onGrid(pair: LossPair, step: number, ends: Ends = EVERYWHERE): LossGrid {
  const { low, high } = within(pair, ends)
  const first = Math.floor(low / step)
  const last = Math.ceil(high / step)
  const masses = new Float64Array(last - first + 2)
  const whole = -Math.expm1(-step)
  const highest = last * step
  let infinite = pair.infinite
  const put = (cell: number, loss: number, mass: number) => {
    // The difference of point and loss has lost what the point's last bit is worth.
    const point = (cell + first) * step
    const share = (-Math.expm1(point - loss) / whole) * (1 + UPWARDS) + (Math.abs(point) * 2 ** -52) / whole
    const up = Math.min(1, Math.max(0, share))
    masses[cell]! += mass * (1 - up)
    masses[cell + 1]! += mass * up
  }
  const putBelow = (mass: number) => {
    masses[0]! += mass
  }
  const putAbove = (loss: number, mass: number) => {
    const lost = Math.min(1, -Math.expm1(highest - loss) * (1 + UPWARDS) + Math.abs(highest) * 2 ** -52)
    masses[last - first]! += mass * (1 - lost)
    infinite += mass * lost * (1 + INTEGRAL_ERROR)
  }
  for (const { loss, mass } of pair.atoms) {
    if (loss < first * step) putBelow(mass)
    else if (loss > highest) putAbove(loss, mass)
    else put(Math.floor(loss / step) - first, loss, mass)
  }
  const piece = pair.continuous
  if (piece) {
    const inside = (x: number) => Math.min(piece.to, Math.max(piece.from, x))
    const between = (a: number, b: number, add: (x: number, mass: number) => void) => {
      if (a !== b) integrate(piece, Math.min(a, b), Math.max(a, b), add)
    }
    const rising = piece.loss(piece.from) <= piece.loss(piece.to)
    let left = inside(piece.outcome(first * step))
    between(rising ? piece.from : piece.to, left, (_, mass) => putBelow(mass))
    for (let cell = 0; cell < last - first; cell++) {
      const right = inside(piece.outcome((first + cell + 1) * step))
      between(left, right, (x, mass) => put(cell, piece.loss(x), mass))
      left = right
    }
    between(left, rising ? piece.to : piece.from, (x, mass) => putAbove(piece.loss(x), mass))
  }
  return { first, masses, infinite: Math.min(1, infinite) }
}
