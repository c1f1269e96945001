// A code pane from data that are split: trained, cut into cells, merged to codes, written; the calibration rows stay sealed.
// Source: ours; PROOF.md, "Setting", says what has to be fixed before calibration: all of this.
// Attribute labels are used where λ or β ask for them, and for the prices; never calibration's, never attack-test's.

import type { Labels } from '../../data/images/imageSet.ts'
import { FrostglassError } from '../../errors.ts'
import { type Tensor, tensor } from '../../graph/index.ts'
import { scaleOf as columnScale } from '../../statistics/standard.ts'
import { sha256Of } from '../learned/classifier.ts'
import { cutCells } from './cells.ts'
import { type CodePrice, type Codes, chooseCodes, choosingTables, countCells } from './chooseCodes.ts'
import { type Codebook, writeCodebook } from './codebook.ts'
import { codeGraph, type FeatureScale } from './codeGraph.ts'
import { type CodePane, type CodePaneCard, openCodePane, writeCodePane } from './codePane.ts'
import { takeCodeRows, takeRows } from './codeRows.ts'
import { type CodeTrainingOptions, recipeFor } from './codeTraining.ts'
import { encodeRows } from './encodeRows.ts'
import type { FixedPane } from './sealedRows.ts'
import type { UnitSplit } from './splitUnits.ts'
import { trainCodePane } from './trainCodePane.ts'
import { unitsACode } from './verdict.ts'

/** Rows with what is asked of them and what is to stay hidden. */
export interface CodeData {
  /** Where they come from, in a word or two. */
  readonly name: string
  /** uint8 [rows, channels, height, width], or float64 [rows, features], as they are. */
  readonly x: Tensor
  /** The columns that features are of; see the card. */
  readonly columns?: CodePaneCard['columns'] | undefined
  readonly label: Labels
  /** Several attributes at once are one: its classes are the combinations. */
  readonly attribute: Labels
}

/** Options of {@link fitCodePane}. */
export interface CodeFitOptions extends Omit<CodeTrainingOptions, 'leak'> {
  /** λ of the leak penalty; 0, the default, needs none. */
  readonly lambda?: number | undefined
  readonly penalty?: 'kernel' | 'codes' | undefined
  /** How many codes; the number of labels by default. */
  readonly codes?: number | undefined
  /** β of merging; 1 by default. */
  readonly beta?: number | undefined
  /** Cells a label before merging; 32 for images, 64 for features by default. */
  readonly cells?: number | undefined
}

/** A pane and its codebook, fixed. */
export interface FittedCodePane {
  readonly pane: CodePane
  readonly codebook: Codebook
  /** What calibration rows are opened with. */
  readonly fixed: FixedPane
  readonly codes: Codes
  /** The price of other numbers of codes, from as many as labels on, doubling. */
  readonly prices: readonly CodePrice[]
}

/**
 * Trains, cuts and merges.
 * @throws FrostglassError as `trainCodePane`; `usage` for fewer codes than labels; `input` for names that do not fit
 */
