// Classifiers and panes of experiments, by what they are: trained once a run, on one thread.
// Source: Zheng et al. 2019, Xu et al. 2020: 14 + 14 epochs, batch 128, Adam.
// One thread each: tasks run side by side, and a small network gains little from a second thread.

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ImageSet, openImages } from '../../src/data/index.ts'
import {
  type Classifier,
  type ClassifierArchitecture,
  type ObfuscatorKind,
  type ObfuscatorPane,
  openClassifier,
  openPane,
  trainClassifier,
  trainObfuscator,
} from '../../src/protect/index.ts'
import { kept } from './kept.ts'

/** Images by name (see `openImages`) and how many. */
export interface Images {
  readonly images: string
  /** Of the training part; all if absent. */
  readonly train?: number | undefined
  /** Of the test part; all if absent. */
  readonly test?: number | undefined
}

/** What one classifier is trained by. */
export interface ClassifierChoice extends Images {
  readonly architecture: ClassifierArchitecture
  readonly epochs: number
  readonly seed: number
}

/** What one pane is trained by. */
export interface PaneChoice {
  readonly classifier: ClassifierChoice
  readonly kind: ObfuscatorKind
  readonly bottleneck?: number | undefined
  readonly epochs: number
  readonly seed: number
  /** Of the rate; the kind's own if absent. */
  readonly decay?: number | undefined
}

/** Both parts of a set. */
export interface Parts {
  readonly train: ImageSet
  readonly test: ImageSet
}

/** What a task works with: where shared files lie, and when to stop. */
export interface Workplace {
  readonly shared: string
  readonly signal?: AbortSignal | undefined
}

/** Runs a task with a shared folder, or with one of its own that is removed. */
export async function atWork<T>(
  shared: string | undefined,
  signal: AbortSignal | undefined,
  work: (place: Workplace) => Promise<T>,
): Promise<T> {
  const temporary = shared === undefined ? await mkdtemp(join(tmpdir(), 'frostglass-')) : undefined
  if (shared !== undefined) await mkdir(shared, { recursive: true })
  try {
    return await work({ shared: shared ?? temporary!, signal })
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
  }
}

/** The parts of a set. @throws FrostglassError as `openImages` */
export async function partsOf({ images, train, test }: Images, { signal }: Workplace): Promise<Parts> {
  const open = (split: 'train' | 'test', limit: number | undefined) =>
    openImages(images, {
      split,
      limit,
      signal,
    })
  return { train: await open('train', train), test: await open('test', test) }
}

/** The classifier, trained unless a task of this run has done so. */
export async function classifierOf(
  choice: ClassifierChoice,
  place: Workplace,
  parts: Parts,
): Promise<Classifier> {
  const path = await kept(
    place.shared,
    { classifier: choice },
    async () => {
      const { architecture, epochs, seed } = choice
      const { onnx } = await trainClassifier(parts.train, {
        architecture,
        epochs,
        seed,
        test: parts.test,
        threads: 1,
        signal: place.signal,
      })
      return onnx
    },
    place.signal,
  )
  return openClassifier(path, { name: choice.architecture })
}

/** The pane, trained unless a task of this run has done so; opened: close it. */
export async function paneOf(choice: PaneChoice, place: Workplace, parts: Parts): Promise<ObfuscatorPane> {
  const path = await kept(
    place.shared,
    { pane: choice },
    async () => {
      const classifier = await classifierOf(choice.classifier, place, parts)
      const { kind, bottleneck, epochs, seed, decay } = choice
      const { pane } = await trainObfuscator(classifier, parts.train, {
        kind,
        epochs,
        seed,
        test: parts.test,
        threads: 1,
        bottleneck,
        decay,
        signal: place.signal,
      })
      await pane.close()
      return pane.onnx
    },
    place.signal,
  )
  return openPane(path, { threads: 1 })
}
