// The manifest beside what leaves and beside the answers: what it is, which key made it, and checksums, sealed by the key.
// Source: docs/architecture.md#the-keyed-protection (Bundle).
// It tells the number of rows, columns and classes; never the key, a range, or an original name. Layers and activation
// are left out: not because that protects (BREAK.md takes them as known), but because no reader needs them.

import { readFile, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'
import { sha256File, writeFileAtomic } from '../../data/files.ts'
import type { FileDigest, FileToWrite } from '../../data/index.ts'
import { standardInput } from '../../data/standardInput.ts'
import { settleIn } from '../../data/workspace.ts'
import { FrostglassError } from '../../errors.ts'
import { readJson } from '../../json.ts'
import { subkey } from '../../secret/index.ts'
import { canonicalJson, type Key, recordOf, secretOf, toHex } from './key.ts'
import { isReleasedLabel, releasedLabel } from './labels.ts'

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
const count = z.int().min(0)

/** The summary of a leak report that may travel with the data: no column name, no row number. */
export const leakSummarySchema = z.strictObject({
  verdict: z.enum(['held', 'broken']),
  policy: z.string(),
  /** Rows that adversaries at standpoint `leak` knew. */
  known: count,
  /** The attack that the verdict speaks of; null when none could be run. */
  best: z
    .strictObject({
      attack: z.string(),
      standpoint: z.enum(['server', 'outsider', 'blind', 'leak']),
      metric: z.string(),
      value: z.number(),
      interval: z.tuple([z.number(), z.number()]),
    })
    .nullable(),
  /** Of the report as JSON, which stays with the owner. */
  sha256: hex(64),
  time: z.iso.datetime(),
})

/** What a manifest says of the audit of its data. */
export type LeakSummary = z.infer<typeof leakSummarySchema>

const manifestSchema = z.strictObject({
  format: z.literal('frostglass-manifest'),
  /** Version 1 had neither `id` nor `queries`; version 3 is of several labels, or beside answers to another than the first. */
  version: z.literal([1, 2, 3]),
  kind: z.enum(['protected-table', 'encoded-queries', 'answers']),
  scheme: z.literal('keyed'),
  schemeVersion: z.literal(1),
  keyFingerprint: hex(32),
  rows: count,
  columns: count,
  label: z.enum(['class', 'number', 'none']),
  /** What the columns `label_2`, `label_3`, … are; absent where there is none. */
  moreLabels: z
    .array(z.enum(['class', 'number']))
    .min(1)
    .optional(),
  /** Beside answers: the column that the model learned, which theirs is named after; `label` if absent. */
  answered: z.string().refine(isReleasedLabel).optional(),
  /** The column that comes along unprotected, to tell whose row is whose; absent where there is none. */
  id: z.string().optional(),
  /** Beside answers: the encoded queries that they answer; absent where those had no manifest. */
  queries: z.strictObject({ rows: count, sha256: hex(64) }).optional(),
  parts: z.array(z.strictObject({ path: z.string(), bytes: count, sha256: hex(64) })).length(1),
  /** Null until `frostglass audit`. */
  leakReport: leakSummarySchema.nullable(),
  /** Null beside answers: who writes those has no key. */
  seal: hex(64).nullable(),
})

/** What stands beside a protected table, encoded queries, or a service's answers to them. Public. */
export type Manifest = z.infer<typeof manifestSchema>

/** Where the manifest of a data file is. */
export function manifestPath(dataPath: string): string {
  return `${dataPath}.manifest.json`
}

/** The label columns of what a manifest describes, and what each is. */
export function labelColumns({
  label,
  moreLabels = [],
}: Pick<Manifest, 'label' | 'moreLabels'>): { readonly column: string; readonly task: 'class' | 'number' }[] {
  if (label === 'none') return []
  return [label, ...moreLabels].map((task, place) => ({ column: releasedLabel(place), task }))
}

type Facts = Pick<
  Manifest,
  'kind' | 'rows' | 'columns' | 'label' | 'moreLabels' | 'answered' | 'id' | 'queries'
> & {
  /** Of the data file. */
  readonly digest: FileDigest
}

/** The manifest of a data file, and the file that it is to be: for a writer that gives both their names together. */
export function manifestOf(
  dataPath: string,
  key: Key,
  facts: Facts,
): { readonly manifest: Manifest; readonly file: FileToWrite } {
  const unsealed = described(dataPath, key.fingerprint, facts)
  return fileOf(dataPath, { ...unsealed, seal: sealOf(unsealed, key) })
}

/** As {@link manifestOf}, by the service for its answers: only the fingerprint of the key is known to it. */
export function answersManifestOf(
  dataPath: string,
  keyFingerprint: string,
  facts: Omit<Facts, 'kind'>,
): { readonly manifest: Manifest; readonly file: FileToWrite } {
  const unsealed = described(dataPath, keyFingerprint, { kind: 'answers', ...facts })
  return fileOf(dataPath, { ...unsealed, seal: null })
}

function fileOf(dataPath: string, manifest: Manifest) {
  const bytes = `${JSON.stringify(manifest, null, 2)}\n`
  return { manifest, file: { path: manifestPath(dataPath), bytes, mode: 0o644 } }
}

/**
 * Puts the summary of an audit into the manifest of a data file, and seals it again. The data are not touched.
 * @throws FrostglassError as {@link readManifest} and {@link verifyManifest} do; `io`.
 */
export async function writeLeakSummary(
  dataPath: string,
  key: Key,
  leakReport: LeakSummary,
): Promise<Manifest> {
  const manifest = await readManifest(dataPath)
  verifyManifest(manifest, key, dataPath)
  const { seal: _, ...unsealed } = { ...manifest, leakReport: leakSummarySchema.parse(leakReport) }
  const next: Manifest = { ...unsealed, seal: sealOf(unsealed, key) }
  const text = `${JSON.stringify(next, null, 2)}\n`
  await writeFileAtomic(manifestPath(dataPath), text, { mode: 0o644, force: true })
  return next
}

function described(
  dataPath: string,
  keyFingerprint: string,
  { kind, rows, columns, label, moreLabels, answered, id, queries, digest }: Facts,
): Omit<Manifest, 'seal'> {
  return {
    format: 'frostglass-manifest',
    version: moreLabels || answered !== undefined ? 3 : 2,
    kind,
    scheme: 'keyed',
    schemeVersion: 1,
    keyFingerprint,
    rows,
    columns,
    label,
    moreLabels,
    answered,
    id,
    queries,
    parts: [{ path: basename(dataPath), ...digest }],
    leakReport: null,
  }
}

/**
 * Reads the manifest of a data file and checks the data against it. Needs no key: the service can do it too.
 * @throws FrostglassError `input` when it is missing, malformed, or the data are not those that it describes; `usage` for standard
 * input, which has none beside it
 */
export async function readManifest(dataPath: string): Promise<Manifest> {
  if (dataPath === standardInput)
    throw new FrostglassError(
      'usage',
      'standard input has no manifest beside it, and what was protected is held to its own',
      'Save the table beside its manifest, and name the file.',
    )
  const path = manifestPath(dataPath)
  settleIn(dirname(path))
  const { size } = await dataFile(dataPath)
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new FrostglassError(
      'input',
      `${path}: there is no manifest beside ${dataPath}`,
      'Keep the manifest that `frostglass protect` or `encode` wrote beside its output.',
      cause,
    )
  })
  const manifest = parse(path, text)
  const part = manifest.parts[0]!
  if (size !== part.bytes || (await sha256File(dataPath)) !== part.sha256) {
    throw new FrostglassError(
      'input',
      `${dataPath} is not the file that its manifest describes (parts[0], sha256)`,
      'Take the originals: the data or the manifest were changed since they were written.',
    )
  }
  return manifest
}

