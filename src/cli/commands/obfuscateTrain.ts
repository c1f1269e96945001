// frostglass obfuscate classifier | train: the service's model of images, and an obfuscator before anybody's model.

import { rm } from 'node:fs/promises'
import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import type { Layer } from '../../learn/index.ts'
import {
  type Classifier,
  type ClassifierArchitecture,
  mapClasses,
  namedPreprocessing,
  type ObfuscatorKind,
  openClassifier,
  type Preprocessing,
  readClassMapping,
  readLayers,
  readPreprocessing,
  type TrainedObfuscator,
  trainClassifier,
  trainObfuscator,
  trainPanes,
  writePane,
} from '../../protect/index.ts'
import { kindOf } from '../../protect/learned/kinds.ts'
import { preprocessingNames } from '../../protect/learned/names.ts'
import { percent } from '../../statistics/figures.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { table } from '../textTable.ts'
import {
  type ImageOptions,
  imagesOf,
  type TrainOptions,
  trainingOptions,
  withBar,
} from './obfuscateOptions.ts'

export interface ClassifierCommandOptions extends ImageOptions, TrainOptions {
  readonly architecture: ClassifierArchitecture
}

/** What `frostglass obfuscate classifier` does. */
export async function classifier(options: ClassifierCommandOptions, signal: AbortSignal): Promise<void> {
  const { data, architecture, out, json, force, checkpoint } = options
  await requireDistinct(out, [data, options.test, checkpoint])
  await requireFree(out, force)
  const train = await imagesOf(options, data, 'train', signal)
  const test = await imagesOf(options, options.test ?? data, 'test', signal)
  const trained = await withBar('training', json, (onProgress) =>
    trainClassifier(train, { architecture, test, onProgress, ...trainingOptions(options, signal) }),
  )
  await writeFileAtomic(out, trained.onnx, { mode: 0o644, force: force ?? false })
  if (checkpoint !== undefined) await rm(checkpoint, { force: true })
  const { accuracy, bestEpoch, history, input, classes, sha256 } = trained
  const result = {
    out,
    architecture,
    sha256,
    input,
    classes,
    accuracy,
    on: test.name,
    images: test.count,
    bestEpoch,
  }
  print(json, { ...result, history }, () =>
    [
      `${architecture} on ${train.name}: ${percent(accuracy)} of ${counted(test.count, 'image')} of ${test.name} right`,
      `(the epoch that was best on the validation part: ${bestEpoch} of ${history.length})`,
      `wrote ${out}`,
    ].join('\n'),
  )
}

/** The service's model, and what its file does not say. */
export interface ServiceOptions extends Partial<Pick<ImageOptions, 'size'>> {
  readonly classifier?: string | undefined
  readonly preprocessing?: string | undefined
  readonly mean?: number[] | undefined
  readonly std?: number[] | undefined
  readonly layout?: Preprocessing['layout'] | undefined
  readonly order?: Preprocessing['order'] | undefined
}

export interface TrainCommandOptions extends ServiceOptions, ImageOptions, TrainOptions {
  readonly kind: string
  readonly bottleneck: number
  readonly panes: number
  readonly classifierDropout: boolean
  readonly classes?: string | undefined
  readonly outputs: 'all' | 'own'
  readonly warmUp?: number | undefined
}

/** What `frostglass obfuscate train` does. */
export async function trainPane(options: TrainCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, json, force, checkpoint, panes } = options
  const outs = panes === 1 ? [out] : Array.from({ length: panes }, (_, i) => numbered(out, i))
  for (const file of outs) {
    await requireDistinct(file, [options.classifier, options.data, options.test, options.classes, checkpoint])
    await requireFree(file, force)
  }
  const layers = /\.json$/i.test(options.kind) ? await readLayers(options.kind) : undefined
  if (!layers) kindOf(options.kind)
  const mapping = options.classes === undefined ? undefined : await readClassMapping(options.classes)
  const classifier = await openService(options, `an obfuscator of kind ${options.kind} is trained before`)
  const channels = classifier.preprocessing.mean.length as 1 | 3
  const train = await imagesOf(options, options.data, 'train', signal, channels)
  const test = await imagesOf(options, options.test ?? options.data, 'test', signal, channels)
  const classMap = train.labels ? mapClasses(train.labels, classifier.outputs, mapping) : undefined
  const common = {
    ...architectureOf(options.kind, layers),
    bottleneck: options.bottleneck,
    classifierDropout: options.classifierDropout,
    outputs: options.outputs,
    warmUp: options.warmUp,
    test,
    classMap,
    ...trainingOptions(options, signal),
  }
  const save = (trained: TrainedObfuscator, i: number) =>
    writePane(trained.pane, outs[i]!, { force: force ?? false })
  const all = await withBar('training', json, async (onProgress) => {
    if (panes > 1) return trainPanes(classifier, train, { ...common, count: panes, onProgress, onPane: save })
    const one = await trainObfuscator(classifier, train, { ...common, onProgress })
    await save(one, 0)
    return [one]
  })
  if (checkpoint !== undefined) {
    for (const [i] of all.entries())
      await rm(panes === 1 ? checkpoint : `${checkpoint}.${i}`, { force: true })
  }
  warn(json, warningsOf(classifier, options))
  const results = all.map(({ pane, history }, i) => ({
    out: outs[i]!,
    fingerprint: pane.fingerprint,
    card: pane.card,
    history,
  }))
  print(json, panes === 1 ? results[0] : results, () => summary(results))
}

