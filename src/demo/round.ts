// The whole round on real data: learn raw and protected wheat, ask and decode, then break the one-layer key.
// Source: SPG section 5.1 (the model, five folds); UCI wheat seeds, embedded with attribution.
// Every figure is measured when it runs. A fresh key is drawn for each repetition, as an owner would.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Evidence, linearInversion, metricOf, numericAttributes, rowsThatBreak } from '../audit/index.ts'
import { csvText } from '../data/csvRecord.ts'
import { openTable, readTable, readWheat, type Table, wheatPath } from '../data/index.ts'
import { adam } from '../learn/index.ts'
import {
  createKey,
  decodeTable,
  encodeTable,
  type Key,
  openKeyedPane,
  protectTable,
} from '../protect/index.ts'
import {
  crossValidateRows,
  type FoldOutcome,
  foldsOf,
  paperRecipe,
  predictTable,
  type Rows,
  rowsOf,
  trainTable,
} from '../serve/index.ts'

/** Five-fold cross-validation of the paper's model on one form of the table, over all repetitions. */
export interface Measured {
  readonly name: string
  /** Undefined for the raw table. */
  readonly layers: number | undefined
  /** Of every fold of every repetition, from 0 to 1. */
  readonly accuracies: readonly number[]
  readonly epochs: readonly number[]
  /** Of the five folds together, one a repetition. */
  readonly seconds: readonly number[]
  /** Largest error of restore(protect(x)) relative to a column's range; 0 for the raw table. */
  readonly roundTripError: number
}

/** Held-out rows asked through the files of the whole round, and the same rows asked of a model of the raw table. */
export interface Asked {
  readonly queries: number
  /** Share of decoded answers that are right. */
  readonly decoded: number
  /** Share of the raw model's answers that are right. */
  readonly raw: number
  /** Share of rows on which both say the same. */
  readonly agree: number
  /** One query, as a reader may follow it. */
  readonly example: {
    readonly original: readonly number[]
    readonly protected: readonly number[]
    readonly answer: string
    readonly decoded: string
    readonly truth: string
  }
}

/** What known rows give an adversary who undoes the public activation and fits a line (standpoint `leak`). */
export interface Broken {
  readonly layers: number
  readonly columns: number
  /** Fewest known rows that recover every other cell within 1e-6 of its range; undefined when `tried` did not do. */
  readonly rows: number | undefined
  readonly tried: number
  /** Share of the variance of the unseen rows (R², mean over columns) that `explainedFrom` known rows give. */
  readonly explained: number
  readonly explainedFrom: number
}

export interface Round {
  readonly rows: number
  readonly columns: number
  readonly repetitions: number
  readonly seed: number
  readonly measured: readonly Measured[]
  readonly asked: Asked
  readonly broken: readonly Broken[]
}

export interface RoundOptions {
  /** For folds, first weights and orders; keys are always fresh. */
  readonly seed?: number | undefined
  /** Repetitions of the cross-validation, each with a key of its own. */
  readonly repetitions?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, of: number) => void) | undefined
}

const layerCounts = [1, 3] as const

