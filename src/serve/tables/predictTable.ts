// The service's inference: rows in, answers out, streamed. It does not know whether rows are protected.
// Source: docs/architecture.md#the-round-that-everything-serves. Answers are `label` (of a protected table's second label `label_2` …), and, for
// classes, the probability of each.

import { classColumnNames, renamedClasses } from '../../data/columnNames.ts'
import { identityOf, requireFreeName } from '../../data/identity.ts'
import {
  createTableWriter,
  openTable,
  type TableReading,
  type WriterColumn,
  type WriterOptions,
} from '../../data/index.ts'
import { requireApart } from '../../data/parquetParts.ts'
import { FrostglassError } from '../../errors.ts'
import { compile, tensor } from '../../graph/index.ts'
import { loadOnnx } from '../../graph/onnx/files.ts'
import { largest } from '../../learn/metrics.ts'
import type { Manifest } from '../../protect/index.ts'
import { isReleasedLabel } from '../../protect/keyed/labels.ts'
import { answersManifestOf, readManifestIfAny } from '../../protect/keyed/manifest.ts'
import { type ModelCard, readModelCard, schemaOfCard } from './card.ts'
import { featureCount, featuresOf } from './features.ts'

type Written = Parameters<NonNullable<WriterOptions['beside']>>[0]

export interface PredictOptions extends TableReading {
  /** The column that tells whose row is whose, to bring along; if absent, what the manifest of encoded queries says. */
  readonly id?: string | undefined
  /** Whether an output may be replaced; default true. */
  readonly force?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with the rows that are done, and all where they are known. */
  readonly onProgress?:
    | ((done: { readonly rows: number; readonly total: number | undefined }) => void)
    | undefined
}

/**
 * Answers every row of a table, in the column `label`; a model of a label that is named as those of protected tables are
 * (`label_2`, …) answers in a column of that name, so that it can be told which of the labels was answered. A model that learned from a protected table writes a manifest beside its answers, so
 * that they are decoded with the right key. An id column comes first, as it is; without one, where rows with missing
 * cells are dropped, the numbers of the rows do, as `row`.
 * @param output .csv, .tsv (both also .gz) or .parquet; replaced if it exists, and only when all is well.
 * @throws FrostglassError `input` for a model that is none or rows that do not fit it (also rows encoded under another
 * key than the model's table), `io`, `aborted`. None leaves a partial output.
 */
export async function predictTable(
  modelPath: string,
  path: string,
  output: string,
  options: PredictOptions = {},
): Promise<{ readonly rows: number; readonly card: ModelCard; readonly warnings: readonly string[] }> {
  const { signal, onProgress, force = true, id, ...reading } = options
  const { graph, metadata } = await loadOnnx(modelPath)
  const card = readModelCard(metadata, modelPath)
  const manifest = await readManifestIfAny(path)
  if (manifest && card.keyFingerprint && manifest.keyFingerprint !== card.keyFingerprint) {
    throw new FrostglassError(
      'input',
      `${path} was encoded with the key ${manifest.keyFingerprint}, and ${modelPath} learned from a table protected with ${card.keyFingerprint}`,
      'Encode the queries with the key that the training table was protected with.',
    )
  }
  const identity = identityOf({ id: id ?? manifest?.id, missing: reading.missing })
  const answer = answerName(card)
  requireFreeName(identity, [answer])
  const { carry, numbered } = identity
  const source = await openTable(path, {
    ...reading,
    signal,
    schema: schemaOfCard(card),
    carry,
    numbered,
  })
  try {
    requireApart(output, source)
    const program = await compile(graph, { dims: {} })
    const { keyFingerprint } = card
    const columns = [...identity.columns, ...columnsOf(card, identity.name)]
    const writer = await createTableWriter(output, columns, {
      inputs: [...source.files, modelPath],
      force,
      ...(keyFingerprint
        ? {
            digest: true,
            beside: ({ rows, digest }: Written) =>
              answersManifestOf(output, keyFingerprint, {
                rows,
                columns: columns.length,
                label: card.label.task,
                answered: answer === 'label' ? undefined : answer,
                id: identity.name,
                queries: manifest ? { rows: manifest.rows, sha256: manifest.parts[0]!.sha256 } : undefined,
                digest: digest!,
              }).file,
          }
        : {}),
      signal,
    })
    try {
      let rows = 0
      const width = featureCount(source.schema.columns)
      for await (const chunk of source.chunks(signal ? { signal } : {})) {
        const x = featuresOf(source.schema.columns, chunk.columns, chunk.rows)
        const answers = Object.values(
          await program.run({ input: tensor(x, [chunk.rows, width], 'float64') }),
        )[0]!
        const found = answerColumns(card, answers.data as ArrayLike<number>, chunk.rows)
        await writer.write([...identity.values(chunk), ...found])
        rows += chunk.rows
        onProgress?.({ rows, total: source.rows })
      }
      if (rows === 0)
        throw new FrostglassError('input', `${source.path} has no rows`, 'Give at least one query.')
      await writer.finish()
      const warnings = [
        ...source.warnings,
        ...doubts(card, manifest, modelPath, path),
        ...renamed(output, card, columns),
      ]
      return { rows, card, warnings }
    } finally {
      await writer.abort()
      await program.close()
    }
  } finally {
    source.close()
  }
}

/** What could not be checked, or will not be as its owner expects. */
function doubts(card: ModelCard, manifest: Manifest | undefined, model: string, path: string): string[] {
  if (manifest === undefined) {
    if (!card.keyFingerprint) return []
    return [
      `${path} has no manifest beside it: nothing tells whether it was encoded with the key ${card.keyFingerprint}, which ${model} learned under; queries of another key get answers that mean nothing`,
    ]
  }
  if (manifest.kind === 'protected-table')
    return [`${path} is a protected table: its rows, and so the answers, stand in a secret order`]
  if (card.keyFingerprint) return []
  return [
    `${model} does not say which key its table was protected with: nothing tells whether it fits ${path}, and no manifest goes with the answers`,
  ]
}

/** The column that the answers are in. */
const answerName = ({ label }: ModelCard): string => (isReleasedLabel(label.name) ? label.name : 'label')

function columnsOf(card: ModelCard, id: string | undefined): WriterColumn[] {
  const name = answerName(card)
  if (card.label.task === 'number') return [{ name, type: 'double' }]
  const { classes } = card.label
  return [
    { name, type: 'text', categories: classes },
    ...classColumnNames(classes, id === undefined ? [name] : [name, id]).map(
      (column): WriterColumn => ({ name: column, type: 'double' }),
    ),
  ]
}

function renamed(output: string, { label }: ModelCard, columns: readonly WriterColumn[]): readonly string[] {
  if (label.task === 'number') return []
  const names = columns.slice(-label.classes.length).map((column) => column.name)
  return renamedClasses(output, label.classes, names)
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