const architectureOf = (kind: string, layers: readonly Layer[] | undefined) =>
  layers ? { layers } : { kind: kind as ObfuscatorKind }

/** Opens the classifier under what the options say of its preprocessing. @param wanted what wants it, for words */
export async function openService(options: ServiceOptions, wanted: string): Promise<Classifier> {
  if (options.classifier === undefined)
    throw new FrostglassError(
      'usage',
      `${wanted} a classifier, and none is given`,
      'Name the service’s model: --classifier classifier.onnx.',
    )
  const { preprocessing, mean, std, layout, order, size } = options
  const parts = { ...(layout ? { layout } : {}), ...(order ? { order } : {}) }
  const named = preprocessing !== undefined && preprocessingNames.includes(preprocessing)
  const read = preprocessing !== undefined && !named ? await readPreprocessing(preprocessing) : undefined
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [])
  return openClassifier(options.classifier, {
    image: width && height ? [order === 'grey' ? 1 : 3, height, width] : undefined,
    preprocessing(guess) {
      const channels = order === undefined ? guess.mean.length : order === 'grey' ? 1 : 3
      const given = { layout: guess.layout, ...(order === undefined ? { order: guess.order } : {}), ...parts }
      const base = read
        ? { ...read, ...parts }
        : named || channels !== guess.mean.length
          ? namedPreprocessing(preprocessing ?? 'unit', channels, given)
          : { ...guess, ...parts }
      return {
        ...base,
        ...(mean ? { mean: eachChannel(mean, channels, '--mean') } : {}),
        ...(std ? { std: eachChannel(std, channels, '--std') } : {}),
      }
    },
  })
}

function eachChannel(values: readonly number[], channels: number, option: string): readonly number[] {
  if (values.length === channels) return values
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!)
  throw new FrostglassError(
    'usage',
    `${option} has ${values.length} numbers for ${channels} channel(s)`,
    'Give one, or one a channel in the order of the service.',
  )
}

const numbered = (out: string, i: number): string => out.replace(/(\.onnx)?$/i, (end) => `-${i}${end}`)

function warningsOf(classifier: Classifier, options: TrainCommandOptions): string[] {
  const silent = !options.preprocessing && !options.mean && !options.std
  const foreign = classifier.classes === null
  return silent && foreign
    ? [
        `${classifier.name} does not say how it wants pictures: 0 to 1 was taken; --preprocessing says otherwise`,
      ]
    : []
}

function summary(
  results: readonly { readonly out: string; readonly card: TrainedObfuscator['pane']['card'] }[],
): string {
  const [{ card }] = results as [(typeof results)[number]]
  const { measured, classifier } = card
  const among = measured.amongClasses
  const head = [
    'pane',
    'best epoch',
    'raw',
    'obfuscated',
    ...(among ? ['raw, own classes', 'obfuscated, own classes'] : []),
  ]
  const rows = results.map(({ out, card: { training, measured: m } }) => [
    out,
    `${training.bestEpoch} of ${training.epochs}`,
    percent(m.raw),
    percent(m.obfuscated),
    ...(m.amongClasses ? [percent(m.amongClasses.raw), percent(m.amongClasses.obfuscated)] : []),
  ])
  const size = card.bottleneck === null ? card.kind : `${card.kind}(${card.bottleneck})`
  return [
    `${size} before ${classifier.name}: ${counted(card.parameters, 'parameter')}, ${card.flops.toPrecision(3)} operations an image.`,
    `Right answers on ${counted(measured.images, 'image')} of ${measured.on}; the epoch was picked on ${card.training.validation} others:`,
    '',
    table(head, rows),
    '',
    card.givesAway,
    `wrote ${results.map(({ out }) => out).join(', ')}`,
  ].join('\n')
}