/** Runs the round. @throws FrostglassError `aborted`, and whatever the library throws. */
export async function runRound(options: RoundOptions = {}): Promise<Round> {
  const { seed = 0, repetitions = 5, signal, onProgress } = options
  const table = await readWheat()
  const raw = rowsOf(table, 'wheat')
  const total = repetitions * (1 + layerCounts.length) + 6
  let done = 0
  const tick = () => onProgress?.(++done, total)
  const collected = new Map<number | undefined, { outcomes: FoldOutcome[][]; roundTrip: number }>()
  const collect = (layers: number | undefined, outcomes: FoldOutcome[], roundTrip: number) => {
    const all = collected.get(layers) ?? { outcomes: [], roundTrip: 0 }
    collected.set(layers, {
      outcomes: [...all.outcomes, outcomes],
      roundTrip: Math.max(all.roundTrip, roundTrip),
    })
    tick()
  }
  const recipe = { ...paperRecipe, optimizer: adam({ learningRate: 0.1 }) }
  const broken: Broken[] = []
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const seeded = { ...recipe, seed: seed + 1000 * repetition }
    const folds = foldsOf(raw, 5, seeded.seed)
    const validate = (rows: Rows) => crossValidateRows(rows, folds, seeded, signal ? { signal } : {})
    collect(undefined, await validate(raw), 0)
    for (const layers of layerCounts) {
      const { key, roundTrip } = await newKey(layers, signal)
      const encoded = await protectedRows(key, table, raw)
      collect(layers, await validate(encoded.rows), Math.max(...roundTrip))
      if (repetition === 0) broken.push(await breakKey(encoded.evidence, seed, signal))
    }
  }
  const asked = await ask(table, { ...recipe, seed }, seed, signal, tick)
  const measured = [...collected].map(([layers, { outcomes, roundTrip }]): Measured => {
    const every = outcomes.flat()
    return {
      name: layers === undefined ? 'raw' : `protected, ${layers} layer${layers > 1 ? 's' : ''}`,
      layers,
      accuracies: every.map((o) => o.accuracy ?? 0),
      epochs: every.map((o) => o.epochs),
      seconds: outcomes.map((folds) => folds.reduce((sum, o) => sum + o.seconds, 0)),
      roundTripError: roundTrip,
    }
  })
  tick()
  return { rows: table.rows, columns: raw.width, repetitions, seed, measured, asked, broken }
}

async function newKey(layers: number, signal: AbortSignal | undefined) {
  const source = await openTable(wheatPath(), { label: 'variety' })
  try {
    return await createKey(source, { layers, activation: 'tanh', signal })
  } finally {
    source.close()
  }
}

async function protectedRows(key: Key, table: Table, raw: Rows): Promise<{ rows: Rows; evidence: Evidence }> {
  const pane = openKeyedPane(key)
  const { parameters } = key.description
  try {
    const { columns } = await pane.encode(table.columns, table.rows)
    const x = new Float64Array(table.rows * columns.length)
    columns.forEach((values, j) => {
      for (let r = 0; r < table.rows; r++) x[r * columns.length + j] = values[r]!
    })
    const map = pane.labels[0]?.map
    const y = map?.task === 'class' ? map.encode(raw.y as Int32Array) : raw.y
    return {
      rows: { ...raw, x, y, width: columns.length },
      evidence: {
        attributes: numericAttributes(
          table.schema.columns.map((c) => c.name),
          table.columns as Float64Array[],
        ),
        features: table.columns as Float64Array[],
        released: columns.map((c) => Float64Array.from(c)),
        scheme: { name: 'layered', activation: parameters.activation, layers: parameters.layers },
      },
    }
  } finally {
    await pane.close()
  }
}

async function breakKey(evidence: Evidence, seed: number, signal: AbortSignal | undefined): Promise<Broken> {
  const tried = evidence.features[0]!.length / 2
  const explainedFrom = 20
  const finding = await linearInversion.run(evidence, {
    known: explainedFrom,
    seed,
    effort: 'quick',
    signal,
  })
  return {
    layers: evidence.scheme.layers,
    columns: evidence.released.length,
    rows: rowsThatBreak(evidence, { most: tried, seed }),
    tried,
    explained: metricOf(finding, 'explained').value,
    explainedFrom,
  }
}

// The round through files, as two parties would do it, once a fold: each row is held out once and asked about, under a
// fresh key each time.
async function ask(
  table: Table,
  recipe: Parameters<typeof trainTable>[1]['recipe'],
  seed: number,
  signal: AbortSignal | undefined,
  tick: () => void,
): Promise<Asked> {
  const rounds: Answers[] = []
  for (const fold of foldsOf(rowsOf(table, 'wheat'), 5, seed)) {
    rounds.push(await askFold(table, fold, recipe, signal))
    tick()
  }
  const all = (pick: (answers: Answers) => readonly string[]) => rounds.flatMap(pick)
  const share = (x: readonly string[], y: readonly string[]) =>
    x.filter((v, i) => v === y[i]).length / x.length
  const [truth, decoded, raw] = [all((r) => r.truth), all((r) => r.decoded), all((r) => r.raw)]
  return {
    queries: truth.length,
    decoded: share(decoded, truth),
    raw: share(raw, truth),
    agree: share(decoded, raw),
    example: rounds[0]!.example,
  }
}

