// A code pane: written with its card into one ONNX file, opened again, used on rows.
// Source: ours; ONNX metadata for the card. The pane is public, and so is its codebook; a code says what it says.
// It holds no certificate: that is counted on units that nothing here was learned from.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { compile, type Program, readOnnx, sizeOf, type Tensor, writeOnnx } from '../../graph/index.ts'
import { loadOnnx } from '../../graph/onnx/files.ts'
import { rowsStayApart } from '../../graph/rowsApart.ts'
import { formatShape } from '../../graph/shape.ts'
import { readJson } from '../../json.ts'
import { heldProgram } from '../heldProgram.ts'
import { sha256Of } from '../learned/classifier.ts'
import { unitPixels } from '../learned/pane.ts'
import type { PublicPane } from '../standing.ts'
import { inputName } from './codeGraph.ts'

const count = z.int().min(0)
const cardSchema = z.strictObject({
  format: z.literal('frostglass-code-pane'),
  version: z.literal(1),
  /** Shape of one row: [channels, height, width] of an image in 0 … 1, or [features] as they are in the table. */
  input: z.array(z.int().min(1)).min(1).max(3),
  /** The columns that features are of, in order; a category is one feature for each of its texts. Null for images. */
  columns: z
    .array(z.strictObject({ name: z.string(), categories: z.array(z.string()).nullable() }))
    .nullable(),
  /** Names of the labels. */
  labels: z.array(z.string()).min(1),
  /** The label that each code stands for, by number: as many as there are codes. */
  labelOf: z.array(count).min(1),
  training: z.strictObject({
    data: z.string(),
    rows: count,
    epochs: count,
    batch: count,
    learningRate: z.number(),
    /** Of the noise on z while training. */
    deviation: z.number(),
    shift: count,
    seed: z.number(),
    /** λ of the leak penalty, and what it was computed on; null without one. */
    leak: z.strictObject({ lambda: z.number(), penalty: z.enum(['kernel', 'codes']) }).nullable(),
  }),
  /** Cells that the codes are groups of. */
  cells: count,
  /** What merging weighed the attribute by; null where labels are whole. */
  beta: z.number().nullable(),
})

/** What a code pane says of itself. It names no attribute: what it gives away is the certificate's to say. */
export type CodePaneCard = z.infer<typeof cardSchema>

/** A code pane, opened. */
export interface CodePane extends PublicPane {
  readonly scheme: 'code'
  readonly card: CodePaneCard
  readonly codes: number
  /** The file. */
  readonly onnx: Uint8Array
  /** Of the file; hexadecimal. */
  readonly sha256: string
  /**
   * The code of each row.
   * @param x images as bytes, uint8 [rows, channels, height, width], or features as float64 [rows, features]
   * @throws FrostglassError `shape` for rows that it does not take, `aborted`
   */
  release(x: Tensor, options?: { readonly signal?: AbortSignal | undefined }): Promise<Int32Array>
  /** Frees the program of the pane. */
  close(): Promise<void>
}

const cardKey = 'frostglass'
/** Rows that are run at once. */
const chunk = 1024

/** The bytes of a pane's file. */
export const writeCodePane = (g: Graph, card: CodePaneCard): Uint8Array =>
  writeOnnx(g, {
    description: 'A code pane. Public: it turns a row into one of few codes.',
    metadata: { [cardKey]: JSON.stringify(cardSchema.parse(card)) },
  })

/**
 * Opens a code pane from its file or the file's bytes.
 * @throws FrostglassError `input` when it is no ONNX model, cut short, or no code pane
 * @example const pane = await openCodePane('bundle/pane.onnx')
 */
