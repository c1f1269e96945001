// The service's inference: rows in, answers out, streamed. It does not know whether rows are protected.
// Source: ARCHITECTURE, "The round". Answers are `label` and, for classes, the probability of each.

import {
  createTableWriter,
  type OpenOptions,
  openTable,
  type WriterColumn,
  type WriterOptions,
} from '../data/index.ts'
import { FrostglassError } from '../errors.ts'
import { compile, tensor } from '../graph/index.ts'
import { loadOnnx } from '../graph/onnx/files.ts'
import { largest } from '../learn/index.ts'
import { answersManifestOf, readManifestIfAny } from '../protect/index.ts'
import { type ModelCard, readCard, schemaOfCard } from './card.ts'
import { featureCount, featuresOf } from './features.ts'

type Written = Parameters<NonNullable<WriterOptions['beside']>>[0]

export interface PredictOptions extends Pick<OpenOptions, 'missing' | 'header' | 'nullText'> {
  /** Whether an output may be replaced; default true. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (done: { readonly rows: number; readonly total: number | undefined }) => void
}

/**
 * Answers every row of a table. A model that learned from a protected table writes a manifest beside its answers, so
 * that they are decoded with the right key.
 * @param output .csv or .parquet; replaced if it exists, and only when all is well.
 * @throws FrostglassError `input` for a model that is none or rows that do not fit it (also rows encoded under another
 * key than the model's table), `io`, `aborted`. None leaves a partial output.
 */
export async function predictTable(
  modelPath: string,
  path: string,
  output: string,
  options: PredictOptions = {},
): Promise<{ readonly rows: number; readonly card: ModelCard; readonly warnings: readonly string[] }> {
  const { signal, onProgress, force = true, ...reading } = options
  const { graph, metadata } = await loadOnnx(modelPath)
  const card = readCard(metadata, modelPath)
  const manifest = await readManifestIfAny(path)
  if (manifest && card.keyFingerprint && manifest.keyFingerprint !== card.keyFingerprint) {
    throw new FrostglassError(
      'input',
      `${path} was encoded with the key ${manifest.keyFingerprint}, and ${modelPath} learned from a table protected with ${card.keyFingerprint}`,
      { hint: 'encode the queries with the key that the training table was protected with' },
    )
  }
  const source = await openTable(path, { ...reading, schema: schemaOfCard(card) })
  try {
    const program = await compile(graph, { dims: {} })
    const { keyFingerprint } = card
    const columns = columnsOf(card)
    const writer = await createTableWriter(output, columns, {
      inputs: [path, modelPath],
      force,
      ...(keyFingerprint
        ? {
            digest: true,
            beside: ({ rows, digest }: Written) =>
              answersManifestOf(output, keyFingerprint, {
                rows,
                columns: columns.length,
                label: card.label.task,
                digest: digest!,
              }).file,
          }
        : {}),
      ...(signal ? { signal } : {}),
    })
    try {
      let rows = 0
      const width = featureCount(source.schema.columns)
      for await (const chunk of source.chunks(signal ? { signal } : {})) {
        const x = featuresOf(source.schema.columns, chunk.columns, chunk.rows)
        const answers = Object.values(
          await program.run({ input: tensor(x, [chunk.rows, width], 'float64') }),
        )[0]!
        await writer.write(answerColumns(card, answers.data as ArrayLike<number>, chunk.rows))
        rows += chunk.rows
        onProgress?.({ rows, total: source.rows })
      }
      if (rows === 0)
        throw new FrostglassError('input', `${path} has no rows`, { hint: 'give at least one query' })
      await writer.finish()
      return { rows, card, warnings: source.warnings }
    } finally {
      await writer.abort()
      await program.close()
    }
  } finally {
    source.close()
  }
}

function columnsOf(card: ModelCard): WriterColumn[] {
  if (card.label.task === 'number') return [{ name: 'label', type: 'double' }]
  const { classes } = card.label
  return [
    { name: 'label', type: 'text', categories: classes },
    ...classes.map((name): WriterColumn => ({ name, type: 'double' })),
  ]
}

function answerColumns(card: ModelCard, answers: ArrayLike<number>, rows: number): ArrayLike<number>[] {
  if (card.label.task === 'number') return [answers]
  const width = card.label.classes.length
  const labels = Int32Array.from({ length: rows }, (_, r) => largest(answers, r * width, width))
  const shares = card.label.classes.map((_, j) =>
    Float64Array.from({ length: rows }, (_, r) => answers[r * width + j]!),
  )
  return [labels, ...shares]
}
