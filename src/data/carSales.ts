// Registrations of cars in Norway by month, 2007-01 to 2017-01: fourteen makes and five series of the whole market.
// Source: statistics of OFV (Opplysningsrådet for veitrafikken) by way of selva86/datasets; see embedded/NOTICE.md.
// A part of the original: makes with a number in every month, and what the time-series experiment chooses from.

import { readFileSync } from 'node:fs'

/** Series of equal length, a number a month. */
export interface MonthlySeries {
  /** `2007-01` and so on, without gaps. */
  readonly months: readonly string[]
  /** Registrations by the name of the series; NaN in months of which the original has no number. */
  readonly series: Readonly<Record<string, Float64Array>>
}

/**
 * The embedded series, 121 months. New cars by make (`Volkswagen`, `Toyota`, …); of all makes, new cars with a
 * `diesel`, `hybrid` or `electric` engine, `imported` used cars, and `used` cars that changed their owner.
 */
export function loadCarSales(): MonthlySeries {
  const text = readFileSync(new URL('./embedded/car-sales.csv', import.meta.url), 'utf8')
  const [header, ...lines] = text.trimEnd().split('\n')
  const rows = lines.map((line) => line.split(','))
  const names = header!.split(',').slice(1)
  const column = (j: number) =>
    Float64Array.from(rows, (cells) => (cells[j] === '' ? Number.NaN : Number(cells[j])))
  return {
    months: rows.map((cells) => cells[0]!),
    series: Object.fromEntries(names.map((name, j) => [name, column(j + 1)])),
  }
}