export async function openCodePane(
  from: string | Uint8Array,
  options: { readonly threads?: number | undefined; readonly executor?: 'native' | 'plain' | undefined } = {},
): Promise<CodePane> {
  const file = typeof from === 'string' ? from : 'the pane'
  const model = typeof from === 'string' ? await loadOnnx(from) : readOnnx(from, { file })
  const onnx = typeof from === 'string' ? new Uint8Array(await readFile(from)) : from
  const card = cardOf(model.metadata, file)
  requireGraph(model.graph, card, file)
  requireRowsApart(model.graph, file)
  const { threads, executor = 'native' } = options
  const held = heldProgram(() => compile(model.graph, { executor, threads }))
  const release = async (x: Tensor, signal: AbortSignal | undefined, ready: () => Promise<Program>) => {
    requireRows(x, card)
    const running = await ready()
    const rows = x.shape[0]!
    const out = new Int32Array(rows)
    for (let start = 0; start < rows; start += chunk) {
      throwIfAborted(signal)
      const end = Math.min(rows, start + chunk)
      const { code } = await running.run({ [inputName(card.input)]: feedOf(x, start, end, card.input) })
      out.set(Int32Array.from(code!.data as ArrayLike<number | bigint>, Number), start)
    }
    return out
  }
  const sha256 = sha256Of(onnx)
  return Object.freeze({
    standing: 'public',
    scheme: 'code',
    fingerprint: sha256.slice(0, 32),
    card,
    codes: card.labelOf.length,
    onnx,
    sha256,
    release: (x, { signal } = {}) => held.inTurn((ready) => release(x, signal, ready)),
    close: held.close,
  } satisfies CodePane)
}

/** Whether an ONNX file's metadata say that it is a code pane. */
export function isCodePane(metadata: Readonly<Record<string, string>>): boolean {
  return /^\{"format":"frostglass-code-pane"/.test(metadata[cardKey] ?? '')
}

function feedOf(x: Tensor, start: number, end: number, input: readonly number[]): Tensor {
  const size = sizeOf(input)
  const shape = [end - start, ...input]
  if (x.dtype !== 'uint8')
    return { dtype: x.dtype, shape, data: (x.data as Float64Array).subarray(start * size, end * size) }
  const bytes = (x.data as Uint8Array).subarray(start * size, end * size)
  return { dtype: 'float32', shape, data: unitPixels(bytes) }
}

function cardOf(metadata: Readonly<Record<string, string>>, file: string): CodePaneCard {
  const text = Object.hasOwn(metadata, cardKey) ? metadata[cardKey] : undefined
  const hint = 'Give a pane that `frostglass obfuscate train --kind code` wrote.'
  if (text === undefined)
    throw new FrostglassError('input', `${file} is not a pane: its metadata have no '${cardKey}'`, hint)
  return Object.freeze(
    readJson(text, cardSchema, `${file}: its card`, { like: 'a code pane of version 1', hint }),
  )
}

/**
 * A code is of its row and of nothing else in the batch, nor of how many are in it: what is counted in batches is then what is
 * released alone.
 */
function requireRowsApart(g: Graph, file: string): void {
  if (rowsStayApart(g)) return
  throw new FrostglassError(
    'input',
    `${file}: its graph mixes the rows of a batch, or is not known to keep them apart, so that a row may have another code alone`,
    'Take the file as it was written.',
  )
}

function requireGraph(g: Graph, card: CodePaneCard, file: string): void {
  const [x] = g.inputs
  const y = g.outputs['code']
  const name = inputName(card.input)
  const fits =
    g.inputs.length === 1 &&
    x?.name === name &&
    `${x.shape.slice(1)}` === `${card.input}` &&
    y?.dtype === 'int64' &&
    y.shape.length === 1 &&
    card.labelOf.every((label) => label < card.labels.length)
  if (fits) return
  throw new FrostglassError(
    'input',
    `${file}: its graph is not the one of its card: ${name} [N, ${card.input.join(', ')}] to code [N]${x ? `, but ${x.name} ${formatShape(x.shape)}` : ''}`,
    'Take the file as it was written.',
  )
}

function requireRows(x: Tensor, { input }: CodePaneCard): void {
  const dtype = input.length === 3 ? 'uint8' : 'float64'
  if (x.dtype === dtype && `${x.shape.slice(1)}` === `${input}` && x.shape.length === input.length + 1) return
  throw new FrostglassError(
    'shape',
    `the rows are ${x.dtype} [${x.shape}], but the pane takes ${dtype} [rows, ${input}]`,
    'Give rows as the pane was trained on.',
  )
}
