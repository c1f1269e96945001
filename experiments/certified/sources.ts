// Where benchmarks come from: digits by what is asked of them, and tables and windows of people, as records that are split.
// Source: MNIST; Adult; WISDM; HMP. Cuts of slant and thickness are the terciles of MNIST's 60,000 training images, as constants:
// what an attribute means does not hang on who is in which part.
// What the user's folder lacks is left out: `availableSources` says what there is.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Cuts, measuredLabels } from '../../src/data/images/attributes.ts'
import { concatenateImages, imageTensor } from '../../src/data/images/imageSet.ts'
import { colored } from '../../src/data/images/synthetic.ts'
import { type ImageSet, type Labels, openImages } from '../../src/data/index.ts'
import { type Part, splitByParts, splitUnits } from '../../src/protect/certified/splitUnits.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { adultRecords, balancedBySex, readAdult } from './adult.ts'
import { hmpRecords, readHmp } from './hmp.ts'
import type { Records } from './records.ts'
import { type BlockShares, readWisdm, wisdmRecords } from './wisdm.ts'

/** What panes are trained on: rows with a label. */
export const sourceNames = [
  'digits',
  'parity',
  'colour',
  'adult-sex-bal',
  'adult-marital3',
  'wisdm-user',
  'hmp-sex',
] as const

export type SourceName = (typeof sourceNames)[number]

/** Which rows. JSON. */
export interface SourceChoice {
  readonly source: SourceName
  /** Of digits: as `openImages` takes it; of the others: the folder that has the file. */
  readonly from: string
  /** Of digits: how many images of both parts; all if absent. */
  readonly train?: number | undefined
  readonly test?: number | undefined
  /** Of the split, of colours, and of the men who are left out. */
  readonly seed: number
  /** Of windows; those of single windows if absent. */
  readonly shares?: BlockShares | undefined
}

/** Upper ends of the first and the second third of MNIST's training images. */
const cuts: Readonly<Record<'slant' | 'thickness', Cuts>> = {
  slant: [-0.223638, 0.010117],
  thickness: [1.754014, 2.190476],
}

/** Digits of a closed line. */
const looped = [0, 6, 8, 9]

const folders: Partial<Record<SourceName, readonly [folder: string, file: string]>> = {
  'adult-sex-bal': ['adult', 'adult.data'],
  'adult-marital3': ['adult', 'adult.data'],
  'wisdm-user': ['wisdm', 'wisdm_ar_v1.1_transformed.csv'],
  'hmp-sex': ['hmp', 'hmp.csv.gz'],
}

/** Sources with where they lie; tables and windows that the user's folder has not are missing. */
export function availableSources(images: string, data: string | undefined): Map<SourceName, string> {
  const found = new Map<SourceName, string>()
  for (const name of sourceNames) {
    const place = folders[name]
    if (!place) found.set(name, images)
    else if (data !== undefined && existsSync(join(data, ...place))) found.set(name, join(data, place[0]))
  }
  return found
}

/** The rows of a source, split. @throws what reading them throws */
export async function openSource(choice: SourceChoice): Promise<Records> {
  const { source, from, seed } = choice
  switch (source) {
    case 'digits':
    case 'parity':
    case 'colour':
      return digitRecords(source, choice)
    case 'adult-sex-bal':
    case 'adult-marital3': {
      const all = await readAdult(from)
      const [adult, hidden] =
        source === 'adult-marital3' ? [all, 'marital'] : [balancedBySex(all, seed), 'sex']
      const split = splitUnits(
        adult.income.map((_, row) => `row ${row}`),
        { seed },
      )
      return only(adultRecords(adult, split), hidden)
    }
    case 'wisdm-user':
      return wisdmRecords(await readWisdm(from), choice.shares ?? [0.4, 0.1, 0.3])
    case 'hmp-sex': {
      const hmp = await readHmp(from)
      return hmpRecords(hmp, splitUnits(hmp.recording, { seed }))
    }
  }
}

const only = (records: Records, name: string): Records => ({
  ...records,
  attributes: { [name]: records.attributes[name]! },
})

async function digitRecords(source: 'digits' | 'parity' | 'colour', choice: SourceChoice): Promise<Records> {
  const { from, train, test, seed } = choice
  const learned = await openImages(from, { split: 'train', limit: train })
  const judged = await openImages(from, { split: 'test', limit: test })
  const grey = concatenateImages(learned, judged)
  const set = source === 'colour' ? colored(grey, { seed }) : grey
  const digit = grey.labels!
  const split = splitByParts(
    Array.from({ length: set.count }, (_, row) => `image ${row}`),
    digitParts(learned.count, judged.count, seed),
  )
  const x = imageTensor(set)
  switch (source) {
    case 'digits':
      return { x, label: digit, attributes: strokes(grey), split }
    case 'parity':
      return { x, label: classed(digit, ['even', 'odd'], (d) => d % 2), attributes: { digit }, split }
    case 'colour':
      return { x, label: digit, attributes: { colour: set.attributes['color']! }, split }
  }
}

const strokes = (grey: ImageSet): Records['attributes'] => ({
  slant: measuredLabels(grey, 'slant', cuts.slant),
  thickness: measuredLabels(grey, 'thickness', cuts.thickness),
  loop: classed(grey.labels!, ['none', 'loop'], (d) => Number(looped.includes(d))),
})

const classed = ({ of }: Labels, names: readonly string[], to: (v: number) => number): Labels => ({
  names,
  of: of.map(to),
})

/** Of 60 training images 32 to learn from, 3 to choose by, 25 to certify on; the test images are attacked. */
function digitParts(learned: number, judged: number, seed: number): Part[] {
  const order = shuffle(upTo(learned), seededStream(seed, 'digits'))
  const parts = new Array<Part>(learned + judged).fill('attackTest')
  const [train, validation] = [Math.round((32 / 60) * learned), Math.round((35 / 60) * learned)]
  order.forEach((row, i) => {
    parts[row] = i < train ? 'train' : i < validation ? 'validation' : 'calibration'
  })
  return parts
}
