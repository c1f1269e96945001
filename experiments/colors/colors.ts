// The break of ObfNet by its bottleneck: images reconstructed, colours told, classes that lie together.
// Source: Yonan et al. 2025, Figs. 7 to 11: ObfNet-MLP and -CNN on Colored-MNIST before a frozen InfNet-MLP.
// What an adversary gets here is a lower bound: more of its own images, or longer training, can only give it more.

import type { ImageSet } from '../../src/data/index.ts'
import { takeImages } from '../../src/data/index.ts'
import type { ObfuscatorKind } from '../../src/protect/index.ts'
import { measureService } from '../../src/protect/index.ts'
import type { Work } from '../experiment.ts'
import { bottlenecks, digitsOf, paneEpochs, sizesOf } from '../images/settings.ts'
import { obfuscatedOf, oneOfEach, type Shown, shownImages } from '../images/shown.ts'
import {
  atWork,
  type ClassifierChoice,
  classifierOf,
  type PaneChoice,
  paneOf,
  partsOf,
} from '../images/training.ts'
import { type Share, share } from '../shares.ts'
import {
  type Colors,
  colorsFrom,
  imagesLikeMean,
  type Reconstruction,
  reconstructionFrom,
  type Structure,
  structureOf,
  widestConvolution,
} from './adversaries.ts'

/** How much the adversaries have. */
export interface Effort {
  /** Training images that RecNet sees. */
  readonly reconstruction: {
    readonly images: number
    readonly epochs: number
    readonly convolutional: number
  }
  /** Training images of ColorNet; images that NoisyNet and PathNet make for themselves; epochs. */
  readonly attribute: { readonly images: number; readonly made: number; readonly epochs: number }
  /** Test images that reconstructions are compared on, and that are mapped. */
  readonly judged: number
  readonly mapped: number
}

/** The classifier, or a pane and all attacks on it. */
export type ColorsTask =
  | { readonly classifier: ClassifierChoice; readonly effort: Effort }
  | {
      readonly pane: PaneChoice & { readonly kind: 'mlp' | 'cnn'; readonly bottleneck: number }
      readonly effort: Effort
      /** Whether the map itself is kept, not only what is measured on it. */
      readonly map: boolean
    }

export interface ColorsAnswer {
  readonly raw: Share
  readonly seconds: number
  /** Of the task of the classifier: what the reconstructions are held against. */
  readonly originals?: Shown | undefined
  readonly meanImage?: Reconstruction['similarity'] | undefined
  readonly structure?: Structure | undefined
  /** Of a pane's task. */
  readonly pane?:
    | {
        readonly obfuscated: Share
        readonly parameters: number
        readonly bestEpoch: number
        readonly shown: Shown
        readonly reconstructions: readonly Reconstruction[]
        readonly colors: Colors
        readonly structure: Structure
      }
    | undefined
}

const efforts: Readonly<Record<'quick' | 'full', Effort>> = {
  quick: {
    reconstruction: { images: 5000, epochs: 8, convolutional: 0 },
    attribute: { images: 5000, made: 4000, epochs: 8 },
    judged: 500,
    mapped: 400,
  },
  full: {
    reconstruction: { images: 20_000, epochs: 8, convolutional: 6 },
    attribute: { images: 55_000, made: 30_000, epochs: 8 },
    judged: 2000,
    mapped: 1000,
  },
}

/** Epochs that a pane is trained for. */
export const epochsOf = (quick: boolean): number => (quick ? 14 : paneEpochs)

/** Panes whose map is drawn. */
export const mapped = (kind: ObfuscatorKind, bottleneck: number): boolean =>
  kind === 'mlp' && [8, 512].includes(bottleneck)

/** Figs. 7 to 11. */
export const colorsWork: Work<ColorsTask, ColorsAnswer> = {
  async tasks(settings) {
    const { quick, seed, seeds = 1 } = settings
    const effort = efforts[quick ? 'quick' : 'full']
    const classifier: ClassifierChoice = {
      images: `colored:${await digitsOf(settings)}`,
      ...sizesOf(settings),
      architecture: 'infnet-mlp',
      epochs: 14,
      seed,
    }
    const panes = (['cnn', 'mlp'] as const).flatMap((kind) => {
      const widths = quick ? (kind === 'mlp' ? [8, 64, 512] : [8, 64]) : bottlenecks
      return widths.toReversed().flatMap((bottleneck) =>
        Array.from({ length: seeds }, (_, i) => ({
          pane: { classifier, kind, bottleneck, epochs: epochsOf(quick), seed: seed + i },
          effort,
          map: i === 0 && mapped(kind, bottleneck),
        })),
      )
    })
    return [{ classifier, effort }, ...panes]
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const { effort } = task
      const choice = 'classifier' in task ? task.classifier : task.pane.classifier
      const parts = await partsOf(choice, place)
      const { train, test } = parts
      const ten = takeImages(test, oneOfEach(test))
      const judged = firstOf(test, effort.judged)
      const done = () => ({ seconds: (performance.now() - start) / 1000 })
      if ('classifier' in task) {
        const classifier = await classifierOf(choice, place, parts)
        const { accuracy } = await measureService(classifier, test, { threads: 1 })
        const set = firstOf(test, effort.mapped)
        return {
          raw: share(Math.round(accuracy * test.count), test.count),
          originals: shownImages(ten),
          meanImage: imagesLikeMean(train, judged, choice.seed),
          structure: await structureOf(new Float32Array(set.pixels), set, {
            seed: choice.seed,
            map: false,
          }),
          ...done(),
        }
      }
      const { seed } = task.pane
      const pane = await paneOf(task.pane, place, parts)
      const training = { seed, threads: 1, signal }
      try {
        const { measured, parameters, training: card } = pane.card
        const set = firstOf(test, effort.mapped)
        return {
          raw: share(Math.round(measured.raw * test.count), test.count),
          pane: {
            obfuscated: share(Math.round(measured.obfuscated * test.count), test.count),
            parameters,
            bestEpoch: card.bestEpoch,
            shown: await obfuscatedOf(pane, test, oneOfEach(test)),
            reconstructions: await reconstructionFrom(
              pane,
              { known: firstOf(train, effort.reconstruction.images), judged, shown: ten },
              {
                ...training,
                ...effort.reconstruction,
                convolutional:
                  task.pane.bottleneck <= widestConvolution ? effort.reconstruction.convolutional : 0,
                classifier: await classifierOf(choice, place, parts),
              },
            ),
            colors: await colorsFrom(
              pane,
              { known: firstOf(train, effort.attribute.images), judged: test, made: effort.attribute.made },
              { ...training, epochs: effort.attribute.epochs },
            ),
            structure: await structureOf(await pane.protect(set.pixels), set, {
              seed,
              map: task.map,
              signal,
            }),
          },
          ...done(),
        }
      } finally {
        await pane.close()
      }
    }),
}

const firstOf = (set: ImageSet, count: number): ImageSet =>
  count >= set.count
    ? set
    : takeImages(
        set,
        Int32Array.from({ length: count }, (_, i) => i),
      )
