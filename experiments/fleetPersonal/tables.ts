// The tables on the page of personalisation.
// Source: results.ts.

import { percent } from '../../src/statistics/figures.ts'
import { shareText } from '../shares.ts'
import { markdownTable, signedPoints } from '../textTables.ts'
import { methods } from './fleetPersonal.ts'
import type { Group } from './results.ts'

export const totalsTable = ({ totals }: Group, drawn = markdownTable): string =>
  drawn(
    ['model', 'windows told rightly', 'of'],
    totals.map(({ method, right }) => [method, shareText(right), right.of.toLocaleString('en')]),
  )

export const comparisonTable = ({ comparisons }: Group, drawn = markdownTable): string =>
  drawn(
    ['', 'mean gain of a user, points', 'users who gain', 'as before', 'who lose'],
    comparisons.map(({ better, than, gain, users }) => [
      `${better} over ${than}`,
      signedPoints(gain),
      ...users.map(String),
    ]),
  )

export function usersTable({ users }: Group): string {
  const measured = methods.filter((method) => users.every(({ right }) => right[method] !== undefined))
  return markdownTable(
    ['user', 'windows', ...measured],
    users.map(({ user, windows, right }) => [
      user,
      `${windows}`,
      ...measured.map((method) => percent(right[method]! / windows)),
    ]),
  )
}
