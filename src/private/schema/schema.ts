// A stated schema: what a table's columns may hold, said by its owner from what is known without the rows.
// Source: the definition of differential privacy: what is read off the rows and told without noise is not private.
// It cannot tell where a statement comes from: categories copied from the rows tell of them, whatever is done later.

import { z } from 'zod'
import { maximumCategories, nearestName } from '../../data/schema.ts'
import { FrostglassError } from '../../errors.ts'
import { parseJson, readJsonText } from '../../json.ts'

/** A column of numbers. */
export interface StatedNumber {
  readonly name: string
  readonly kind: 'number'
  /** Where its numbers are held to lie, ends included: the lower end below the upper. */
  readonly bounds: readonly [number, number]
  /** What a missing number counts as; half-way between the bounds unless stated. */
  readonly missing?: number | undefined
}

/** A column of texts, each one of few. */
export interface StatedCategory {
  readonly name: string
  readonly kind: 'category'
  /** The texts, without spaces around them. Their order is that of the model's inputs, or of its answers for a label. */
  readonly values: readonly string[]
}

/** One column. */
export type StatedColumn = StatedNumber | StatedCategory

/** The columns that may be used, a label among them. Columns of the file that are not stated are left aside. */
export interface StatedSchema {
  readonly columns: readonly StatedColumn[]
  /** Name of the file that the schema was drafted from, where `draftSchema` made it. */
  readonly draftedFrom?: string | undefined
}

const name = z.string().refine((text) => text.trim() === text && text !== '', {
  error: 'a name is not empty and has no spaces around it',
})

const numberColumn = z
  .strictObject({
    name,
    kind: z.literal('number'),
    bounds: z.tuple([z.number(), z.number()]),
    missing: z.number().optional(),
    // Of synthetic tables, and of no use here: a draft says it for them.
    whole: z.boolean().optional(),
    alone: z.array(z.number()).optional(),
  })
  .transform(({ whole: _, alone: __, ...column }) => column)
  .refine(({ bounds: [lower, upper] }) => upper / 2 - lower / 2 > 0, {
    error: 'bounds are a lower and an upper end',
    path: ['bounds'],
  })
  .refine(({ bounds: [lower, upper], missing = lower }) => missing >= lower && missing <= upper, {
    error: 'what a missing number counts as lies within the bounds',
    path: ['missing'],
  })

const categoryColumn = z.strictObject({
  name,
  kind: z.literal('category'),
  values: z
    .array(
      z.string().refine((text) => text.trim() === text && text !== '', {
        error: 'a value is not empty and has no spaces around it',
      }),
    )
    .min(1)
    .max(maximumCategories)
    .refine((values) => new Set(values).size === values.length, { error: 'a value stands twice' }),
})

const schemaShape = z.strictObject({
  columns: z
    .array(z.discriminatedUnion('kind', [numberColumn, categoryColumn]))
    .min(1)
    .refine((columns) => new Set(columns.map((c) => c.name.toLowerCase())).size === columns.length, {
      error: 'two columns have the same name (case aside)',
    }),
  draftedFrom: z.string().optional(),
})

/**
 * A value as a stated schema.
 * @param from where it is from, for messages
 * @throws FrostglassError `usage` saying what is wrong, and where
 */
export function requireSchema(value: unknown, from: string): StatedSchema {
  const { success, data, error } = schemaShape.safeParse(value)
  if (success) return data
  const [issue] = error.issues
  const place = (issue?.path ?? []).map(String).join('.')
  throw new FrostglassError(
    'usage',
    `${from}${place && ` at ${place}`}: ${issue?.message}`,
    'Write a schema such as {"columns": [{"name": "age", "kind": "number", "bounds": [0, 100]}, {"name": "sex", "kind": "category", "values": ["Female", "Male"]}]}.',
  )
}

/**
 * Reads a schema file.
 * @throws FrostglassError `input` for a file that cannot be read, `usage` for one that is no schema
 */
