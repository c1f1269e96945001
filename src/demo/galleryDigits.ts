// The digits of the gallery: what it is trained and measured on, and those that a visitor of the page can take.
// Source: MNIST's form, 28×28 and ten classes, from anybody's files.
// It refuses other pictures: the page draws grey ones.

import { type ImageSet, openImages } from '../data/index.ts'
import { FrostglassError } from '../errors.ts'

// As many as the page can page through: 10 at a time.
export const shownDigits = 200

/** @param data as `openImages` takes it. @throws FrostglassError `input`, `aborted` */
export async function openDigits(
  data: string,
  limits: { readonly train: number; readonly test: number } | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly train: ImageSet; readonly test: ImageSet }> {
  const [train, test] = await Promise.all(
    (['train', 'test'] as const).map((split) => openImages(data, { split, limit: limits?.[split], signal })),
  )
  return { train: requireDigits(train!, data), test: requireDigits(test!, data) }
}

function requireDigits(set: ImageSet, data: string): ImageSet {
  const [channels, height, width] = set.shape
  if (channels !== 1 || height !== 28 || width !== 28) {
    throw new FrostglassError(
      'input',
      `${data}: the page draws grey pictures of 28×28, these are [${set.shape}]`,
      'Name a folder with the files of MNIST, or leave --data out.',
    )
  }
  if (set.labels?.names.length !== 10) {
    throw new FrostglassError(
      'input',
      `${data}: expected ten classes, found ${set.labels?.names.length ?? 'none'}`,
      'Name a folder with the files of MNIST, or leave --data out.',
    )
  }
  return set
}

/** Test digits for the page: one of each class in turn, as long as there are. */
export function recordsOf(set: ImageSet): Uint8Array {
  const size = 784
  const { of } = set.labels!
  const byClass = Array.from({ length: 10 }, () => [] as number[])
  of.forEach((label, i) => {
    byClass[label]!.push(i)
  })
  const rows: number[] = []
  for (let round = 0; rows.length < shownDigits && byClass.some((c) => c.length > round); round++) {
    for (const members of byClass) {
      const row = members[round]
      if (row !== undefined && rows.length < shownDigits) rows.push(row)
    }
  }
  const records = new Uint8Array(rows.length * (size + 1))
  rows.forEach((row, i) => {
    records[i * (size + 1)] = of[row]!
    records.set(set.pixels.subarray(row * size, (row + 1) * size), i * (size + 1) + 1)
  })
  return records
}
