// frostglass schema draft: a first schema file for private training, from a table whose rows are public.
// Source: src/private/schema.
// No logic of its own. What it writes tells of the rows that it read, and it says so.

import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { draftSchema, schemaText } from '../../private/schema/draft.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'

export interface Options extends JsonOption, Omit<ReadingOptions, 'missing'> {
  readonly out: string
  readonly categorical?: string[] | undefined
  readonly ignore?: string[] | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass schema draft` does. */
export async function draft(path: string, options: Options): Promise<void> {
  const { out, json, force } = options
  if (path === '-')
    throw new FrostglassError(
      'usage',
      'a draft reads its table twice, and standard input can be read once',
      'Save the table as a file first.',
    )
  await requireDistinct(out, [path])
  await requireFree(out, force)
  const named = (names: readonly string[] = [], kind: 'categorical' | 'ignore') =>
    Object.fromEntries(names.map((name) => [name, kind]))
  const schema = await draftSchema(path, {
    ...readingOptions(options),
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
