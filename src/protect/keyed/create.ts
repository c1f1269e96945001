// Makes a key for a table: draws the secret, fits the layers' scales, measures the round trip, and refuses bad ones.
// Source: docs/architecture.md#the-keyed-protection.
// Everything but the secret follows from the table, the options and the secret: the same three give the same key.

import { identityOf, requireFreeName } from '../../data/identity.ts'
import type { NumericProfile, Profile } from '../../data/profile.ts'
import { labelsOf } from '../../data/schema.ts'
import type { TableSource } from '../../data/table.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { drawSecret } from '../../secret/index.ts'
import type { KeyActivationName } from './activationNames.ts'
import { keyActivation } from './activations.ts'
import { attributesOf } from './attributes.ts'
import { denseLimit } from './blockMatrix.ts'
import { triedBuckets } from './buckets.ts'
import { type Block, calibrate } from './calibrate.ts'
import { requireExact } from './exact.ts'
import { fingerprintOf, type Key, keyFrom, toHex } from './key.ts'
import { releasedLabel, targetSnap } from './labels.ts'
import { stackOf } from './layers.ts'
import { protectedNames } from './pane.ts'
import { rowsOfBlock } from './program.ts'
import { measureRoundTrip, requireRoundTrip } from './roundTrip.ts'
import { type KeyColumn, type KeyLabel, type KeyRecord, keyLabels } from './schema.ts'
import { snapOf } from './snap.ts'

/** What the owner may choose. */
export interface KeyOptions {
  /** Layers of matrix, bias and activation; 3 if absent. */
  readonly layers?: number | undefined
  /** `tanh` if absent. */
  readonly activation?: KeyActivationName | undefined
  /**
   * `bounded`: dense, condition number at most 10. `blocks`: products of sparse factors, with the same bound, which fall
   * to fewer known rows. `glorot` is the paper's: uniform weights, no bias. If absent, `bounded` for up to 512 features,
   * and `blocks` beyond: the time of a dense matrix grows with their cube.
   */
  readonly matrix?: 'bounded' | 'glorot' | 'blocks' | undefined
  /**
   * How a categorical attribute becomes numbers. `one-hot` if absent: a model sees categories as such, at the price of
   * a column for each. `ordinal`: one column, categories evenly spaced in a secret order.
   */
  readonly encoding?: 'one-hot' | 'ordinal' | undefined
  /** A column of the table that tells whose row it is, and is not in the source's schema: `encodeTable` brings it along. */
  readonly id?: string | undefined
  /** 32 bytes instead of fresh random ones: for tests and repeatable experiments. */
  readonly secret?: Uint8Array | undefined
  /** Time of creation instead of now. */
  readonly created?: Date | undefined
  readonly signal?: AbortSignal | undefined
  /** The table is read once a layer and once more; rows count each time. */
  readonly onProgress?:
    | ((done: { readonly rows: number; readonly total: number | undefined }) => void)
    | undefined
}

/** A new key, and what its owner should know about it. */
export interface NewKey {
  readonly key: Key
  /** Constant columns, and the like. Names columns: for the owner's eyes. */
  readonly warnings: readonly string[]
  /** Largest error of the round trip in each column, relative to its range. */
  readonly roundTrip: Float64Array
}

/**
 * Reads the table once a layer and once more to measure.
 * @throws FrostglassError `usage` for options that do not fit, for an id that would be taken for another column, and for a key that would lose more than 1e-6 of a
 * column's range; `input` for a table that cannot be read or scaled; `aborted`.
 * @example const { key } = await createKey(await openTable('wheat.csv', { label: 'variety' }), { layers: 3 })
 */
export async function createKey(source: TableSource, options: KeyOptions = {}): Promise<NewKey> {
  const { layers = 3, encoding = 'one-hot' } = options
  const chosen = keyActivation(options.activation ?? 'tanh')
  if (!Number.isInteger(layers) || layers < 1 || layers > 64) {
    throw new FrostglassError('usage', `a key has 1 to 64 layers, but ${layers} came`, 'Take 3.')
  }
  const secret = options.secret ?? drawSecret()
  const profile = await source.summary()
  const columns = columnsOf(source, profile)
  const { filled } = source.schema
  const features = attributesOf(columns, encoding, secret).count
  const { id } = options
  if (id !== undefined) requireId(id, source, features)
  const matrix = options.matrix ?? (features > denseLimit ? 'blocks' : 'bounded')
  const size = rowsOfBlock(features)
  const parameters = { layers, activation: chosen.name, matrix, encoding, filled }
  const draft = { columns, parameters, calibration: [] }
  const { signal, onProgress } = options
  const passes = matrix === 'glorot' ? 1 : layers + 1
  const total = source.rows === undefined ? undefined : passes * source.rows
  let rows = 0
  let only: Block | undefined
  async function* blocks() {
    let count = 0
    let last: Block | undefined
    for await (const block of only ? [only] : source.chunks({ size, signal })) {
      throwIfAborted(signal)
      yield block
      count++
      last = block
      rows += block.rows
      onProgress?.({ rows, total })
    }
    // A table of one block stays in memory: reading is most of the time of a wide one.
    if (count === 1) only = last
    const tried = last && triedBuckets(columns, last, size)
    if (tried) yield tried
  }
  throwIfAborted(signal)
  const { calibration, matrices } = await calibrate(draft, secret, blocks)
  const stack = stackOf({ ...draft, calibration }, secret, matrices)
  const found = await measureRoundTrip(stack, columns.length, blocks)
  requireRoundTrip(found, stack, columns[found.worst.column]!.name)
  const labels = keyLabelsOf(source, profile)
  requireExact(columns, labels, profile, found.worst.error)
  const [label = null, ...moreLabels] = labels
  const record: Omit<KeyRecord, 'fingerprint'> = {
    format: 'frostglass-key',
    version: moreLabels.length > 0 ? 3 : 2,
    created: (options.created ?? new Date()).toISOString(),
    secret: toHex(secret),
    parameters,
    columns,
    label,
    moreLabels: moreLabels.length > 0 ? moreLabels : undefined,
    writing: Object.values(source.writing).every((said) => said === undefined)
      ? undefined
      : { ...source.writing },
    id,
    calibration,
    roundTripError: found.worst.error,
  }
  const wide = options.matrix === undefined && matrix === 'blocks' ? [sparse(features)] : []
  const key = keyFrom({ ...record, fingerprint: fingerprintOf(record) })
  const warnings = [
    ...warningsOf(columns, keyLabels(record), found.worst.error),
    ...columns.flatMap((column, j) => typeLost(column, profile, j)),
    ...wide,
  ]
  return { key, warnings, roundTrip: found.columns }
}