async function dataFile(path: string): Promise<{ readonly size: number }> {
  const found = await stat(path).catch((cause) => {
    throw new FrostglassError('input', `${path}: there is no such file`, 'Check the path.', cause)
  })
  if (!found.isDirectory()) return found
  throw new FrostglassError('input', `${path} is a folder, expected a table file`, 'Name a file in it.')
}

/** As {@link readManifest}, but undefined for a file that has none beside it: a table that was never protected. */
export async function readManifestIfAny(dataPath: string): Promise<Manifest | undefined> {
  if (dataPath === standardInput) return undefined
  settleIn(dirname(dataPath))
  const there = await stat(manifestPath(dataPath)).then(
    () => true,
    () => false,
  )
  return there ? readManifest(dataPath) : undefined
}

/**
 * Checks that a manifest is by this key, and, unless it is beside answers, that nothing in it was changed.
 * @throws FrostglassError `key` for another key, `input` for an edited manifest.
 */
export function verifyManifest(manifest: Manifest, key: Key, dataPath: string): void {
  if (manifest.keyFingerprint !== key.fingerprint) {
    throw new FrostglassError(
      'key',
      `${dataPath} was made with the key ${manifest.keyFingerprint}, and this key is ${key.fingerprint}`,
      'Take the key that `frostglass protect` was run with.',
    )
  }
  const { seal, ...unsealed } = manifest
  if (manifest.kind !== 'answers' && sealOf(unsealed, key) !== seal) {
    throw new FrostglassError(
      'input',
      `${manifestPath(dataPath)} was edited: its seal does not fit its contents`,
      'Take the manifest as it was written.',
    )
  }
}

function sealOf(unsealed: Omit<Manifest, 'seal'>, key: Key): string {
  const text = new TextEncoder().encode(canonicalJson(unsealed))
  return toHex(hmac(sha256, subkey(secretOf(recordOf(key)), 'manifest'), text))
}

const parse = (path: string, text: string): Manifest =>
  readJson(text, manifestSchema, path, {
    like: 'a manifest of version 1 to 3',
    hint: 'Take the manifest as it was written.',
  })
