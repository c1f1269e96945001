// Dates by calendar: day, week, month, quarter, year, decade.
// Source: ISO 8601 (weeks: of the year that has their Thursday); the Gregorian calendar, before 1582 too.
// A time of day is dropped, and so is its zone: a date is the one that is written.

import { FrostglassError, printable } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { climb } from './tree.ts'

interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

const padded = (number: number, width = 2) => String(number).padStart(width, '0')
const dayOf = ({ year, month, day }: CalendarDate) => {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date
}
const isoDay = ({ year, month, day }: CalendarDate) => `${padded(year, 4)}-${padded(month)}-${padded(day)}`

/** The week of a date: `2026-W49`. */
function weekOf(date: CalendarDate): string {
  const thursday = dayOf(date)
  thursday.setUTCDate(thursday.getUTCDate() + 3 - ((thursday.getUTCDay() + 6) % 7))
  const newYear = dayOf({ year: thursday.getUTCFullYear(), month: 1, day: 1 })
  const week = Math.floor((thursday.getTime() - newYear.getTime()) / (7 * 86_400_000)) + 1
  return `${padded(thursday.getUTCFullYear(), 4)}-W${padded(week)}`
}

/** Units, from the finest, and what a date becomes. */
const units = {
  day: isoDay,
  week: weekOf,
  month: ({ year, month }: CalendarDate) => `${padded(year, 4)}-${padded(month)}`,
  quarter: ({ year, month }: CalendarDate) => `${padded(year, 4)}-Q${Math.ceil(month / 3)}`,
  year: ({ year }: CalendarDate) => padded(year, 4),
  decade: ({ year }: CalendarDate) => `${padded(year - (year % 10), 4)}-${padded(year - (year % 10) + 9, 4)}`,
} as const

/** A unit that dates are generalised to. */
export type DateUnit = keyof typeof units

/** All of them, from the finest. */
export const dateUnits = Object.freeze(Object.keys(units)) as readonly DateUnit[]

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeap = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

/** Reads dates of a form such as `YYYY-MM-DD`, behind which a time may stand. */
function readerOf(form: string): (text: string) => CalendarDate | undefined {
  const parts = ['YYYY', 'MM', 'DD'].map((part) => form.split(part).length - 1)
  if (parts.some((count) => count !== 1))
    throw new FrostglassError(
      'usage',
      `the form of dates "${printable(form)}" does not have YYYY, MM and DD once each`,
      'Write it as YYYY-MM-DD or DD.MM.YYYY.',
    )
  const pattern = form
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replace('YYYY', '(?<year>\\d{4})')
    .replace('MM', '(?<month>\\d{1,2})')
    .replace('DD', '(?<day>\\d{1,2})')
  const expression = new RegExp(`^\\s*${pattern}(?:[T ].*)?$`)
  return (text) => {
    const found = expression.exec(text)?.groups
    if (found === undefined) return undefined
    const [year, month, day] = [Number(found['year']), Number(found['month']), Number(found['day'])]
    const length = month === 2 && isLeap(year) ? 29 : (monthLengths[month - 1] ?? 0)
    return day >= 1 && day <= length ? { year, month, day } : undefined
  }
}

/** What a date of ISO 8601 becomes at each unit; nothing for a text that is none. */
export function unitsOf(text: string): readonly string[] {
  const date = readIso(text)
  return date === undefined ? [] : dateUnits.map((unit) => units[unit](date))
}

const readIso = readerOf('YYYY-MM-DD')

/** Units, held to nest in the order given. */
function nesting(levels: readonly DateUnit[]): readonly DateUnit[] {
  if (levels.length === 0)
    throw new FrostglassError(
      'usage',
      'a hierarchy of dates has no unit',
      `Take some of ${dateUnits.join(', ')}.`,
    )
  levels.forEach((unit, level) => {
    const below = levels[level - 1]
    if (below === undefined) return
    if (dateUnits.indexOf(unit) <= dateUnits.indexOf(below))
      throw new FrostglassError(
        'usage',
        `${unit} stands above ${below} in a hierarchy of dates`,
        `Take units from the finest: ${dateUnits.join(', ')}.`,
      )
    if (below === 'week')
      throw new FrostglassError(
        'usage',
        `weeks do not lie within one ${unit}`,
        'Let the week be the last unit, or leave it out.',
      )
  })
  return levels
}

/**
 * The hierarchy of dates by units of the calendar, with one label for all on top. A missing cell stays missing below the top.
 * @param levels from the finest; nothing stands above `week`
 * @param form how dates are written: YYYY, MM and DD with what stands between
 * @throws FrostglassError `usage` for units that do not nest; `input` for a value that is no date of the form
 */
export function dateHierarchy(
  values: readonly string[],
  levels: readonly DateUnit[],
  what: string,
  form = 'YYYY-MM-DD',
): Hierarchy {
  const read = readerOf(form)
  const dates = values.map((value) => {
    if (value === '') return undefined
    const date = read(value)
    if (date === undefined)
      throw new FrostglassError(
        'input',
        `${what} is one of dates, but "${printable(value)}" is no date of the form ${form}`,
        `State the form in which dates are written (date:${levels.join(',')},form=DD.MM.YYYY), or count its text as missing (--null-text).`,
      )
    return date
  })
  return climb(
    values,
    nesting(levels).map((unit) => (_: string, leaf: number) => units[unit](dates[leaf]!)),
    what,
  )
}
