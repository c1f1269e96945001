// A synthetic table as a file, and its model beside it: both appear or neither does.
// Source: docs/architecture.md#errors-exits-files.
// Numbers are written as they were drawn: with more digits than the table had that it is like.

import { createTableWriter, type WriterColumn } from '../../data/index.ts'
import type { CutColumn } from './coding.ts'
import { type DrawnColumn, modelText, type SynthesisModel } from './model.ts'

/** Where the model of a table lies: beside it, under its name. */
export const modelPathOf = (out: string): string =>
  `${out.replace(/\.(csv|tsv|parquet)(\.gz)?$/i, '')}.synthesis.json`

function writerColumn({ column }: CutColumn): WriterColumn {
  const { name } = column
  if (column.kind === 'category') return { name, type: 'text', categories: column.values }
  if (column.empty) return { name, type: 'any-text' }
  return { name, type: column.whole ? 'integer' : 'double' }
}

/**
 * Writes drawn rows.
 * @param out .csv, .tsv (both also .gz) or .parquet
 * @param beside whether the model is written, too
 * @throws FrostglassError `usage` for a name of another kind, `io`, `aborted`; nothing is left then
 */
export async function writeSynthesis(
  out: string,
  model: SynthesisModel,
  table: readonly DrawnColumn[],
  { force, beside, signal }: { force: boolean; beside: boolean; signal?: AbortSignal | undefined },
): Promise<number> {
  const writer = await createTableWriter(out, model.columns.map(writerColumn), {
    force,
    signal,
    ...(beside
      ? { beside: () => ({ path: modelPathOf(out), bytes: Buffer.from(modelText(model)), mode: 0o644 }) }
      : {}),
  })
  try {
    await writer.write(
      table.map((values, place) => {
        const { column } = model.columns[place]!
        return column.kind === 'number' && column.empty
          ? Array.from(values, (x) => (Number.isNaN(x) ? '' : String(x)))
          : values
      }),
    )
    return await writer.finish()
  } finally {
    await writer.abort()
  }
}
