// HMP: fourteen activities of 16 people, by an accelerometer on the wrist; their sex is to stay hidden. No benchmark: it shows
// what cannot be certified.
// Source: Bruno et al. 2013 (UCI, data set 283); windows of 4 seconds at 32 Hz without overlap.
// The 69 features are of our own choice.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { UnitSplit } from '../../src/protect/certified/splitUnits.ts'
import { labelsOf, namesOf, type Records, standardised } from './records.ts'

/** Samples a window. */
const windowLength = 128
/** Frequencies of a spectrum that are kept, from 1/4 Hz on in steps of 1/4 Hz. */
const frequencies = 16

/** One turn in as many steps as a window has samples. */
const waves = Array.from({ length: windowLength }, (_, i) => {
  const angle = (2 * Math.PI * i) / windowLength
  return { cosine: Math.cos(angle), sine: Math.sin(angle) }
})

/** Windows, recording after recording. */
export interface Hmp {
  readonly recording: readonly string[]
  readonly subject: readonly string[]
  readonly sex: readonly string[]
  readonly activity: readonly string[]
  /** 69 columns: 23 of each axis. */
  readonly features: readonly Float64Array[]
}

/** The folder's file, cut into windows; what is left of a recording is left out. @throws what reading it throws */
export async function readHmp(folder: string): Promise<Hmp> {
  const text = (await promisify(gunzip)(await readFile(join(folder, 'hmp.csv.gz')))).toString()
  const recordings = new Map<string, { about: string[]; axes: [number[], number[], number[]] }>()
  for (const line of text.trim().split('\n').slice(1)) {
    const cells = line.split(',')
    const key = cells.slice(0, 4).join(',')
    let found = recordings.get(key)
    if (!found) {
      found = { about: cells, axes: [[], [], []] }
      recordings.set(key, found)
    }
    for (const [a, axis] of found.axes.entries()) axis.push(Number(cells[4 + a]))
  }
  const windows: { readonly about: readonly string[]; readonly features: readonly number[] }[] = []
  for (const { about, axes } of recordings.values())
    for (let at = 0; at + windowLength <= axes[0].length; at += windowLength)
      windows.push({ about, features: axes.flatMap((axis) => featuresOf(axis.slice(at, at + windowLength))) })
  const column = (j: number) => windows.map(({ about }) => about[j]!)
  return {
    recording: windows.map(({ about }) => about.slice(0, 4).join(',')),
    activity: column(1),
    subject: column(2),
    sex: column(3),
    features: windows[0]!.features.map((_, j) => Float64Array.from(windows, ({ features }) => features[j]!)),
  }
}

/**
 * Of one axis of a window: mean, deviation, least, largest, median, mean step, mean distance from the mean, and
 * log(1 + amplitude) of the first 16 frequencies.
 */
function featuresOf(samples: readonly number[]): number[] {
  const n = samples.length
  const mean = samples.reduce((a, b) => a + b, 0) / n
  const away = samples.map((v) => v - mean)
  const sorted = samples.toSorted((a, b) => a - b)
  const spectrum = Array.from({ length: frequencies }, (_, f) => {
    let [real, imaginary] = [0, 0]
    away.forEach((v, i) => {
      const { cosine, sine } = waves[((f + 1) * i) % windowLength]!
      real += v * cosine
      imaginary += v * sine
    })
    return Math.log1p(Math.hypot(real, imaginary))
  })
  return [
    mean,
    Math.sqrt(away.reduce((sum, v) => sum + v * v, 0) / n),
    sorted[0]!,
    sorted[n - 1]!,
    (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2,
    samples.slice(1).reduce((sum, v, i) => sum + Math.abs(v - samples[i]!), 0) / (n - 1),
    away.reduce((sum, v) => sum + Math.abs(v), 0) / n,
    ...spectrum,
  ]
}

/** Windows as numbers, standardised. */
export function hmpRecords({ activity, sex, features }: Hmp, split: UnitSplit): Records {
  return {
    x: standardised(features, split.train.rows),
    label: labelsOf(activity, namesOf(activity)),
    attributes: { sex: labelsOf(sex, ['f', 'm']) },
    split,
  }
}
