// A service that stays as it is, asked by pictures of a dictionary in place of the raw ones: how often it is right, and as it was.
// Source: CERTIFIED obfuscation, section 5b. The pane here is trained on the service's own training pictures and has no certificate;
// what its codes give away is measured beside, of the panes of the same kind.

import { imageTensor } from '../../src/data/images/imageSet.ts'
import type { ImageSet } from '../../src/data/index.ts'
import { FrostglassError } from '../../src/errors.ts'
import { argmax } from '../../src/learn/index.ts'
import { cutCells } from '../../src/protect/certified/cells.ts'
import { choosingTables, countCells } from '../../src/protect/certified/chooseCodes.ts'
import { codeGraph } from '../../src/protect/certified/codeGraph.ts'
import { openCodePane, writeCodePane } from '../../src/protect/certified/codePane.ts'
import { type CodeTraining, recipeFor } from '../../src/protect/certified/codeTraining.ts'
import { createDictionary, type Dictionary } from '../../src/protect/certified/dictionary.ts'
import { encodeRows } from '../../src/protect/certified/encodeRows.ts'
import type { DictionaryKind } from '../../src/protect/certified/releaseContract.ts'
import { type TrainedNetwork, trainCodePane } from '../../src/protect/certified/trainCodePane.ts'
import { openClassifierService } from '../../src/protect/learned/measure.ts'
import { preprocessImageSet } from '../../src/protect/learned/preprocessing.ts'
import { type Share, share } from '../shares.ts'
import { type Frozen, type NetChoice, openService, type Service } from './frozenNets.ts'

/** A net, a pane before it, and numbers of codes. JSON. */
export interface DictionaryTask {
  readonly kind: 'dictionary'
  readonly choice: NetChoice
  /** Epochs of the pane. */
  readonly epochs: number
  /** Codes a label. */
  readonly perLabel: readonly number[]
  readonly seed: number
}

/** What one dictionary does. */
export interface DictionaryRow {
  readonly codes: number
  readonly kind: DictionaryKind
  /** The pane’s own reading of its codes. */
  readonly pane: Share
  /** Why there is no dictionary; else the rest. */
  readonly refused: string | null
  /** The service’s answers to the pictures. */
  readonly accuracy: Share | null
  /** How often they are its answers to the raw pictures. */
  readonly agreement: Share | null
  /** Mean divergence of its answers to the pictures from those to the raw ones, nats. */
  readonly divergence: number | null
  /** The second net’s answers to the same pictures. */
  readonly second: Share | null
}

export interface DictionaryAnswer {
  readonly kind: 'dictionary'
  readonly net: string
  /** Both nets on raw pictures. */
  readonly frozen: Share
  readonly second: Share
  readonly rows: readonly DictionaryRow[]
  /** Bytes of the largest pane’s file. */
  readonly bytes: number
  readonly seconds: number
}

/** Trains a pane, makes the dictionaries, asks. */
export async function measureDictionary(
  task: DictionaryTask,
  signal?: AbortSignal,
): Promise<DictionaryAnswer> {
  const start = performance.now()
  const service = await openService(task.choice, signal)
  const { train, test, frozen, second } = service
  const recipe = recipeFor(train.count, { epochs: task.epochs, seed: task.seed })
  const trained = await trainCodePane({ x: imageTensor(train), labels: train.labels!.of }, 10, {
    ...recipe,
    threads: 1,
    signal,
    ...(service.layers ? { layers: service.layers } : {}),
  })
  const raw = { frozen: await answersOf(frozen, test), second: await answersOf(second, test) }
  const rows: DictionaryRow[] = []
  let bytes = 0
  for (const perLabel of task.perLabel) {
    const pane = await paneOf(trained, service, perLabel, recipe)
    bytes = Math.max(bytes, pane.bytes)
    for (const kind of ['checked-medoid', 'tuned'] as const)
      rows.push(await tried(kind, pane, service, raw.frozen, signal))
  }
  return {
    kind: 'dictionary',
    net: task.choice.net,
    frozen: scored(raw.frozen, test),
    second: scored(raw.second, test),
    rows,
    bytes,
    seconds: (performance.now() - start) / 1000,
  }
}

/** Codes of training and test pictures, and what they stand for. */
interface Coded {
  readonly codes: readonly { readonly shares: readonly number[] }[]
  readonly train: Int32Array
  readonly test: Int32Array
  readonly bytes: number
}

