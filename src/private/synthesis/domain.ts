// What the columns of a synthetic table may hold, stated without the rows: a stated schema, and how numbers are cut into bins.
// Source: docs/reference/stated-columns.md; PROOF.md, section 1: a cell's code is a function of the cell and of this alone.
// It cannot tell where a statement comes from: bounds or categories copied from the rows tell of them.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { parseJson, readJsonText } from '../../json.ts'
import { requireSchema, type StatedCategory, type StatedNumber, type StatedSchema } from '../schema/schema.ts'

/** A column of numbers, cut into bins; rows of a bin are drawn evenly over it. */
export interface BinnedNumber extends StatedNumber {
  /** Bins, 1 to 1000; 16 unless given, and each whole number its own where there are no more of them. */
  readonly bins?: number | undefined
  /** Whether all its numbers are whole. */
  readonly whole?: boolean | undefined
  /** Numbers that many rows have, such as 0: each a bin of its own. */
  readonly alone?: readonly number[] | undefined
  /** A cell that is no number stays empty; else it counts as `missing`. */
  readonly empty?: boolean | undefined
  /** Where bins end: evenly between the bounds (unless given), or where private quantiles lie, which are paid for. */
  readonly edges?: 'even' | 'private' | undefined
}

/** A column of texts, each one of few. */
export interface KnownCategory extends StatedCategory {
  /** Which of the values any other text, and a missing one, counts as; without it such a cell counts as none. */
  readonly other?: string | undefined
}

/** One column. */
export type SynthesisColumn = BinnedNumber | KnownCategory

/** The columns of a synthetic table, in their order. */
export interface SynthesisSchema {
  readonly columns: readonly SynthesisColumn[]
  readonly draftedFrom?: string | undefined
}

const more = z.looseObject({
  bins: z.int().min(1).max(1000).optional(),
  whole: z.boolean().optional(),
  alone: z.array(z.number()).max(100).optional(),
  empty: z.boolean().optional(),
  edges: z.enum(['even', 'private']).optional(),
  other: z.string().optional(),
})

/** What a stated schema of training does not have. */
const own = ['bins', 'whole', 'alone', 'empty', 'edges', 'other'] as const

/**
 * A value as what a synthetic table may hold: a stated schema, each column of which may say more.
 * @throws FrostglassError `usage` saying what is wrong, and in which column
 */
export function requireSynthesisSchema(value: unknown, from: string): SynthesisSchema {
  const listed = z.looseObject({ columns: z.array(z.looseObject({})).min(1).max(200) }).safeParse(value)
  if (!listed.success) return { columns: requireSchema(value, from).columns }
  const plain = listed.data.columns.map((column) =>
    Object.fromEntries(Object.entries(column).filter(([key]) => !own.includes(key as never))),
  )
  const schema: StatedSchema = requireSchema({ ...listed.data, columns: plain }, from)
  const columns = schema.columns.map((column, i): SynthesisColumn => {
    const { success, data, error } = more.safeParse(listed.data.columns[i])
    if (!success) throw wrong(from, column.name, error.issues[0]?.message ?? 'not understood')
    const said = Object.fromEntries(
      own.filter((key) => data[key] !== undefined).map((key) => [key, data[key]]),
    )
    const whole = { ...column, ...said } as SynthesisColumn
    requireColumn(whole, from)
    return whole
  })
  return { columns, draftedFrom: schema.draftedFrom }
}

function requireColumn(column: SynthesisColumn, from: string): void {
  const say = (what: string) => wrong(from, column.name, what)
  if (column.kind === 'category') {
    const odd = own.find((key) => key !== 'other' && key in column)
    if (odd !== undefined) throw say(`${odd} is said of numbers`)
    if (column.other !== undefined && !column.values.includes(column.other))
      throw say(`other is ${column.other}, which is none of its values`)
    return
  }
  if ('other' in column) throw say('other is said of texts')
  const [lower, upper] = column.bounds
  const { whole = false, alone = [] } = column
  if (alone.some((x) => x < lower || x > upper)) throw say('numbers that stand alone lie within the bounds')
  if (new Set(alone).size < alone.length) throw say('a number stands alone once')
  if (!whole) return
  if (![lower, upper, ...alone].every(Number.isSafeInteger))
    throw say('of whole numbers the bounds, and those that stand alone, are whole')
  if (!Number.isSafeInteger(upper - lower + 1))
    throw say('there are at most 2^53 − 1 whole numbers between the bounds')
}

const wrong = (from: string, column: string, what: string): FrostglassError =>
  new FrostglassError(
    'usage',
    `${from}, column ${column}: ${what}`,
    'See docs/synthesis.md, which shows a whole file of columns.',
  )

/**
 * Reads a file of columns: one that `frostglass schema draft` wrote will do.
 * @throws FrostglassError `input` for a file that cannot be read, `usage` for one that states nothing
 */
export async function readSynthesisSchema(path: string): Promise<SynthesisSchema> {
  const file = {
    what: 'the file of columns',
    missing: 'Check the path.',
    code: 'usage',
    hint: 'See docs/synthesis.md, which shows a whole file of columns.',
  } as const
  return requireSynthesisSchema(parseJson(await readJsonText(path, file), path, file), path)
}
