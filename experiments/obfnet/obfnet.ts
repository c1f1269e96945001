// ObfNet before LeNet: what the service still tells of obfuscated digits, and which pane made them.
// Source: Zheng et al. 2019, Challenges of Privacy-Preserving Machine Learning in IoT, Figs. 3 and 4.
// The paper counts on the eye: what a trained adversary gets is measured by `reproduce study`.

import { trainAttributeNet } from '../../src/audit/images/attributeNet.ts'
import { type ImageSet, takeImages } from '../../src/data/index.ts'
import type { Tensor } from '../../src/graph/index.ts'
import { measureService, type ObfuscatorPane, openClassifierService } from '../../src/protect/index.ts'
import { protectWithMany } from '../../src/protect/learned/manyPanes.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { Work } from '../experiment.ts'
import { digitsOf, sizesOf } from '../images/settings.ts'
import { obfuscatedOf, oneOfEach, type Shown, shownImages } from '../images/shown.ts'
import {
  atWork,
  type ClassifierChoice,
  classifierOf,
  type PaneChoice,
  type Parts,
  paneOf,
  partsOf,
  type Workplace,
} from '../images/training.ts'
import { rightOf, type Share, share } from '../shares.ts'

/** A task: the classifier, one obfuscator, or all of ObfNet2-x as one protection. */
export type ObfnetTask =
  | { readonly kind: 'classifier'; readonly classifier: ClassifierChoice }
  /** `constant`: trained at a constant rate, as published. */
  | {
      readonly kind: 'pane'
      readonly name: string
      readonly pane: PaneChoice
      readonly constant: boolean
    }
  | {
      readonly kind: 'many'
      readonly panes: readonly PaneChoice[]
      readonly seed: number
      readonly known: number
    }

/** What a task found. */
export type ObfnetAnswer =
  | { readonly kind: 'classifier'; readonly raw: Share; readonly originals: Shown; readonly seconds: number }
  | {
      readonly kind: 'pane'
      readonly name: string
      readonly constant: boolean
      readonly obfuscated: Share
      /** The service's answers to raw samples, after the obfuscator was trained before it. */
      readonly raw: Share
      readonly bestEpoch: number
      readonly parameters: number
      readonly shown: Shown
      readonly seconds: number
    }
  | {
      readonly kind: 'many'
      readonly panes: number
      readonly obfuscated: Share
      /** Test samples whose pane an adversary names that has all panes and `known` images of its own. */
      readonly identified: Share
      readonly known: number
      readonly seconds: number
    }

/** Figs. 3 and 4, the voluntary protection, many panes. */
export const obfnetWork: Work<ObfnetTask, ObfnetAnswer> = {
  async tasks(settings) {
    const { quick, seed, seeds = quick ? 3 : 10 } = settings
    const classifier: ClassifierChoice = {
      images: await digitsOf(settings),
      ...sizesOf(settings),
      architecture: 'lenet',
      epochs: 14,
      seed,
    }
    const pane = (kind: 'obfnet1' | 'obfnet2', width: number): PaneChoice => ({
      classifier,
      kind,
      epochs: 14,
      seed: width,
    })
    const panes = Array.from({ length: seeds }, (_, x) => pane('obfnet2', seed + x))
    return [
      { kind: 'classifier', classifier },
      ...panes.map(
        (pane, x): ObfnetTask => ({ kind: 'pane', name: `ObfNet2-${x}`, pane: pane, constant: false }),
      ),
      { kind: 'pane', name: 'ObfNet1', pane: pane('obfnet1', seed), constant: false },
      ...panes.slice(0, quick ? 1 : 3).map(
        (pane, x): ObfnetTask => ({
          kind: 'pane',
          name: `ObfNet2-${x}, constant rate`,
          pane: { ...pane, decay: 1 },
          constant: true,
        }),
      ),
      { kind: 'many', panes, seed, known: quick ? 3000 : 20_000 },
    ]
  },
  run: (task, signal, shared) =>
    atWork(shared, signal, async (place) => {
      const start = performance.now()
      const choice =
        task.kind === 'classifier'
          ? task.classifier
          : task.kind === 'pane'
            ? task.pane.classifier
            : task.panes[0]!.classifier
      const parts = await partsOf(choice, place)
      const answer = await answerOf(task, parts, place)
      return { ...answer, seconds: (performance.now() - start) / 1000 } as ObfnetAnswer
    }),
}

async function answerOf(task: ObfnetTask, parts: Parts, place: Workplace): Promise<object> {
  if (task.kind === 'many') return manyPanes(task, parts, place)
  const choice = task.kind === 'classifier' ? task.classifier : task.pane.classifier
  const classifier = await classifierOf(choice, place, parts)
  const measure = async (source: Parameters<typeof measureService>[1]) => {
    const { answers } = await measureService(classifier, source, { threads: 1 })
    return share(rightOf(answers, parts.test.labels!.of), parts.test.count)
  }
  if (task.kind === 'classifier') {
    const originals = shownImages(takeImages(parts.test, oneOfEach(parts.test)))
    return { kind: 'classifier', raw: await measure(parts.test), originals }
  }
  const pane = await paneOf(task.pane, place, parts)
  try {
    const { training, parameters } = pane.card
    return {
      kind: 'pane',
      name: task.name,
      constant: task.constant,
      obfuscated: await measure({ pane, set: parts.test }),
      raw: await measure(parts.test),
      bestEpoch: training.bestEpoch,
      parameters,
      shown: await obfuscatedOf(pane, parts.test, oneOfEach(parts.test)),
    }
  } finally {
    await pane.close()
  }
}

/** Each sample by a pane drawn at random: what the service still tells, and who made it. */
async function manyPanes(
  task: Extract<ObfnetTask, { readonly kind: 'many' }>,
  parts: Parts,
  place: Workplace,
): Promise<object> {
  const classifier = await classifierOf(task.panes[0]!.classifier, place, parts)
  const panes: ObfuscatorPane[] = []
  for (const choice of task.panes) panes.push(await paneOf(choice, place, parts))
  const service = await openClassifierService(classifier, { threads: 1 })
  try {
    const released = async (set: ImageSet, seed: number) => {
      const sent = await protectWithMany(panes, set.pixels, { seed })
      const samples: Tensor = { dtype: 'float32', shape: [set.count, ...set.shape], data: sent.released }
      return { samples, paneOf: sent.paneOf }
    }
    const sent = await released(parts.test, task.seed)
    const { answers } = await measureService(service, sent.samples, { labels: parts.test.labels!.of })
    const source = seededStream(task.seed, 'known')
    const rows = Int32Array.from({ length: Math.min(task.known, parts.train.count) }, () =>
      Math.floor(source.uniform() * parts.train.count),
    )
    const learned = await released(takeImages(parts.train, rows), task.seed + 1)
    const names = task.panes.map((_, i) => `ObfNet2-${i}`)
    const identity = await trainAttributeNet(
      learned.samples,
      { names, of: learned.paneOf },
      { seed: task.seed, epochs: 5, threads: 1, signal: place.signal },
    )
    const named = await identity.classify(sent.samples)
    return {
      kind: 'many',
      panes: panes.length,
      obfuscated: share(rightOf(answers, parts.test.labels!.of), parts.test.count),
      identified: share(rightOf(named, sent.paneOf), parts.test.count),
      known: rows.length,
    }
  } finally {
    await service.close()
    for (const pane of panes) await pane.close()
  }
}