/** Answers to the held-out rows of one fold. */
interface Answers {
  readonly truth: readonly string[]
  readonly decoded: readonly string[]
  readonly raw: readonly string[]
  readonly example: Asked['example']
}

async function askFold(
  table: Table,
  split: { readonly train: Int32Array; readonly test: Int32Array },
  recipe: Parameters<typeof trainTable>[1]['recipe'],
  signal: AbortSignal | undefined,
): Promise<Answers> {
  const folder = await mkdtemp(join(tmpdir(), 'frostglass-demo-'))
  const at = (name: string) => join(folder, name)
  const stop = signal ? { signal } : {}
  try {
    await writeFile(at('wheat.csv'), csv(table, split.train, true))
    await writeFile(at('queries.csv'), csv(table, split.test, false))
    // Owner
    const source = await openTable(at('wheat.csv'), { label: 'variety' })
    const { key } = await createKey(source, { layers: 3, activation: 'tanh', ...stop })
    source.close()
    await protectTable(at('wheat.csv'), key, at('protected.csv'), stop)
    // Service
    const trained = await trainTable(at('protected.csv'), { label: 'label', folds: 0, recipe, ...stop })
    await writeFile(at('model.onnx'), trained.bytes)
    // Owner, service, owner
    await encodeTable(at('queries.csv'), key, at('encoded.csv'), stop)
    await predictTable(at('model.onnx'), at('encoded.csv'), at('answers.csv'), stop)
    await decodeTable(at('answers.csv'), key, at('labels.csv'), stop)
    // The same rows asked of a model that learned the raw table
    const open = await trainTable(at('wheat.csv'), { label: 'variety', folds: 0, recipe, ...stop })
    await writeFile(at('open.onnx'), open.bytes)
    await predictTable(at('open.onnx'), at('queries.csv'), at('raw-answers.csv'), stop)

    const truth = Array.from(split.test, (r) => className(table, r))
    const decoded = await labelsIn(at('labels.csv'), 'variety')
    const hidden = await labelsIn(at('answers.csv'), 'label')
    const encoded = await readTable(at('encoded.csv'))
    return {
      truth,
      decoded,
      raw: await labelsIn(at('raw-answers.csv'), 'label'),
      example: {
        original: table.columns.map((c) => c[split.test[0]!]!),
        protected: encoded.columns.map((c) => c[0]!),
        answer: hidden[0]!,
        decoded: decoded[0]!,
        truth: truth[0]!,
      },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function csv(table: Table, rows: Int32Array, labelled: boolean): string {
  const { columns } = table.schema
  const names = [...columns.map((c) => c.name), ...(labelled ? ['variety'] : [])]
  const lines = Array.from(rows, (r) => [
    ...table.columns.map((c) => c[r]),
    ...(labelled ? [className(table, r)] : []),
  ])
  return csvText([names, ...lines])
}

function className(table: Table, row: number): string {
  const { label } = table.schema
  return label?.task === 'class' ? label.classes[table.label![row]!]! : ''
}

async function labelsIn(path: string, name: string): Promise<string[]> {
  const source = await openTable(path, { columns: { [name]: 'categorical' } })
  try {
    const at = source.schema.columns.findIndex((c) => c.kind === 'categorical')
    const column = source.schema.columns[at]
    const out: string[] = []
    for await (const chunk of source.chunks()) {
      for (const code of chunk.columns[at]!)
        out.push(column?.kind === 'categorical' ? column.categories[code]! : '')
    }
    return out
  } finally {
    source.close()
  }
}
