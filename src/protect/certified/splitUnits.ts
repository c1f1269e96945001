// A split by unit: all rows of a person, a recording, a session or a writer fall into one part, never into two.
// Source: PROOF.md, "Setting": train | validation | calibration | attack-test, the lists hashed.
// The seed is public: a split hides nothing, it only keeps apart. What is sealed is the calibration part.

import { FrostglassError } from '../../errors.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { type SealedRows, sealRows, type UnitRows } from './sealedRows.ts'
import { hashUnits } from './unitList.ts'

/** Relative sizes of the parts, in units: of any sum. */
export interface Shares {
  readonly train: number
  readonly validation: number
  readonly calibration: number
  /** 0 where what is attacked at the end comes from elsewhere. */
  readonly attackTest: number
}

/** 40 % to learn from, 5 to choose by, 35 to certify on, 20 to attack. */
export const defaultShares: Shares = { train: 40, validation: 5, calibration: 35, attackTest: 20 }

/** The four parts. No unit is in two of them. */
export interface UnitSplit {
  readonly train: UnitRows
  readonly validation: UnitRows
  readonly calibration: SealedRows
  readonly attackTest: UnitRows
}

const parts = ['train', 'validation', 'calibration', 'attackTest'] as const
/** The name of a part. */
export type Part = keyof Shares

/**
 * Splits rows by their units, in an order that the public seed and the units' names give: the order of rows plays no part.
 * @param units the unit of each row, by name
 * @throws FrostglassError `usage` for shares below 0 or without a sum, `input` when a part that has a share gets no unit
 * @example const split = splitUnits(people, { seed: 1 })
 */
export function splitUnits(
  units: readonly string[],
  options: { readonly shares?: Shares | undefined; readonly seed?: number | undefined } = {},
): UnitSplit {
  const { shares = defaultShares, seed = 0 } = options
  const sizes = parts.map((part) => shares[part])
  const sum = sizes.reduce((a, b) => a + b, 0)
  if (!sizes.every((size) => size >= 0) || !(sum > 0 && sum < Number.POSITIVE_INFINITY)) {
    throw new FrostglassError(
      'usage',
      `the shares ${sizes.join('/')} are no split`,
      'Give four numbers of at least 0, such as 40/5/35/20.',
    )
  }
  const names = [...new Set(units)].sort()
  const order = shuffle(upTo(names.length), seededStream(seed, 'split by unit'))
  const partOf = new Map<string, Part>()
  let upper = 0
  let from = 0
  parts.forEach((part, i) => {
    upper += sizes[i]!
    const to = Math.round((upper / sum) * names.length)
    if (sizes[i]! > 0 && to === from) throw tooFew(part, names.length)
    for (let at = from; at < to; at++) partOf.set(names[order[at]!]!, part)
    from = to
  })
  return splitByParts(
    units,
    units.map((unit) => partOf.get(unit)!),
  )
}

/**
 * The split that a list of parts says: for data that come split, or by blocks of time.
 * @param units the unit of each row @param partOf the part of each row
 * @throws FrostglassError `input` when a unit is in two parts, or train, validation or calibration is empty
 */
export function splitByParts(units: readonly string[], partOf: readonly (keyof Shares)[]): UnitSplit {
  if (units.length !== partOf.length)
    throw new RangeError(`${units.length} units, but ${partOf.length} parts`)
  const known = new Map<string, Part>()
  const counts: Record<Part, Map<string, number>> = {
    train: new Map(),
    validation: new Map(),
    calibration: new Map(),
    attackTest: new Map(),
  }
  units.forEach((unit, row) => {
    const part = partOf[row]!
    const before = known.get(unit) ?? part
    if (before !== part) {
      throw new FrostglassError(
        'input',
        `the unit '${unit}' is in two parts of the split, ${before} and ${part}`,
        'Put all rows of a unit into one part: the certificate counts units that nothing was learned from.',
      )
    }
    known.set(unit, part)
    counts[part].set(unit, (counts[part].get(unit) ?? 0) + 1)
  })
  const of = (part: Part): UnitRows => ({
    rows: Int32Array.from(partOf.flatMap((own, row) => (own === part ? [row] : []))),
    units: counts[part].size,
    sha256: hashUnits(counts[part]),
  })
  for (const part of ['train', 'validation', 'calibration'] as const)
    if (counts[part].size === 0) throw tooFew(part, known.size)
  return Object.freeze({
    train: of('train'),
    validation: of('validation'),
    calibration: sealRows(of('calibration')),
    attackTest: of('attackTest'),
  })
}

const tooFew = (part: Part, units: number) =>
  new FrostglassError(
    'input',
    `the part ${part} of the split gets none of the ${units} units`,
    'Give more units, or it a larger share.',
  )
