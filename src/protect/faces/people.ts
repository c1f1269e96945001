// Whose each image is, and which images of a person may be averaged with which of another's.
// Source: Gross, Airoldi, Malin and Sweeney 2005 (k-same-select: attributes first, then k-same); ours for several images a person.
// Who the people are is told to it: a person under two names is two people, and the guarantee is of names.

import type { ImageSet, Labels } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'

/** One person's images by what of them is kept. */
export interface Person {
  /** All of the person's images, by their place in the set. */
  readonly rows: readonly number[]
  /** The same by kept values, class numbers such as `1` or `1,0`; one entry, named '', where none are kept. In order of the names. */
  readonly kept: ReadonlyMap<string, readonly number[]>
}

/** People whose images have the same kept values, so that each can stand for all. */
export interface Cell {
  /** For messages: `glasses 0`, `glasses 0 and glasses 1`; '' where nothing is kept. */
  readonly name: string
  /** Places in the list of people. */
  readonly people: readonly number[]
}

/**
 * @param person whose each image is; absent: every image is of somebody else
 * @param select attributes to keep
 */
export function peopleOf(count: number, person: Labels | undefined, select: readonly Labels[]): Person[] {
  const rowsOf = new Map<number, number[]>()
  for (let i = 0; i < count; i++) {
    const who = person ? person.of[i]! : i
    const rows = rowsOf.get(who)
    if (rows) rows.push(i)
    else rowsOf.set(who, [i])
  }
  return [...rowsOf.values()].map((rows) => {
    const keyOf = (row: number) => select.map(({ of }) => of[row]!).join()
    const keys = [...new Set(rows.map(keyOf))].sort()
    return { rows, kept: new Map(keys.map((key) => [key, rows.filter((row) => keyOf(row) === key)])) }
  })
}

/** @throws FrostglassError `usage` */
export function attributeOf({ attributes, name: of }: ImageSet, name: string): Labels {
  const found = attributes[name]
  if (found) return found
  const known = Object.keys(attributes)
  throw new FrostglassError(
    'usage',
    `${of} has no attribute ${name}`,
    known.length === 0
      ? 'Name a CSV file of attributes, with a column file (--attributes).'
      : `Name one of ${known.join(', ')}.`,
  )
}

/** People apart by their kept values, in the order of their first. @param select the attributes by name */
export function cellsOf(people: readonly Person[], select: ReadonlyMap<string, Labels>): readonly Cell[] {
  const cells = new Map<string, number[]>()
  people.forEach(({ kept }, p) => {
    const keys = [...kept.keys()].join(' ')
    const cell = cells.get(keys)
    if (cell) cell.push(p)
    else cells.set(keys, [p])
  })
  const nameOf = (key: string) => {
    const codes = key.split(',')
    return [...select].map(([name, { names }], i) => `${name} ${names[Number(codes[i])]}`).join(', ')
  }
  return [...cells].map(([keys, members]) => ({
    name: keys.split(' ').map(nameOf).join(' and '),
    people: members,
  }))
}
