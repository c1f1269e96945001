// Numbers as people read them: a share in percent, so many digits and no more.
// Source: none.
// They round: what is read back by a program is written as it is.

/** A share in percent, e.g. `98.5%`. @param places decimal places */
export const percent = (share: number, places = 1): string => `${(100 * share).toFixed(places)}%`

/** {@link percent} of an upper limit, rounded up: what is printed still holds. */
export const percentAtMost = (share: number, places = 1): string =>
  percent(Math.ceil(share * 10 ** (places + 2) - 1e-9) / 10 ** (places + 2), places)

/** A number with at most so many significant digits, and no zeros behind them, e.g. `0.25`, `1.2e-7`. */
export const digits = (value: number, most: number): string => String(Number(value.toPrecision(most)))

/** {@link digits}, where what is small and not 0 stands as a power of ten from 0.001 down, e.g. `5e-4`. */
export function scientific(value: number, most: number): string {
  const short = Number(value.toPrecision(most))
  return short !== 0 && short < 1e-3 ? short.toExponential() : String(short)
}
