// What a release about rows costs a person with several of them: the same spends, for a unit of up to m rows.
// Source: Dwork and Roth 2014, theorem 2.2 (pure ε); Bun and Steinke 2016, proposition 1.9 (ρ); Ganesh 2024 (sampled Gaussian).
// It believes how many rows a person has at most: bounding that is up to whoever holds the table.

import { FrostglassError } from '../../errors.ts'
import { MOST_ROWS, requireCount } from '../accounting/check.ts'
import { requireSpends, type Spend } from './spend.ts'

/**
 * Spends of single rows as spends of a unit of up to `rows` rows. Proofs are in PROOF.md, by kind.
 *
 * @param rows m, a whole number from 1 to 10⁴.
 * @throws FrostglassError 'usage' for a count that is not whole, and where m rows are not protected at all.
 * @example forUnit([{ kind: 'priced', epsilon: 0.1, delta: 0 }], 6) // [{ kind: 'priced', epsilon: 0.6, delta: 0 }]
 */
export function forUnit(spends: readonly Spend[], rows: number): readonly Spend[] {
  requireCount('the rows of one unit', rows, MOST_ROWS)
  requireSpends(spends)
  const converted = spends.map((spend) => ofRows(spend, rows))
  requireSpends(converted)
  return converted
}

function ofRows(spend: Spend, rows: number): Spend {
  if (rows === 1) return spend
  switch (spend.kind) {
    case 'gaussian':
      return { ...spend, noiseMultiplier: spend.noiseMultiplier / rows }
    case 'sampled-gaussian':
      return { ...spend, rows: (spend.rows ?? 1) * rows }
    case 'laplace':
      return { ...spend, scale: spend.scale / rows }
    case 'discrete-laplace':
    case 'discrete-gaussian':
      return { ...spend, sensitivity: spend.sensitivity * rows }
    case 'concentrated':
      return { ...spend, rho: spend.rho * rows * rows }
    case 'priced':
      return { ...spend, ...pricedFor(spend.epsilon, spend.delta, rows) }
  }
}

/** (mε, δ (1 + e^ε + … + e^{(m−1)ε})): each row more multiplies what was by e^ε, and adds δ. */
function pricedFor(epsilon: number, delta: number, rows: number): { epsilon: number; delta: number } {
  if (delta === 0) return { epsilon: epsilon * rows, delta }
  const grown = epsilon === 0 ? rows : Math.expm1(rows * epsilon) / Math.expm1(epsilon)
  const all = delta * grown * (1 + 2 ** -48)
  if (all < 1) return { epsilon: epsilon * rows, delta: all }
  throw new FrostglassError(
    'usage',
    `(${epsilon}, ${delta}) for a row is nothing for ${rows} rows: δ would be 1`,
    'Ask by the unit, not by the row, or with less δ.',
  )
}
