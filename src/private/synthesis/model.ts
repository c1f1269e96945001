// A synthesis as a file: what was stated, what was spent, and the conditionals that rows are drawn from, as often as one likes.
// Source: post-processing (Dwork and Roth 2014, proposition 2.1): what is drawn from a private model costs nothing more.
// It holds no row, and no count without noise.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { parseJson, readJsonText } from '../../json.ts'
import type { Turn } from '../../learn/pauses.ts'
import type { RandomSource } from '../../random/source.ts'
import type { SynthesisRelease } from './account.ts'
import { type CutColumn, codesOf, numberDrawer } from './coding.ts'
import { requireSynthesisSchema } from './domain.ts'
import { cellsOf } from './graphical/factor.ts'
import type { Conditional } from './graphical/network.ts'
import { sampleRows } from './sample.ts'

/** A private model of a table. */
export interface SynthesisModel {
  readonly columns: readonly CutColumn[]
  readonly network: readonly Conditional[]
  /** About how many rows the table had: a noisy number. */
  readonly rows: number
  readonly method: 'tree' | 'adaptive'
  readonly spent: { readonly epsilon: number; readonly delta: number; readonly rho: number }
  readonly releases: readonly SynthesisRelease[]
}

/** Drawn rows, a column after the other: numbers (NaN for an empty cell), or codes of a category's values. */
export type DrawnColumn = Float64Array | Int32Array

/** Draws rows from a model, at no price. @throws FrostglassError `aborted` */
export async function drawRows(
  { columns, network }: SynthesisModel,
  rows: number,
  random: RandomSource,
  turn?: Turn,
): Promise<DrawnColumn[]> {
  const codes = await sampleRows(network, columns.map(codesOf), rows, random, turn)
  const drawn: DrawnColumn[] = []
  for (const [place, coded] of columns.entries()) {
    await turn?.()
    const column = codes[place]!
    drawn.push(
      coded.column.kind === 'category' ? column : Float64Array.from(column, numberDrawer(coded, random)),
    )
  }
  return drawn
}

const format = 'frostglass-synthesis'

/** A model as JSON, a conditional a line. Expected counts have six digits: far more than noise leaves. */
export function modelText(model: SynthesisModel): string {
  const { columns, network, ...rest } = model
  const head = JSON.stringify({ format, version: 1, ...rest, columns }, undefined, 1)
  const lines = network.map(({ column, parents, expected }) =>
    JSON.stringify({ column, parents, expected: Array.from(expected, (x) => Number(x.toPrecision(6))) }),
  )
  return `${head.slice(0, -2)},\n "network": [\n  ${lines.join(',\n  ')}\n ]\n}\n`
}

const shape = z.object({
  format: z.literal(format),
  version: z.literal(1),
  rows: z.int().min(0),
  method: z.enum(['tree', 'adaptive']),
  spent: z.object({ epsilon: z.number(), delta: z.number(), rho: z.number() }),
  releases: z.array(
    z.object({
      what: z.string(),
      rho: z.number(),
      sigma: z.number().optional(),
      counts: z.number().optional(),
    }),
  ),
  columns: z.array(z.object({ column: z.unknown(), edges: z.array(z.number()).min(2).optional() })).min(1),
  network: z.array(
    z.object({
      column: z.int().min(0),
      parents: z.array(z.int().min(0)),
      expected: z.array(z.number().min(0)),
    }),
  ),
})

/**
 * Reads a model's file.
 * @throws FrostglassError `input` for a file that cannot be read, or is no such model
 */
export async function readModel(path: string): Promise<SynthesisModel> {
  const file = {
    what: 'the model',
    missing: 'Check the path.',
    code: 'input',
    hint: 'Give the .synthesis.json that frostglass synthesize wrote beside a table.',
  } as const
  const { success, data } = shape.safeParse(parseJson(await readJsonText(path, file), path, file))
  if (!success) throw notModel(path, 'it has not the form of one')
  const schema = requireSynthesisSchema({ columns: data.columns.map(({ column }) => column) }, path)
  const columns = schema.columns.map((column, i): CutColumn => {
    const { edges } = data.columns[i]!
    const ascending = edges?.every((edge, k) => k === 0 || edge > edges[k - 1]!) ?? false
    if (column.kind === 'number' && !ascending) throw notModel(path, `the bins of ${column.name} are none`)
    return column.kind === 'number' ? { column, edges } : { column }
  })
  const network = data.network.map((one) => ({ ...one, expected: Float64Array.from(one.expected) }))
  requireNetwork(path, network, columns.map(codesOf))
  return { ...data, columns, network }
}

function requireNetwork(path: string, network: readonly Conditional[], sizes: readonly number[]): void {
  const done = new Set<number>()
  for (const { column, parents, expected } of network) {
    const fits =
      column < sizes.length &&
      !done.has(column) &&
      parents.every((parent) => done.has(parent)) &&
      expected.length === cellsOf(parents, sizes) * sizes[column]!
    if (!fits) throw notModel(path, 'its columns do not hang together')
    done.add(column)
  }
  if (done.size < sizes.length) throw notModel(path, 'a column is missing')
}

const notModel = (path: string, why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `${path} is no model of a synthesis: ${why}`,
    'Give the .synthesis.json that frostglass synthesize wrote beside a table.',
  )