async function paneOf(
  trained: TrainedNetwork,
  { train, validation, test }: Service,
  perLabel: number,
  recipe: CodeTraining,
): Promise<Coded> {
  const encoded = await encodeRows(
    trained.network,
    trained.weights,
    { x: imageTensor(train) },
    { threads: 1 },
  )
  const cells = cutCells(encoded, 10, { cells: perLabel, seed: recipe.seed })
  const labelOf = [...cells.labelOf]
  const onnx = writeCodePane(codeGraph(trained, cells, [...labelOf.keys()]), {
    format: 'frostglass-code-pane',
    version: 1,
    input: [...train.shape],
    columns: null,
    labels: [...train.labels!.names],
    labelOf,
    training: {
      data: train.name,
      rows: train.count,
      ...recipe,
      leak: null,
    },
    cells: labelOf.length,
    beta: null,
  })
  const pane = await openCodePane(onnx, { threads: 1 })
  const codesOf = (set: ImageSet) => pane.release(imageTensor(set))
  const [own, held, met] = [await codesOf(train), await codesOf(validation), await codesOf(test)]
  await pane.close()
  // Merging is not asked for: the attribute plays no part.
  const nothing = { of: new Int32Array(train.count), classes: 1 }
  const counted = (codes: Int32Array, of: Int32Array) =>
    countCells(codes, labelOf.length, { of, classes: 10 }, nothing)
  const { byLabel } = choosingTables(
    labelOf,
    counted(own, train.labels!.of),
    counted(held, validation.labels!.of),
  )
  return { codes: byLabel.map((shares) => ({ shares })), train: own, test: met, bytes: onnx.length }
}

async function tried(
  kind: DictionaryKind,
  pane: Coded,
  service: Service,
  raw: Answers,
  signal: AbortSignal | undefined,
): Promise<DictionaryRow> {
  const { frozen, second, train, test } = service
  const labelOf = pane.codes.map(({ shares }) => shares.indexOf(Math.max(...shares)))
  const own = share(
    countRight(pane.test, (code) => labelOf[code]!, test),
    test.count,
  )
  const row = { codes: pane.codes.length, kind, pane: own }
  const made = await refusable(() =>
    createDictionary(
      frozen.classifier,
      { set: train, codeOf: pane.train },
      { labels: train.labels!.names, codes: pane.codes },
      { kind, picturesArePublic: true, classMap: frozen.classMap, threads: 1, signal },
    ),
  )
  if (typeof made === 'string')
    return { ...row, refused: made, accuracy: null, agreement: null, divergence: null, second: null }
  const pictures: ImageSet = { ...test, pixels: made.pictures, count: pane.codes.length }
  const shown = await answersOf(frozen, pictures)
  const other = await answersOf(second, pictures)
  return {
    ...row,
    refused: null,
    accuracy: share(
      countRight(pane.test, (code) => shown.labels[code]!, test),
      test.count,
    ),
    agreement: share(
      pane.test.filter((code, i) => shown.outputs[code] === raw.outputs[i]).length,
      test.count,
    ),
    divergence: divergenceOf(raw, shown, pane.test),
    second: share(
      countRight(pane.test, (code) => other.labels[code]!, test),
      test.count,
    ),
  }
}

/** A dictionary, or the words in which it is refused. */
async function refusable(make: () => Promise<Dictionary>): Promise<Dictionary | string> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof FrostglassError && error.code === 'input') return error.message
    throw error
  }
}

/** What a net answers. */
interface Answers {
  /** [rows, width], row after row. */
  readonly probabilities: Float32Array
  readonly width: number
  /** The largest output, and the label that it stands for (−1: none). */
  readonly outputs: Int32Array
  readonly labels: Int32Array
}

async function answersOf({ classifier, classMap }: Frozen, set: ImageSet): Promise<Answers> {
  const service = await openClassifierService(classifier, { threads: 1 })
  // So that a thousand photographs are not there as numbers at once.
  const piece = 200
  const width = classifier.outputs
  const probabilities = new Float32Array(set.count * width)
  const size = set.pixels.length / set.count
  for (let start = 0; start < set.count; start += piece) {
    const count = Math.min(piece, set.count - start)
    const pixels = set.pixels.subarray(start * size, (start + count) * size)
    const { data } = await service.probabilities(
      preprocessImageSet({ ...set, pixels, count }, classifier.preprocessing),
    )
    probabilities.set(data as Float32Array, start * width)
  }
  await service.close()
  const outputs = Int32Array.from(argmax(probabilities, width))
  return { probabilities, width, outputs, labels: outputs.map((output) => classMap.indexOf(output)) }
}

const countRight = (codes: Int32Array, read: (code: number) => number, { labels }: ImageSet): number =>
  codes.reduce((right, code, i) => right + Number(read(code) === labels!.of[i]), 0)

const scored = ({ labels: read }: Answers, { labels, count }: ImageSet): Share =>
  share(
    read.reduce((right, label, i) => right + Number(label === labels!.of[i]), 0),
    count,
  )

/** Mean over rows of Σ p log(p / q). */
function divergenceOf(raw: Answers, shown: Answers, codes: Int32Array): number {
  const { width } = raw
  let all = 0
  codes.forEach((code, row) => {
    for (let k = 0; k < width; k++) {
      const p = raw.probabilities[row * width + k]!
      // Below what float32 tells from 0, a probability is taken as that.
      const q = Math.max(shown.probabilities[code * width + k]!, 2 ** -126)
      if (p > 0) all += p * Math.log(p / q)
    }
  })
  return all / codes.length
}
