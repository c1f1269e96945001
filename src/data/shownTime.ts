// A time that is kept as a number, as people write it.
// Source: ISO 8601, and what a column of times is written like in a CSV.
// It is for eyes alone: tables are written by DuckDB, whose calendar reaches further.

import type { TimeUnit } from './form.ts'

/** `2024-02-29`, or `2024-02-29 12:00:00`, with as many decimals as there are (at most 3); a count where JavaScript's calendar ends. */
export function shownTime(value: number, time: TimeUnit): string {
  const date = new Date(value * (time === 'days' ? 86_400_000 : 1000))
  if (Number.isNaN(date.getTime())) return `${value} ${time} after 1970`
  const [day, clock] = date.toISOString().split('T') as [string, string]
  return time === 'days' ? day : `${day} ${clock.replace(/(\.000)?Z$/, '')}`
}