export async function fitCodePane(
  data: CodeData,
  split: UnitSplit,
  options: CodeFitOptions = {},
): Promise<FittedCodePane> {
  const { lambda = 0, penalty = 'kernel', beta = 1, threads } = options
  const { label, attribute } = data
  const labels = label.names.length
  const wanted = options.codes ?? labels
  requireData(data, split.calibration.units, wanted)
  const scale = data.x.dtype === 'float64' ? scaleOf(data.x, split.train.rows) : undefined
  const learned = { x: scale ? scaled(data.x, scale) : data.x, labels: label.of }
  const pick = (of: Int32Array, rows: Int32Array) => Int32Array.from(rows, (row) => of[row]!)
  const rows = takeCodeRows(learned, split.train.rows)
  const leak = lambda > 0 ? leakOf(pick(attribute.of, split.train.rows), lambda, penalty) : undefined
  const trained = await trainCodePane(rows, labels, { ...options, leak })
  const encoded = await encodeRows(trained.network, trained.weights, rows, { threads })
  const seed = options.seed ?? 0
  const cut = options.cells ?? (data.x.shape.length === 4 ? 32 : 64)
  const cells = cutCells(encoded, labels, { cells: cut, seed })
  const labelOf = [...cells.labelOf]
  const card = cardOf(data, rows.labels.length, options, { leak: leak && { lambda, penalty } })
  const build = (codeOf: readonly number[], ofCode: readonly number[], merged: number | null) =>
    writeCodePane(codeGraph({ ...trained, scale }, cells, codeOf), {
      ...card,
      labelOf: [...ofCode],
      cells: labelOf.length,
      beta: merged,
    })

  // Cells are told by the graph that ships, so that what is counted is what is released.
  const fine = await openCodePane(build([...labelOf.keys()], labelOf, null), { threads })
  const count = async (of: Int32Array) =>
    countCells(
      await fine.release(takeRows(data.x, of)),
      labelOf.length,
      { of: pick(label.of, of), classes: labels },
      { of: pick(attribute.of, of), classes: attribute.names.length },
    )
  const [train, validation] = [await count(split.train.rows), await count(split.validation.rows)]
  await fine.close()
  const tables = choosingTables(labelOf, train, validation)
  // So that a code gets 50 calibration units, if these are as the others.
  const fewest = (50 * (split.train.rows.length + split.validation.rows.length)) / split.calibration.units
  const { codes, prices } = chooseCodes(tables, { codes: wanted, beta, fewest })
  const whole = codes.labelOf.length === labels
  const codebook: Codebook = {
    format: 'frostglass-codebook',
    version: 1,
    labels: [...label.names],
    codes: codes.labelOf.map((of, code) => ({ label: of, shares: sharesOf(codes.byLabel[code]!) })),
    codeOf: [...codes.codeOf],
    beta: whole ? null : beta,
    madeFrom: { train: split.train.sha256, validation: split.validation.sha256 },
  }
  const pane = await openCodePane(build(codes.codeOf, codes.labelOf, whole ? null : beta), { threads })
  return {
    pane,
    codebook,
    fixed: { pane: pane.sha256, codebook: sha256Of(writeCodebook(codebook)) },
    codes,
    prices,
  }
}

/** A constant feature has deviation 1. */
function scaleOf(x: Tensor, rows: Int32Array): FeatureScale {
  const width = x.shape[1]!
  const values = x.data as Float64Array
  const scales = Array.from({ length: width }, (_, j) =>
    columnScale(Float64Array.from(rows, (row) => values[row * width + j]!)),
  )
  return {
    mean: Float64Array.from(scales, ({ mean }) => mean),
    deviation: Float64Array.from(scales, ({ deviation }) => deviation),
  }
}

/** As the pane's graph has them. */
function scaled({ data, shape }: Tensor, { mean, deviation }: FeatureScale): Tensor {
  const width = mean.length
  return tensor(
    Float32Array.from(data as Float64Array, (v, i) => (v - mean[i % width]!) / deviation[i % width]!),
    shape,
  )
}

function requireData({ x, label, attribute }: CodeData, units: number, wanted: number): void {
  const rows = x.shape[0] ?? 0
  for (const [what, { of }] of Object.entries({ label, attribute })) {
    if (of.length === rows) continue
    throw new FrostglassError('shape', `there are ${rows} rows, but ${of.length} of the ${what}`)
  }
  if (wanted > Math.max(label.names.length, units / unitsACode)) {
    throw new FrostglassError(
      'usage',
      `${units} calibration units are too few for ${wanted} codes: ${unitsACode * wanted} are wanted`,
      `Ask for ${Math.max(label.names.length, Math.floor(units / unitsACode))} codes at most.`,
    )
  }
  if (wanted >= label.names.length) return
  throw new FrostglassError(
    'usage',
    `${wanted} codes cannot tell ${label.names.length} labels`,
    `Ask for ${label.names.length} or more.`,
  )
}

/** Attribute classes that training rows have, numbered anew: the penalty's prior has none of share 0. */
function leakOf(of: Int32Array, lambda: number, penalty: 'kernel' | 'codes') {
  const seen = [...new Set(of)].sort((a, b) => a - b)
  return { attribute: of.map((value) => seen.indexOf(value)), classes: seen.length, lambda, penalty }
}

const sharesOf = (counts: readonly number[]): number[] => {
  const all = counts.reduce((a, b) => a + b, 0)
  return counts.map((n) => n / all)
}

function cardOf(
  data: CodeData,
  rows: number,
  options: CodeFitOptions,
  { leak }: { leak: { lambda: number; penalty: 'kernel' | 'codes' } | undefined },
) {
  return {
    format: 'frostglass-code-pane' as const,
    version: 1 as const,
    input: data.x.shape.slice(1),
    columns: data.columns ?? null,
    labels: [...data.label.names],
    training: { data: data.name, rows, ...recipeFor(rows, options), leak: leak ?? null },
  }
}
