// The four series of the time-series experiment: which make is foretold, from which others, in which 44 months.
// Source: SPG section 5.2 (own sales, three competitors, two adjoint classes, 44 months); registrations of OFV.
// Chosen by size and segment before anything was trained. The paper's own sales are not public, and are not here.

import { loadCarSales } from '../data/index.ts'

/** Six series of 44 months; every one is complete in its months. */
export interface SalesChoice {
  readonly name: string
  /** The make that is foretold; its own past is the first of the six predictors. */
  readonly target: string
  /** Three makes of the same segment. */
  readonly competitors: readonly [string, string, string]
  /** Two series of the market as a whole. */
  readonly adjoint: readonly [string, string]
  /** The first of the 44 months. */
  readonly from: string
  readonly why: string
}

/** Months of each choice, as in the paper. */
export const monthsOfChoice = 44

export const salesChoices: readonly SalesChoice[] = [
  {
    name: 'largest makes',
    target: 'Volkswagen',
    competitors: ['Toyota', 'Volvo', 'Ford'],
    adjoint: ['diesel', 'electric'],
    from: '2013-06',
    why: 'the four makes with most registrations; the last 44 months; the engines between which buyers moved',
  },
  {
    name: 'Japanese makes',
    target: 'Toyota',
    competitors: ['Nissan', 'Mazda', 'Mitsubishi'],
    adjoint: ['diesel', 'imported'],
    from: '2007-01',
    why: 'one segment in the first 44 months, through the crisis of 2008; the two market series that reach so far back',
  },
  {
    name: 'premium makes',
    target: 'BMW',
    competitors: ['Audi', 'Mercedes-Benz', 'Volvo'],
    adjoint: ['diesel', 'used'],
    from: '2012-01',
    why: 'dearer cars; from the first month for which used cars are counted',
  },
  {
    name: 'smaller makes',
    target: 'Skoda',
    competitors: ['Hyundai', 'Kia', 'Peugeot'],
    adjoint: ['hybrid', 'imported'],
    from: '2011-01',
    why: 'cheaper cars and small counts; from the first month for which hybrids are counted',
  },
]

/**
 * The six series of a choice, the target first: a number for each of its 44 months.
 * @throws RangeError for a make or a month that there is not, or a month without a number.
 */
export function columnsOfChoice(choice: SalesChoice): Float64Array[] {
  const { months, series } = loadCarSales()
  const start = months.indexOf(choice.from)
  if (start < 0 || start + monthsOfChoice > months.length) {
    throw new RangeError(`there are no ${monthsOfChoice} months from ${choice.from}`)
  }
  return [choice.target, ...choice.competitors, ...choice.adjoint].map((name) => {
    const values = series[name]?.slice(start, start + monthsOfChoice)
    if (values?.every(Number.isFinite)) return values
    throw new RangeError(
      `'${name}' has no number for each of the ${monthsOfChoice} months from ${choice.from}`,
    )
  })
}
