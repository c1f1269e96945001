// How narrow a bottleneck may be: ObfNet-MLP and ObfNet-CNN by their width, before both classifiers of the successor.
// Source: Xu et al. 2020, Lightweight and Unobtrusive Data Obfuscation: n from 8 to 1024 before InfNet-CNN and InfNet-MLP.
// Accuracy alone: what the panes give away is measured by `reproduce study`.

import { type ClassifierArchitecture, measureService } from '../../src/protect/index.ts'
import type { Work } from '../experiment.ts'
import { bottlenecks, digitsOf, paneEpochs, sizesOf } from '../images/settings.ts'
import {
  atWork,
  type ClassifierChoice,
  classifierOf,
  type PaneChoice,
  paneOf,
  partsOf,
} from '../images/training.ts'
import { type Share, share } from '../shares.ts'

/** A classifier, or a pane before it. */
export type BottleneckTask =
  | { readonly classifier: ClassifierChoice }
  | { readonly pane: PaneChoice & { readonly kind: 'mlp' | 'cnn'; readonly bottleneck: number } }

export interface BottleneckAnswer {
  readonly raw: Share
  readonly obfuscated?: Share | undefined
  readonly parameters?: number | undefined
  readonly seconds: number
}

/** The grid of the successor. */
export const bottlenecksWork: Work<BottleneckTask, BottleneckAnswer> = {
  async tasks(settings) {
    const { quick, seed, seeds = 1 } = settings
    const images = await digitsOf(settings)
    const before = (architecture: ClassifierArchitecture): ClassifierChoice => ({
      images,
      ...sizesOf(settings),
      architecture,
      epochs: 14,
      seed,
    })
    const panes = (architecture: ClassifierArchitecture, epochs: number, some?: readonly number[]) =>
      (['cnn', 'mlp'] as const).flatMap((kind) => {
        const widths = some ?? (quick ? (kind === 'mlp' ? [8, 64, 512] : [8, 64]) : bottlenecks)
        return widths.toReversed().flatMap((bottleneck) =>
          Array.from({ length: seeds }, (_, i) => ({
            pane: { classifier: before(architecture), kind, bottleneck, epochs, seed: seed + i },
          })),
        )
      })
    if (quick) return [{ classifier: before('infnet-mlp') }, ...panes('infnet-mlp', 14)]
    // The slow classifier first: while one worker trains it the other has panes before the quick one to train.
    return [
      { classifier: before('infnet-cnn') },
      { classifier: before('infnet-mlp') },
      ...panes('infnet-mlp', paneEpochs),
      ...panes('infnet-cnn', epochsBeforeCnn, widthsBeforeCnn),
    ]
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const seconds = () => (performance.now() - start) / 1000
      const choice = 'classifier' in task ? task.classifier : task.pane.classifier
      const parts = await partsOf(choice, place)
      const of = parts.test.count
      if ('classifier' in task) {
        const classifier = await classifierOf(choice, place, parts)
        const { accuracy } = await measureService(classifier, parts.test, { threads: 1 })
        return { raw: share(Math.round(accuracy * of), of), seconds: seconds() }
      }
      const pane = await paneOf(task.pane, place, parts)
      await pane.close()
      const { measured, parameters } = pane.card
      return {
        raw: share(Math.round(measured.raw * of), of),
        obfuscated: share(Math.round(measured.obfuscated * of), of),
        parameters,
        seconds: seconds(),
      }
    }),
}

/**
 * Before InfNet-CNN a step takes five times as long as before InfNet-MLP: 14 epochs of 16 panes would take four hours of
 * one core. The page says which were trained, and for how many epochs.
 */
const epochsBeforeCnn = 4
const widthsBeforeCnn = [8, 64, 512]