/**
 * Why no key of this table could be made, whatever its secret and its layers: too many categories for the encoding, or numbers that none
 * could give back. Undefined says nothing: what layers lose is known once they are fitted.
 */
export async function certainRefusal(
  source: TableSource,
  encoding: 'one-hot' | 'ordinal' = 'one-hot',
): Promise<string | undefined> {
  const profile = await source.summary()
  try {
    const columns = columnsOf(source, profile)
    attributesOf(columns, encoding, new Uint8Array(32))
    requireExact(columns, keyLabelsOf(source, profile), profile, 0)
    return undefined
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`
  }
}

/**
 * An id stands beside protected columns, and beside answers: what it could be taken for is refused now, not when rows are asked.
 * @throws FrostglassError `usage`
 */
function requireId(id: string, { schema }: TableSource, features: number): void {
  const labels = labelsOf(schema)
  if ([...schema.columns, ...labels].some(({ name }) => name === id))
    throw new FrostglassError(
      'usage',
      `the id column ${id} is learned from as well`,
      'Open the table without it.',
    )
  const taken = labels.flatMap((label, place) => [
    label.name,
    releasedLabel(place),
    ...(label.task === 'class' ? label.classes.map((_, code) => `c${code}`) : []),
  ])
  requireFreeName(identityOf({ id }), [...protectedNames(features), 'label', ...taken])
}

function columnsOf(source: TableSource, profile: Profile): KeyColumn[] {
  return source.schema.columns.map((column, j): KeyColumn => {
    const written = formOf(profile, j)
    if (column.kind === 'categorical') {
      // What a bucket comes back as is text, whatever the type was.
      const form = column.other === undefined ? written : {}
      return { ...column, categories: [...column.categories], ...form }
    }
    const { min, max } = profile.columns[j] as NumericProfile
    return { ...column, minimum: min, maximum: max, ...written }
  })
}

function keyLabelsOf(source: TableSource, profile: Profile): KeyLabel[] {
  return labelsOf(source.schema).map((label, i) => {
    const at = source.schema.columns.length + i
    const written = formOf(profile, at)
    if (label.task === 'class') return { ...label, classes: [...label.classes], ...written }
    const { min, max } = profile.columns[at] as NumericProfile
    return { ...label, minimum: min, maximum: max, ...written }
  })
}

function sparse(features: number): string {
  return `${features} features are many: the layers are products of sparse matrices, which fall to fewer known rows than dense ones (--matrix bounded, which takes long)`
}

/** What to say of a type that does not come back to Parquet. */
function typeLost(column: KeyColumn, profile: Profile, index: number): string[] {
  const type = profile.columns[index]!.form?.type
  if (column.kind === 'numeric' || column.other === undefined || type === undefined) return []
  return [
    `column '${column.name}' comes back to Parquet as VARCHAR and not as ${type}, for a bucket is a text`,
  ]
}

/** A copy, since the schema is the source's. */
function formOf(profile: Profile, index: number) {
  const { form } = profile.columns[index]!
  return form === undefined ? {} : { form: { ...form } }
}

function warningsOf(columns: readonly KeyColumn[], labels: readonly KeyLabel[], error: number): string[] {
  const numbers = columns.filter((column) => column.kind === 'numeric')
  const constant = numbers.filter(({ minimum, maximum }) => minimum === maximum)
  const features = numbers.map((column) => ({ column, snap: snapOf(column, error) }))
  const targets = labels.flatMap((label) =>
    label.task === 'number' ? [{ column: label, snap: targetSnap(label).snap }] : [],
  )
  // Without a form nothing is known of digits, and protecting will tell.
  const coarse = [...features, ...targets].filter(
    ({ column: { form }, snap }) => form !== undefined && form.type !== 'FLOAT' && !snap.exact,
  )
  return [
    ...constant.map(
      ({ name }) => `column '${name}' has one value only: it is hidden as 0 and restored as that value`,
    ),
    ...coarse.map(
      ({ column: { name }, snap: { tolerance } }) =>
        `column '${name}' has numbers with more digits than come back: restored, they may be off by ${tolerance.toPrecision(1)}`,
    ),
  ]
}