export async function readSchema(path: string): Promise<StatedSchema> {
  const file = {
    what: 'the schema',
    missing: 'Check the path.',
    code: 'usage',
    hint: 'See docs/reference/stated-columns.md, which shows a whole schema file.',
  } as const
  const value = parseJson(await readJsonText(path, file), path, file)
  return requireSchema(value, path)
}

/** What a training learns from, and what it learns. */
export interface Task {
  readonly columns: readonly StatedColumn[]
  readonly label: StatedColumn
}

const howToState =
  'State numbers by --bounds age=0:100, texts by --categories sex=Female,Male, or all columns in a file by --schema.'

/**
 * Chooses the label, and the columns to learn from: those named, or all that are stated.
 * @throws FrostglassError `usage` for what is not stated. No table is looked at.
 */
export function taskOf(schema: StatedSchema, labelName: string, wanted?: readonly string[]): Task {
  const named = (one: string) => schema.columns.find((column) => column.name === one)
  const label = named(labelName)
  if (label === undefined)
    throw new FrostglassError(
      'usage',
      `nothing is stated about ${labelName}, which is to be learned`,
      `Say which classes there are (--classes yes,no), or where its numbers lie (--bounds ${labelName}=0:100), from what is known without the rows.`,
    )
  if (label.kind === 'category' && label.values.length < 2)
    throw new FrostglassError(
      'usage',
      `${labelName} is stated to have one class only`,
      'State two or more: of one there is nothing to learn.',
    )
  if (wanted?.includes(labelName))
    throw new FrostglassError(
      'usage',
      `${labelName} is to be learned, not to be learned from`,
      'Leave it out of the columns.',
    )
  const twice = wanted?.find((one, i) => wanted.indexOf(one) !== i)
  if (twice !== undefined)
    throw new FrostglassError('usage', `the column ${twice} is named twice`, 'Name it once.')
  const unstated = wanted?.filter((one) => named(one) === undefined) ?? []
  if (unstated.length > 0) {
    const near = nearestName(
      unstated[0]!,
      schema.columns.map((column) => column.name),
    )
    throw new FrostglassError(
      'usage',
      `nothing is stated about ${unstated.join(', ')}`,
      near === undefined ? howToState : `Write ${near}, if that is meant. ${howToState}`,
    )
  }
  const columns = wanted
    ? wanted.map((one) => named(one) as StatedColumn)
    : schema.columns.filter((column) => column !== label)
  if (columns.length === 0)
    throw new FrostglassError(
      'usage',
      'private training learns from columns that are stated, and none is',
      howToState,
    )
  return { columns, label }
}

/** What may be stated about a table without a file. */
export interface Statement {
  /** A schema that was read from a file. */
  readonly schema?: StatedSchema | undefined
  readonly bounds?: Readonly<Record<string, { readonly lower: number; readonly upper: number }>> | undefined
  readonly categories?: Readonly<Record<string, readonly string[]>> | undefined
  /** The label's classes: a category like any other. */
  readonly classes?: readonly string[] | undefined
}

/**
 * One schema of a file and of what was said besides.
 * @throws FrostglassError `usage` for a column that is stated twice, or a statement that is none
 */
export function schemaOf(
  { schema, bounds = {}, categories = {}, classes }: Statement,
  label: string,
): StatedSchema {
  const columns: StatedColumn[] = [
    ...(schema?.columns ?? []),
    ...Object.entries(bounds).map(
      ([name, { lower, upper }]): StatedColumn => ({ name, kind: 'number', bounds: [lower, upper] }),
    ),
    ...Object.entries(categories).map(([name, values]): StatedColumn => ({ name, kind: 'category', values })),
    ...(classes ? [{ name: label, kind: 'category', values: classes } as const] : []),
  ]
  const twice = columns.find(
    ({ name }, i) => columns.findIndex((c) => c.name.toLowerCase() === name.toLowerCase()) < i,
  )
  if (twice !== undefined)
    throw new FrostglassError(
      'usage',
      `the column ${twice.name} is stated twice`,
      'State it once: in the schema file, or by --bounds, --categories or --classes.',
    )
  if (columns.length === 0) return { columns }
  return requireSchema({ columns, draftedFrom: schema?.draftedFrom }, 'what is stated')
}
