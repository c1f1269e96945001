// A key as a value: what may be shown is on it, what may not is kept beside it and cannot be printed or serialised.
// Source: docs/architecture.md#the-keyed-protection.
// It does not defend against code in the same process, which can call recordOf.

import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { FrostglassError } from '../../errors.ts'
import { subkey } from '../../secret/index.ts'
import type { SecretPane } from '../standing.ts'
import { type KeyParameters, type KeyRecord, keyRecordSchema } from './schema.ts'

/** What may be shown of a key: no secret, no minimum or maximum, no name of a column, category or class. */
export interface KeyDescription {
  readonly scheme: 'keyed'
  readonly version: 1 | 2 | 3
  readonly fingerprint: string
  /** When it was made, ISO 8601. */
  readonly created: string
  readonly parameters: Readonly<KeyParameters>
  readonly numericColumns: number
  readonly categoricalColumns: number
  readonly constantColumns: number
  /** Whether the key names a column that tells whose row it is. */
  readonly carriesId: boolean
  readonly label: 'class' | 'number' | 'none'
  /** Number of classes; 0 unless the label is a class. */
  readonly classes: number
  /** The same of labels beside the first, in the order in which they leave (`label_2`, …); absent where there is none. */
  readonly moreLabels?: readonly { readonly task: 'class' | 'number'; readonly classes: number }[] | undefined
  /** Largest error of restore(protect(x)) on the table that it was made from, relative to the column's range. */
  readonly roundTripError: number
}

/** The owner's key. Its secrets are not properties of it; turning it into JSON throws. */
export interface Key extends SecretPane {
  readonly scheme: 'keyed'
  readonly description: KeyDescription
  /** @throws FrostglassError `key`, always: a key is written by `writeKeyFile` alone. */
  toJSON(): never
}

const records = new WeakMap<Key, KeyRecord>()

/**
 * The key of a record: checks its form and that its fingerprint belongs to its contents.
 * @param where what to call it in errors: a path.
 * @throws FrostglassError `key` when the record is none, of another version, or was changed.
 */
export function keyFrom(record: unknown, where = 'the key'): Key {
  const parsed = keyRecordSchema.safeParse(record)
  if (!parsed.success) {
    // Paths and rules only: zod's messages for these schemas do not quote what came.
    const first = parsed.error.issues[0]
    const field = first?.path.join('.') || 'the whole'
    throw new FrostglassError(
      'key',
      `${where} is not a Frostglass key of version 1 to 3: '${field}' is not as expected`,
      'Take the file that `frostglass key create` wrote.',
    )
  }
  const contents = parsed.data
  if (fingerprintOf(contents) !== contents.fingerprint) {
    throw new FrostglassError(
      'key',
      `${where} is damaged: its fingerprint does not belong to its contents`,
      'Restore the key from a backup; a key must not be edited.',
    )
  }
  const description = describe(contents)
  const key: Key = Object.freeze({
    standing: 'secret',
    scheme: 'keyed',
    fingerprint: contents.fingerprint,
    description,
    toJSON(): never {
      throw new FrostglassError(
        'key',
        `the key ${contents.fingerprint} is secret and is not turned into JSON`,
        'Use writeKeyFile to write a key, and describeKey for what may be shown of it.',
      )
    },
  })
  records.set(key, contents)
  return key
}

/** The secret contents of a key, for the pane and the key file alone. */
export function recordOf(key: Key): KeyRecord {
  const record = records.get(key)
  if (!record) throw new TypeError('this is not a key that createKey or readKeyFile gave')
  return record
}

/** Everything that may be shown of a key. */
export function describeKey(key: Key): KeyDescription {
  return key.description
}

/** The master secret of a record, as bytes. */
export function secretOf(record: Pick<KeyRecord, 'secret'>): Uint8Array {
  return Uint8Array.from(record.secret.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Bytes as lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * 128 bits that identify the secret together with everything else in the record, under a pseudo-random function of
 * the secret: publishing it gives away neither (HMAC-SHA256's assumption), and no one without the secret can tell
 * whether a guess at the schema is right.
 */
export function fingerprintOf(record: Omit<KeyRecord, 'fingerprint'>): string {
  const { format, version, created, parameters, columns, label, calibration, roundTripError } = record
  const contents: unknown[] = [format, version, created, parameters, columns, label, calibration]
  contents.push(roundTripError)
  if (record.moreLabels) contents.push(record.moreLabels)
  // Keys of most tables say nothing of these.
  const { writing, id } = record
  if (writing !== undefined || id !== undefined) contents.push({ writing, id })
  const info = sha256(new TextEncoder().encode(canonicalJson(contents)))
  return toHex(hkdf(sha256, subkey(secretOf(record), 'fingerprint'), undefined, info, 16))
}

/** JSON with the members of objects in order of their names: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
}

function describe(record: KeyRecord): KeyDescription {
  const { columns, label, moreLabels } = record
  const classesOf = (of: typeof label) => (of?.task === 'class' ? of.classes.length : 0)
  return Object.freeze({
    scheme: 'keyed',
    version: record.version,
    fingerprint: record.fingerprint,
    created: record.created,
    parameters: Object.freeze({ ...record.parameters }),
    numericColumns: columns.filter((c) => c.kind === 'numeric').length,
    categoricalColumns: columns.filter((c) => c.kind === 'categorical').length,
    constantColumns: columns.filter((c) =>
      c.kind === 'numeric' ? c.minimum === c.maximum : c.categories.length === 1,
    ).length,
    carriesId: record.id !== undefined,
    label: label?.task ?? 'none',
    classes: classesOf(label),
    moreLabels: moreLabels
      ? Object.freeze(
          moreLabels.map((other) => Object.freeze({ task: other.task, classes: classesOf(other) })),
        )
      : undefined,
    roundTripError: record.roundTripError,
  })
}
