// frostglass key create | show | export: the owner's secret key.

import { attacks, auditKey, type KeyAudit, metricOf } from '../../audit/index.ts'
import { fewestAudited } from '../../audit/tables/keyAudit.ts'
import { writeFileAtomic } from '../../data/files.ts'
import { idLikeColumns } from '../../data/idLike.ts'
import { openTable, type TableSource } from '../../data/index.ts'
import {
  createKey,
  describeKey,
  type Key,
  type KeyDescription,
  openKeyedPane,
  writeKeyFile,
} from '../../protect/index.ts'
import { keyActivation } from '../../protect/keyed/activations.ts'
import { percent } from '../../statistics/figures.ts'
import { type ColumnOptions, columnOptions, unnamedColumns } from '../columnOptions.ts'
import { type JsonOption, openKey, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, scientific, warn } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts'
import { progress } from '../progress.ts'
import { table } from '../textTable.ts'
import { idWarning } from './keyPreview.ts'

export interface CreateOptions extends ColumnOptions, ReadingOptions, PassphraseOptions, JsonOption {
  readonly layers: number
  /** As it was said: refused below, with the reason, where it is not invertible. */
  readonly activation: string
  readonly matrix?: 'bounded' | 'glorot' | 'blocks' | undefined
  readonly encoding: 'one-hot' | 'ordinal'
  readonly audit: 'quick' | 'full' | 'off'
  readonly out: string
  readonly unsealed?: boolean | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass key create` does. */
export async function create(path: string, options: CreateOptions, signal: AbortSignal): Promise<void> {
  const { name: chosen } = keyActivation(options.activation)
  await requireDistinct(options.out, [path, options.passphraseFile, options.schema])
  await requireFree(options.out, options.force)
  const { id, ...said } = await columnOptions(options)
  const source = await openTable(path, { ...readingOptions(options), ...said, signal })
  try {
    const seal = options.unsealed
      ? { unsealed: true as const }
      : { passphrase: await readPassphrase(options, true) }
    const bar = progress('fitting the layers', options.json)
    const { key, warnings } = await createKey(source, {
      layers: options.layers,
      activation: chosen,
      matrix: options.matrix,
      encoding: options.encoding,
      id,
      signal,
      onProgress: ({ rows, total }) => bar.update(rows, total ?? 0),
    }).finally(bar.stop)
    const audit = await audited(source, key, options, signal)
    await writeKeyFile(options.out, key, { ...seal, force: options.force ?? false })
    const ids = idLikeColumns(await source.summary(), source.schema.columns)
    const all = [
      ...source.warnings,
      ...unnamedColumns(options, source, said),
      ...ids.map(idWarning),
      ...warnings,
    ]
    if (options.unsealed) all.push(`${options.out} is not sealed: whoever reads it can undo the protection`)
    if (typeof audit === 'string') all.push(audit)
    warn(options.json, all)
    const description = describeKey(key)
    const measured = typeof audit === 'object' ? audit : undefined
    print(options.json, { key: options.out, ...description, audit: measured, warnings: all }, () =>
      [`wrote ${options.out}`, shown(description), ...(measured ? [cost(measured)] : [])].join('\n'),
    )
  } finally {
    source.close()
  }
}

/** Features up to which a quick audit ends in seconds: what correlation alone would tell takes their cube. */
const quickFeatures = 600

/** What the key is worth on its own table; a warning where that cannot be measured. */
async function audited(
  source: TableSource,
  key: Key,
  options: CreateOptions,
  signal: AbortSignal,
): Promise<KeyAudit | string | undefined> {
  if (options.audit === 'off') return undefined
  if ((source.rows ?? 0) < fewestAudited) {
    return `a table of ${counted(source.rows ?? 0, 'row')} is too small to measure what known rows give away`
  }
  const features = source.schema.columns.reduce(
    (n, c) => n + (c.kind === 'numeric' || options.encoding === 'ordinal' ? 1 : c.categories.length),
    0,
  )
  if (options.audit === 'quick' && features > quickFeatures) {
    return `${counted(features, 'feature')} are too many to measure quickly what known rows give away: nothing was measured (--audit full measures it, and takes long)`
  }
  const bar = progress('attacking the key', options.json)
  return auditKey(source, key, attacks, {
    effort: options.audit,
    seed: 0,
    signal,
    onProgress: bar.update,
  }).finally(bar.stop)
}

function cost({ cost: { half, tried, rows, chance, points }, blind, ...audit }: KeyAudit): string {
  const sample =
    rows < audit.rows ? `${rows.toLocaleString('en')} of ${counted(audit.rows, 'row')}` : 'all rows'
  const lines = [
    '',
    `What a leak gives away, measured (${audit.effort}, ${sample}, ${audit.seconds.toFixed(0)} s):`,
    half
      ? `  who knows ${half.known} of the rows recovers ${percent(half.share)} of all other cells (${half.title.toLowerCase()})`
      : `  who knows ${tried} of the rows recovers ${percent(points.at(-1)?.cells5 ?? 0)} of all other cells, and with fewer less`,
    `  to within 5% of a column’s range; a guess without the protected table hits ${percent(chance)}`,
  ]
  if (blind) {
    const { value } = metricOf(blind, 'cells5')
    lines.push(`  who knows no row: ${percent(value)} (${blind.title.toLowerCase()})`)
  }
  lines.push(
    `The paper asks for as many unknowns in the key as there are rows: ${counted(audit.paperLayers, 'layer')}. A row gives an equation`,
    `a column, though, which would take ${audit.countedLayers.toLocaleString('en')}; and attacks do not count equations. The whole report: frostglass audit`,
  )
  return lines.join('\n')
}

/** What `frostglass key show` does. */
export async function show(path: string, options: PassphraseOptions & JsonOption): Promise<void> {
  const description = describeKey(await openKey(path, options))
  print(options.json, description, () => shown(description))
}

export interface ExportOptions extends PassphraseOptions, JsonOption {
  readonly out: string
  readonly force?: boolean | undefined
}

/** What `frostglass key export` does. */
export async function exportPane(path: string, options: ExportOptions): Promise<void> {
  requireOnnx(options.out, 'pane.onnx')
  await requireDistinct(options.out, [path, options.passphraseFile])
  await requireFree(options.out, options.force)
  const pane = openKeyedPane(await openKey(path, options))
  try {
    await writeFileAtomic(options.out, pane.toOnnx(), { mode: 0o600, force: options.force ?? false })
  } finally {
    await pane.close()
  }
  warn(options.json, [`${options.out} holds the key’s matrices: it is as secret as the key`])
  print(
    options.json,
    { pane: options.out, fingerprint: pane.fingerprint, secret: true },
    () => `wrote ${options.out}`,
  )
}

function shown(d: KeyDescription): string {
  const { parameters: p } = d
  const labels = [{ task: d.label, classes: d.classes }, ...(d.moreLabels ?? [])]
  return table(
    ['key', d.fingerprint],
    [
      ['made', d.created],
      ['layers', `${p.layers} × ${p.activation}, ${p.matrix} matrices`],
      ['columns', `${d.numericColumns} numeric, ${d.categoricalColumns} categorical (${p.encoding})`],
      ...labels.map(({ task, classes }, place) => [
        place === 0 ? 'label' : `label_${place + 1}`,
        task === 'class' ? `class, ${classes} of them` : task,
      ]),
      ...(d.carriesId ? [['id', 'a column that encode brings along']] : []),
      ['round-trip error', `${scientific(d.roundTripError)} of a column’s range`],
    ],
  )
}
