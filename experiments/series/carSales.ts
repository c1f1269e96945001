// The series of the time-series experiment: which make is foretold, from which others, in which months.
// Source: SPG section 5.2 (own sales, three competitors, two adjoint classes, 44 months); registrations of OFV.
// The four of 44 months were chosen by size and segment before anything was trained; the control was not, and says so.

import { loadCarSales } from '../../src/data/carSales.ts'
import { paperShape, type SeriesShape, type SeriesSplit, seriesSplits } from './splits.ts'

/** Six series; every one is complete in its months. */
export interface SalesChoice {
  readonly name: string
  /** The make that is foretold; its own past is the first of the six predictors. */
  readonly target: string
  /** Three makes of the same segment. */
  readonly competitors: readonly [string, string, string]
  /** Two series of the market as a whole. */
  readonly adjoint: readonly [string, string]
  /** The first month, and how many there are. */
  readonly from: string
  readonly months: number
  readonly shape: SeriesShape
  readonly why: string
}

const asInPaper = { months: 44, shape: paperShape } as const

/** As in the paper: 44 months; the first is the figure, the others show whether it depends on the choice. */
export const salesChoices: readonly [SalesChoice, ...SalesChoice[]] = [
  {
    name: 'largest makes',
    target: 'Volkswagen',
    competitors: ['Toyota', 'Volvo', 'Ford'],
    adjoint: ['diesel', 'electric'],
    from: '2013-06',
    ...asInPaper,
    why: 'the four makes with most registrations; the last 44 months; the engines between which buyers moved',
  },
  {
    name: 'Japanese makes',
    target: 'Toyota',
    competitors: ['Nissan', 'Mazda', 'Mitsubishi'],
    adjoint: ['diesel', 'imported'],
    from: '2007-01',
    ...asInPaper,
    why: 'one segment in the first 44 months, through the crisis of 2008; the two market series that reach so far back',
  },
  {
    name: 'premium makes',
    target: 'BMW',
    competitors: ['Audi', 'Mercedes-Benz', 'Volvo'],
    adjoint: ['diesel', 'used'],
    from: '2012-01',
    ...asInPaper,
    why: 'dearer cars; from the first month for which used cars are counted',
  },
  {
    name: 'smaller makes',
    target: 'Skoda',
    competitors: ['Hyundai', 'Kia', 'Peugeot'],
    adjoint: ['hybrid', 'imported'],
    from: '2011-01',
    ...asInPaper,
    why: 'cheaper cars and small counts; from the first month for which hybrids are counted',
  },
]

/**
 * A control: a longer series on which predictors matter, so that losing them shows in the test error. Taken for that,
 * out of five targets that were tried on unprotected data and on zeros.
 */
export const controlChoice: SalesChoice = {
  name: 'control',
  target: 'Ford',
  competitors: ['Volkswagen', 'Peugeot', 'Toyota'],
  adjoint: ['diesel', 'imported'],
  from: '2007-01',
  months: 121,
  shape: { ...paperShape, train: 72, validation: 18, test: 18 },
  why: 'all 121 months, over which the level of the target moves, so that its recent past says much',
}

/** The choice of a name. @throws RangeError when there is none. */
export function choiceOf(name: string): SalesChoice {
  const choice = [...salesChoices, controlChoice].find((choice) => choice.name === name)
  if (choice) return choice
  throw new RangeError(`there is no choice of sales '${name}'`)
}

/** All splits of a choice. */
export function splitsOfChoice({ months, shape }: SalesChoice): SeriesSplit[] {
  return seriesSplits(months, shape)
}

/**
 * The six series of a choice, the target first: a number for each of its months.
 * @throws RangeError for a make or a month that there is not, or a month without a number.
 */
export function columnsOfChoice(choice: SalesChoice): Float64Array[] {
  const { months, series } = loadCarSales()
  const start = months.indexOf(choice.from)
  if (start < 0 || start + choice.months > months.length) {
    throw new RangeError(`there are no ${choice.months} months from ${choice.from}`)
  }
  return [choice.target, ...choice.competitors, ...choice.adjoint].map((name) => {
    const values = series[name]?.slice(start, start + choice.months)
    if (values?.every(Number.isFinite)) return values
    throw new RangeError(
      `'${name}' has no number for each of the ${choice.months} months from ${choice.from}`,
    )
  })
}
