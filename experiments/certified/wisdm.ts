// WISDM: what 36 people did, asked of ten-second windows of a telephone's accelerometer; who they are is to stay hidden.
// Source: Kwapisz, Weiss and Moore 2010 (WISDM_ar v1.1, transformed: 5,418 windows of 43 features).
// Windows follow each other, so parts are blocks in the order of the file inside each person's windows of one activity.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Part, splitByParts } from '../../src/protect/certified/splitUnits.ts'
import { labelsOf, namesOf, type Records, standardised } from './records.ts'

/** Windows in the order of the file. */
export interface Wisdm {
  readonly user: readonly string[]
  readonly activity: readonly string[]
  /** The 43 features as they stand there; what is missing (a peak that was not found) is 0. */
  readonly features: readonly Float64Array[]
}

/** The folder's file. @throws what reading it throws */
export async function readWisdm(folder: string): Promise<Wisdm> {
  const text = await readFile(join(folder, 'wisdm_ar_v1.1_transformed.csv'), 'utf8')
  const [head, ...rows] = text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  const names = head!.slice(2, -1)
  return {
    user: rows.map((cells) => cells[1]!),
    activity: rows.map((cells) => cells.at(-1)!),
    features: names.map((_, j) =>
      Float64Array.from(rows, (cells) => (cells[j + 2] === '?' ? 0 : Number(cells[j + 2]))),
    ),
  }
}

/** Shares of train, validation and calibration; the rest is attack-test. */
export type BlockShares = readonly [train: number, validation: number, calibration: number]

/**
 * The part of each row: blocks one after another inside each group, of their share of it to the nearest number, halves to
 * the even one.
 */
export function blocks(groups: readonly string[], shares: BlockShares): Part[] {
  const members = new Map<string, number[]>()
  groups.forEach((group, row) => {
    const found = members.get(group)
    if (found) found.push(row)
    else members.set(group, [row])
  })
  const parts = new Array<Part>(groups.length)
  for (const rows of members.values()) {
    let at = 0
    for (const [p, part] of order.entries()) {
      const end = p === shares.length ? rows.length : at + roundHalfEven(shares[p]! * rows.length)
      for (const row of rows.slice(at, end)) parts[row] = part
      at = end
    }
  }
  return parts
}

const order = ['train', 'validation', 'calibration', 'attackTest'] as const

function roundHalfEven(v: number): number {
  const below = Math.floor(v)
  if (v - below !== 0.5) return Math.round(v)
  return below + (below % 2)
}

/** Windows as numbers: sign(v) log(1 + |v|) of each feature, standardised; blocks inside each (person, activity). */
export function wisdmRecords({ user, activity, features }: Wisdm, shares: BlockShares): Records {
  const split = splitByParts(
    user.map((_, row) => `window ${row}`),
    blocks(
      user.map((name, row) => `${name} ${activity[row]}`),
      shares,
    ),
  )
  const folded = features.map((column) => column.map((v) => Math.sign(v) * Math.log1p(Math.abs(v))))
  return {
    x: standardised(folded, split.train.rows),
    label: labelsOf(activity, namesOf(activity)),
    attributes: { user: labelsOf(user, namesOf(user)) },
    split,
  }
}
