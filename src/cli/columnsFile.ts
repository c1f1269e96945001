// What an owner says of a table's columns, as a file to edit: what each is, and which are labels.
// Source: ours; `frostglass key preview --out` writes it, `key create --schema` reads it.
// It holds names of columns and nothing of the rows.

import { z } from 'zod'
import { readJsonFile } from '../json.ts'

const task = z.enum(['class', 'number']).optional()

const kind = z.union([
  z.enum(['numeric', 'categorical', 'ignore', 'id']),
  /** Texts of fewer rows than `rare` share one category, and so do those of later tables. */
  z.strictObject({ kind: z.literal('categorical'), rare: z.int().min(1) }),
])

/**
 * Every column but the labels, of which only those are here that are said to be of a kind; a column that is not named is left out,
 * with a warning. No z.record, which leaves out `__proto__`, a name as good as any.
 */
const columns = z
  .custom<Readonly<Record<string, unknown>>>(
    (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
  )
  .transform((given, context) => {
    const found = Object.entries(given).map(([name, said]) => [name, kind.safeParse(said)] as const)
    for (const [name, { success }] of found)
      if (!success) context.addIssue({ code: 'custom', path: [name], message: 'no kind of column' })
    return Object.fromEntries(found.flatMap(([name, { data }]) => (data === undefined ? [] : [[name, data]])))
  })

const columnsSchema = z.discriminatedUnion('version', [
  z.strictObject({
    format: z.literal('frostglass-columns'),
    version: z.literal(1),
    label: z.string().optional(),
    task,
    columns,
  }),
  /** Of several labels. */
  z.strictObject({
    format: z.literal('frostglass-columns'),
    version: z.literal(2),
    labels: z.array(z.strictObject({ name: z.string(), task })),
    columns,
  }),
])

/** A file of columns, as it is written. */
export type ColumnsFile = z.infer<typeof columnsSchema>

/** What a file of columns says. */
export interface SaidColumns {
  readonly labels: readonly { readonly name: string; readonly task?: 'class' | 'number' | undefined }[]
  readonly columns: z.infer<typeof columns>
}

/** @throws FrostglassError `input` for a file that is none, naming the field; `io` when it cannot be read */
export async function readColumnsFile(path: string): Promise<SaidColumns> {
  const data = await readJsonFile(path, columnsSchema, {
    what: 'the schema',
    missing: 'Check the path.',
    like: 'a schema of version 1 or 2',
    hint: 'Write "numeric", "categorical", "ignore" or "id" for each column; `frostglass key preview --out` writes such a file.',
  })
  if (data.version === 2) return data
  const { label: name, task } = data
  return { columns: data.columns, labels: name === undefined ? [] : [{ name, task }] }
}
