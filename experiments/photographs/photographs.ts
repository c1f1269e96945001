// LightNet and DenseNet on photographs, before models that nobody here made, and the auditor's verdict on each.
// Source: Yonan et al. 2025, Fig. 12: before ResNet50, whose complete weights are not at hand; MobileNet v2 and
// SqueezeNet 1.1 stand in its place. Widths and recipes of both obfuscators are ours (see protect/learned/).

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { auditImages, imageAttacks } from '../../src/audit/index.ts'
import { type ImageSet, openImages, takeImages } from '../../src/data/index.ts'
import { FrostglassError } from '../../src/errors.ts'
import {
  kinds,
  mapClasses,
  namedPreprocessing,
  openClassifier,
  trainObfuscator,
} from '../../src/protect/index.ts'
import { releasedBy } from '../colors/adversaries.ts'
import type { Settings, Work } from '../experiment.ts'
import { halved, oneOfEach, type Shown, shownImages, shownSamples } from '../images/shown.ts'
import { atWork, type Workplace } from '../images/training.ts'
import { type Share, share } from '../shares.ts'

/** The service's models, and what their files do not tell. */
const models = {
  mobilenet: {
    title: 'MobileNet v2',
    file: 'mobilenet_v2_1.0_224-uint8w.onnx',
    preprocessing: 'mobilenet',
    // Output 0 is the background.
    first: 1,
  },
  squeezenet: { title: 'SqueezeNet 1.1', file: 'squeezenet1.1.onnx', preprocessing: 'imagenet', first: 0 },
} as const

/** Place of each class of Imagenette among ImageNet's thousand. */
const classes: Readonly<Record<string, number>> = {
  n01440764: 0,
  n02102040: 217,
  n02979186: 482,
  n03000684: 491,
  n03028079: 497,
  n03394916: 566,
  n03417042: 569,
  n03425413: 571,
  n03445777: 574,
  n03888257: 701,
}

/** One obfuscator before one model. */
export interface PhotographsTask {
  readonly folder: string
  readonly model: keyof typeof models
  readonly kind: 'lightnet' | 'densenet'
  readonly epochs: number
  /** Epochs before those in which the obfuscator learns to reproduce the image. */
  readonly warmUp: number
  readonly train: number
  readonly test: number
  /** Photographs that the auditor gets, and training photographs that the adversary has. */
  readonly audited: number
  readonly known: number
  readonly attacks: 'all' | 'first'
  readonly seed: number
}

export interface PhotographsAnswer {
  readonly model: string
  readonly obfuscator: string
  readonly parameters: number
  readonly bestEpoch: number
  readonly epochs: number
  readonly warmUp: number
  /** Among the model's thousand classes. */
  readonly raw: Share
  readonly obfuscated: Share
  /** The best among the ten classes of the photographs. */
  readonly amongTen: { readonly raw: Share; readonly obfuscated: Share }
  readonly verdict: string
  readonly broken: boolean
  readonly findings: readonly {
    readonly attack: string
    readonly title: string
    readonly metrics: readonly {
      readonly name: string
      readonly value: number
      readonly chance: number
      readonly baseline?: number | undefined
    }[]
    readonly measures: readonly { readonly name: string; readonly value: number }[]
  }[]
  /** Original, released, reconstructed: PNG, base64. */
  readonly reconstructed?: string | undefined
  readonly originals: Shown
  readonly shown: Shown
  readonly seconds: number
}

/** How many photographs, and how much of the audit; the page states them. */
export const sizesOf = (quick: boolean) =>
  quick
    ? ({ train: 100, test: 60, audited: 40, known: 80, attacks: 'first' } as const)
    : ({ train: 1500, test: 500, audited: 400, known: 1000, attacks: 'all' } as const)

/** Fig. 12. */
export const photographsWork: Work<PhotographsTask, PhotographsAnswer> = {
  tasks(settings) {
    const folder = folderOf(settings)
    const { quick, seed, seeds = 1 } = settings
    // The slowest first; a quick run has time for one model.
    const before = quick ? (['squeezenet'] as const) : (['mobilenet', 'squeezenet'] as const)
    return before.flatMap((model) =>
      (['densenet', 'lightnet'] as const).flatMap((kind) =>
        Array.from({ length: seeds }, (_, i) => ({
          folder,
          model,
          kind,
          epochs: quick ? 2 : kinds[kind].recipe.epochs,
          warmUp: quick ? 1 : kinds[kind].recipe.warmUp,
          ...sizesOf(quick),
          seed: seed + i,
        })),
      ),
    )
  },
  run: (task, signal, shared) => atWork(shared, signal, (place) => measured(task, place)),
}

