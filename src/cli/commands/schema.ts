// frostglass schema draft: a first schema file for private training, from a table whose rows are public.
// Source: src/private/schema.
// No logic of its own. What it writes tells of the rows that it read, and it says so.

import { writeFileAtomic } from '../../data/files.ts'
import { draftSchema, schemaText } from '../../private/schema/draft.ts'
import type { JsonOption } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'

export interface Options extends JsonOption {
  readonly out: string
  readonly categorical?: string[] | undefined
  readonly ignore?: string[] | undefined
  readonly nullText?: string[] | undefined
  readonly header?: boolean | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass schema draft` does. */
export async function draft(path: string, options: Options): Promise<void> {
  const { out, json, header, nullText, force } = options
  await requireDistinct(out, [path])
  await requireFree(out, force)
  const named = (names: readonly string[] = [], kind: 'categorical' | 'ignore') =>
    Object.fromEntries(names.map((name) => [name, kind]))
  const schema = await draftSchema(path, {
    header,
    nullText,
    columns: { ...named(options.categorical, 'categorical'), ...named(options.ignore, 'ignore') },
  })
  await writeFileAtomic(out, schemaText(schema), { mode: 0o644, force: force ?? false })
  const warnings = [
    `${out} tells of the rows of ${path}: smallest and largest numbers, rare texts. Use it only if they are public`,
  ]
  warn(json, warnings)
  print(
    json,
    { out, columns: schema.columns.length, warnings },
    () =>
      `wrote ${out} (${counted(schema.columns.length, 'column')}): correct bounds and categories by what is known`,
  )
}
