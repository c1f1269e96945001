// Whether the codes in use still come as they did in calibration: a certificate is about the law of its units.
// Source: Pearson 1900, the chi-square test of two samples; codes that are too rare for it are taken together.
// It sees the codes alone: the attribute may come to depend on them in another way, and nothing here would show it.

import { FrostglassError } from '../../errors.ts'
import { chiSquareTail } from '../../statistics/chiSquare.ts'
import type { Certificate } from './certificate.ts'

/** One false alarm in a thousand looks. */
const LEVEL = 1e-3
/** The fewest that are expected in a cell, in either sample (Cochran 1954). */
const EXPECTED = 5

/** What a look at live codes says. */
export interface Drift {
  readonly calibration: number
  readonly live: number
  /** Cells that were compared; codes that are rare share one. */
  readonly cells: number
  readonly statistic: number
  /** The chance of such a difference, or a larger one, if nothing has changed. */
  readonly p: number
  readonly drifted: boolean
  readonly words: string
}

/**
 * Compares live codes with those of a certificate.
 * @param live how often each code was released in use
 * @throws FrostglassError 'input' for codes that the certificate does not have, or for too few of them
 */
export function driftOf({ result }: Certificate, live: ReadonlyMap<number, number>): Drift {
  const calibrated = result.codes.each.map(({ units }) => units)
  for (const code of live.keys())
    if (!(Number.isSafeInteger(code) && code >= 0 && code < calibrated.length))
      throw new FrostglassError(
        'input',
        `the live code ${code} is not one of the certificate's ${calibrated.length}`,
        'Give codes of the pane that was certified.',
      )
  const counts = calibrated.map((_, code) => live.get(code) ?? 0)
  const [n, m] = [calibrated, counts].map((of) => of.reduce((a, b) => a + b, 0)) as [number, number]
  // By the smaller sample: what is expected of it is the least.
  const smaller = Math.min(n, m) / (n + m)
  const isRare = (code: number) => (calibrated[code]! + counts[code]!) * smaller < EXPECTED
  const codes = calibrated.map((_, code) => code)
  const rare = codes.filter(isRare)
  const rareSum = (of: readonly number[]) => rare.reduce((sum, code) => sum + of[code]!, 0)
  const cells = codes
    .filter((code) => !isRare(code))
    .map((code) => [calibrated[code]!, counts[code]!] as const)
  const rest = [rareSum(calibrated), rareSum(counts)] as const
  if ((rest[0] + rest[1]) * smaller >= EXPECTED) cells.push(rest)
  if (cells.length < 2)
    throw new FrostglassError(
      'input',
      `${m} live codes are too few to compare with ${Math.round(n)}`,
      'Gather some hundreds, of units that are independent of each other.',
    )
  const statistic = cells.reduce(
    (sum, [a, b]) => sum + (a * Math.sqrt(m / n) - b * Math.sqrt(n / m)) ** 2 / (a + b),
    0,
  )
  const p = chiSquareTail(statistic, cells.length - 1)
  const drifted = p < LEVEL
  return {
    calibration: Math.round(n),
    live: m,
    cells: cells.length,
    statistic,
    p,
    drifted,
    words: drifted
      ? 'the codes do not come as they did in calibration: certify again, on units of today'
      : 'the codes come as they did in calibration, as far as so many can show',
  }
}
