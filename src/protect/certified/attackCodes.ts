// The attack on released codes: for each, the attribute that most calibration units with it have, guessed of units unseen.
// Source: PROOF.md, theorem A: on codes no attacker can beat the best table, so this one is enough; others check the code.
// A lower limit above the certificate's upper one is a fault, or another population: never luck to be kept quiet.

import { hitInterval } from '../../statistics/binomial.ts'

/** How the attack went. Shares in 0 … 1. */
export interface CodeAttack {
  readonly success: number
  /** Units that were attacked. */
  readonly units: number
  /** At least this, but for the chance δ; null where units have several rows, or outputs are random. */
  readonly lower: number | null
}

/** Rows as the attacker sees them, with the truth. */
export interface AttackedRows {
  readonly codes: Int32Array
  readonly attribute: Int32Array
  readonly units: readonly string[]
}

/**
 * Learns on some rows and guesses on others.
 * @param sizes how many codes there are, and classes of the attribute
 * @param channel the chances of each output, by code, where codes are not released as they are
 */
export function attackCodes(
  learned: AttackedRows,
  tested: AttackedRows,
  sizes: { readonly codes: number; readonly classes: number },
  options: { readonly delta: number; readonly channel?: readonly (readonly number[])[] | undefined },
): CodeAttack {
  const channel = options.channel ?? identity(sizes.codes)
  const guesses = guessesOf(learned, channel, sizes.classes)
  const rowsOf = new Map<string, number>()
  for (const unit of tested.units) rowsOf.set(unit, (rowsOf.get(unit) ?? 0) + 1)
  let hits = 0
  tested.codes.forEach((code, row) => {
    const right = channel[code]!.reduce(
      (sum, chance, output) => (guesses[output] === tested.attribute[row] ? sum + chance : sum),
      0,
    )
    hits += right / rowsOf.get(tested.units[row]!)!
  })
  const units = rowsOf.size
  const counted = !options.channel && units === tested.codes.length
  return {
    success: hits / units,
    units,
    lower: counted ? hitInterval(Math.round(hits), units, options.delta)[0] : null,
  }
}

/** The likeliest class behind each output; of an output that nobody had, the likeliest of all. */
function guessesOf(
  { codes, attribute }: AttackedRows,
  channel: readonly (readonly number[])[],
  classes: number,
): number[] {
  const zeros = () => new Array<number>(classes).fill(0)
  const counts = channel[0]!.map(zeros)
  const all = zeros()
  codes.forEach((code, row) => {
    const value = attribute[row]!
    all[value]! += 1
    channel[code]!.forEach((chance, output) => {
      counts[output]![value]! += chance
    })
  })
  const best = (row: readonly number[]) => row.indexOf(Math.max(...row))
  return counts.map((row) => best(row.some((n) => n > 0) ? row : all))
}

const identity = (codes: number): number[][] =>
  Array.from({ length: codes }, (_, i) => Array.from({ length: codes }, (_, j) => (i === j ? 1 : 0)))
