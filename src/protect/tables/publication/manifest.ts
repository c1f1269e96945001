// What stands beside a published table: how it was made, what its classes look like, and what the audit found. It may travel with the table.
// Source: docs/tables.md#what-stands-beside-a-published-table.
// It holds names of columns, settings and counts, and no value of a row. It tells the algorithm: who attacks is taken to know that.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { sha256File, writeFileAtomic } from '../../../data/files.ts'
import type { FileToWrite } from '../../../data/index.ts'
import type { FileDigest } from '../../../data/stagedTable.ts'
import { standardInput } from '../../../data/standardInput.ts'
import { settleIn } from '../../../data/workspace.ts'
import { FrostglassError, printable } from '../../../errors.ts'
import { readJson } from '../../../json.ts'
import { version } from '../../../version.ts'
import { type LeakSummary, leakSummarySchema } from '../../keyed/manifest.ts'
import { type Coarser, methods } from './methods.ts'
import type { AskedModel } from './modelOption.ts'
import type { ReadRoles } from './statedRoles.ts'

const count = z.int().min(0)
const share = z.number().min(0).max(1)

/** The schema of a `.publication.json`. */
export const publicationSchema = z.strictObject({
  format: z.literal('frostglass-publication'),
  version: z.literal(1),
  frostglass: z.string(),
  part: z.strictObject({ path: z.string(), bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** Rows of the table, and those that are not published. */
  rows: count,
  suppressed: count,
  method: z.enum(methods),
  /** What every class has, or the table: as it was asked for, and in words. */
  models: z.array(
    z.strictObject({
      name: z.string(),
      parameters: z.record(z.string(), z.string()),
      column: z.string().optional(),
      says: z.string(),
      /** Whether the published rows pass it without those that were suppressed; absent where that is no question. */
      alone: z.boolean().optional(),
    }),
  ),
  /** What was made as small as could be; null where nothing was: a partition is greedy. */
  quality: z.strictObject({ name: z.string(), says: z.string() }).nullable(),
  /** Share of the rows that might be suppressed. */
  suppression: share,
  /** Of quasi-identifiers: level of the node (null without one) of how many, and the mean share of its domain that a cell covers. */
  quasi: z.array(
    z.strictObject({
      name: z.string(),
      weight: z.number(),
      level: count.nullable(),
      levels: count,
      loss: share,
    }),
  ),
  sensitive: z.array(z.string()),
  /** Columns that came along as they are. */
  kept: z.array(z.string()),
  /** The node's loss (null of a loss that tells of values within classes), whether none is less, for certain, nodes of the lattice and those that were looked at; null where no node was chosen. */
  node: z
    .strictObject({
      loss: z.array(z.number()).nullable(),
      optimal: z.boolean(),
      nodes: count,
      checked: count,
    })
    .nullable(),
  /** [rounds][quasi-identifiers] levels, of local recoding; null else. */
  rounds: z.array(z.array(count)).nullable(),
  classes: count,
  /** Sizes of classes, rising, and how many have each. */
  sizes: z.array(z.strictObject({ size: count, classes: count })),
  warnings: z.array(z.string()),
  /** Null until it is audited. */
  leakReport: leakSummarySchema.nullable(),
})

/** What stands beside a published table. JSON. */
export type PublicationManifest = z.infer<typeof publicationSchema>

/** Where the manifest of a published table lies: beside it, under its name. */
export const publicationPathOf = (out: string): string =>
  `${out.replace(/\.(csv|tsv|parquet)(\.gz)?$/i, '')}.publication.json`

/** What a manifest says, but for the file. */
export interface Published {
  readonly coarser: Coarser
  readonly roles: ReadRoles
  readonly keep: readonly string[]
  readonly models: readonly (AskedModel & { readonly says: string; readonly alone: boolean | undefined })[]
  readonly quality: { readonly name: string; readonly says: string } | null
  readonly suppression: number
  readonly warnings: readonly string[]
}

/** Losses that follow from labels and sizes of classes, which everybody sees. Others count the values that a class had. */
const publicLosses = new Set(['loss', 'precision', 'discernibility', 'discernibility-star', 'class-size'])

/** The manifest of a table that was written. */
export function publicationManifest(
  out: string,
  { coarser, roles, keep, models, quality, suppression, warnings }: Published,
  digest: FileDigest,
): PublicationManifest {
  const { node, rounds, sizes, losses, method } = coarser
  const counted = new Map<number, number>()
  for (const size of sizes) counted.set(size, (counted.get(size) ?? 0) + 1)
  return {
    format: 'frostglass-publication',
    version: 1,
    frostglass: version,
    part: { path: basename(out), bytes: digest.bytes, sha256: digest.sha256 },
    rows: coarser.kept.length,
    suppressed: coarser.kept.length - coarser.rows,
    method,
    models: models.map(({ name, parameters, column, says, alone }) => ({
      name,
      parameters: { ...parameters },
      ...(column === undefined ? {} : { column }),
      says,
      ...(alone === undefined ? {} : { alone }),
    })),
    quality,
    suppression,
    quasi: roles.quasi.map(({ name, weight = 1, hierarchy }, j) => ({
      name,
      weight,
      level: node ? node.levels[j]! : null,
      levels: hierarchy.levels.length,
      loss: Math.min(1, Math.max(0, losses[j]!)),
    })),
    sensitive: roles.sensitive.map(({ name }) => name),
    kept: [...keep],
    node: node
      ? {
          loss: quality && publicLosses.has(quality.name) ? [...node.loss] : null,
          optimal: node.optimal,
          nodes: node.nodes,
          checked: node.checked,
        }
      : null,
    rounds: rounds ? rounds.release.rounds.map(({ levels }) => [...levels]) : null,
    classes: sizes.length,
    sizes: Array.from(counted, ([size, classes]) => ({ size, classes })),
    warnings: warnings.map(printable),
    leakReport: null,
  }
}

/** By quasi-identifier the mean share of its domain that a cell covers. */
export const coversOf = ({ quasi }: PublicationManifest): ReadonlyMap<string, number> =>
  new Map(quasi.map(({ name, loss }) => [name, loss]))

/** The file of a manifest. */
export const manifestFile = (out: string, manifest: PublicationManifest): FileToWrite => ({
  path: publicationPathOf(out),
  bytes: `${JSON.stringify(manifest, null, 2)}\n`,
  mode: 0o644,
})

/**
 * Reads the manifest of a published table, and holds the table to it.
 * @throws FrostglassError `input` where there is none, it is none, or the table is another
 */
export async function readPublication(out: string): Promise<PublicationManifest> {
  const path = publicationPathOf(out)
  settleIn(dirname(path))
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new FrostglassError(
      'input',
      `${path}: there is no manifest beside ${out}`,
      'Keep what `frostglass anonymize` wrote beside the table.',
      cause,
    )
  })
  const manifest = readJson(text, publicationSchema, path, {
    like: 'a manifest of a published table',
    hint: 'Take it as it was written.',
  })
  if ((await sha256File(out)) === manifest.part.sha256) return manifest
  throw new FrostglassError(
    'input',
    `${out} is not the file that its manifest describes (part, sha256)`,
    'Take the originals: the table or the manifest were changed since they were written.',
  )
}

/** As {@link readPublication}, but undefined for a table that has none beside it. */
export async function readPublicationIfAny(out: string): Promise<PublicationManifest | undefined> {
  if (out === standardInput) return undefined
  settleIn(dirname(out))
  return existsSync(publicationPathOf(out)) ? readPublication(out) : undefined
}

/**
 * Puts the summary of an audit into the manifest of a published table. The table is not touched.
 * @throws FrostglassError as {@link readPublication}; `io`
 */
export async function writePublicationLeak(out: string, leakReport: LeakSummary): Promise<void> {
  const manifest = { ...(await readPublication(out)), leakReport: leakSummarySchema.parse(leakReport) }
  const { path, bytes, mode } = manifestFile(out, manifest)
  await writeFileAtomic(path, bytes, { mode, force: true })
}