/** @throws FrostglassError `usage` without a folder, `input` when it lacks photographs or models */
function folderOf({ data }: Settings): string {
  const wanted = ['imagenette-224', ...Object.values(models).map(({ file }) => join('models', file))]
  if (data === undefined)
    throw new FrostglassError(
      'usage',
      'figure 12 needs photographs and models: --data FOLDER',
      `Give a folder with ${wanted.join(', ')} in it.`,
    )
  const missing = wanted.filter((path) => !existsSync(join(data, path)))
  if (missing.length > 0)
    throw new FrostglassError(
      'input',
      `${data} lacks ${missing.join(', ')}`,
      'Put photographs into imagenette-224/train and /val, a folder a class, and models as ONNX files into models.',
    )
  return data
}

async function measured(task: PhotographsTask, { shared, signal }: Workplace): Promise<PhotographsAnswer> {
  const start = performance.now()
  const { model, kind, seed, epochs, warmUp } = task
  const { file, preprocessing, first, title } = models[model]
  const heed = signal ? { signal } : {}
  const open = (split: 'train' | 'test') =>
    openImages(join(task.folder, 'imagenette-224'), {
      split,
      limit: task[split],
      size: 224,
      channels: 3,
      ...heed,
    })
  const [train, test] = [await open('train'), await open('test')]
  const classifier = await openClassifier(join(task.folder, 'models', file), {
    preprocessing: namedPreprocessing(preprocessing, 3),
    image: train.shape,
    name: title,
  })
  const outputs = Object.fromEntries(Object.entries(classes).map(([name, place]) => [name, place + first]))
  const { pane } = await trainObfuscator(classifier, train, {
    kind,
    epochs,
    warmUp,
    seed,
    test,
    classMap: mapClasses(train.labels!, classifier.outputs, outputs),
    threads: 1,
    // Half an hour of work: after a stop it goes on from the last epoch.
    checkpoint: join(shared, `${model}-${kind}-${seed}.checkpoint`),
    ...heed,
  })
  try {
    const { measured: found, training, parameters } = pane.card
    const counted = (value: number) => share(Math.round(value * test.count), test.count)
    const originals = spreadOf(test, task.audited)
    const report = await auditImages(
      {
        originals,
        released: await releasedBy(pane, originals, signal),
        panes: [pane],
        paneOf: new Int32Array(originals.count),
        training: spreadOf(train, task.known),
      },
      {
        effort: 'quick',
        seed,
        attacks:
          task.attacks === 'all'
            ? imageAttacks
            : imageAttacks.filter(({ name }) => ['recnet', 'reidentification'].includes(name)),
        name: `${kind} before ${title}`,
        ...heed,
      },
    )
    const ten = takeImages(test, oneOfEach(test))
    const sheet = report.findings
      .find(({ attack }) => attack === 'recnet')
      ?.pictures.find((p) => p.kind === 'png')
    return {
      model: title,
      obfuscator: kinds[kind].title,
      parameters,
      bestEpoch: training.bestEpoch,
      epochs,
      warmUp,
      raw: counted(found.raw),
      obfuscated: counted(found.obfuscated),
      amongTen: {
        raw: counted(found.amongClasses?.raw ?? found.raw),
        obfuscated: counted(found.amongClasses?.obfuscated ?? found.obfuscated),
      },
      verdict: report.verdict.sentence,
      broken: report.verdict.status === 'broken',
      findings: report.findings.map(({ attack, title: what, metrics, measures }) => ({
        attack,
        title: what,
        metrics: metrics.map(({ name, value, chance, baseline }) => ({
          name,
          value,
          chance,
          baseline,
        })),
        measures: measures.map(({ name, value }) => ({ name, value })),
      })),
      reconstructed: sheet ? sheet.data : undefined,
      originals: halved(shownImages(ten)),
      shown: halved(shownSamples(await pane.protect(ten.pixels), ten.shape)),
      seconds: (performance.now() - start) / 1000,
    }
  } finally {
    await pane.close()
  }
}

/** `count` images at even distances: sets of folders lie class by class. */
function spreadOf(set: ImageSet, count: number): ImageSet {
  const most = Math.min(count, set.count)
  return takeImages(
    set,
    Int32Array.from({ length: most }, (_, i) => Math.floor((i * set.count) / most)),
  )
}
