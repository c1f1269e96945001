// frostglass protect | encode | decode | restore: one table becomes another with the owner's key.
// Source: src/protect/keyed has what becomes of the rows; here are the key, progress, and the closing lines.
// What the four differ in stands in the four functions at the end, and nowhere else.

import {
  decodeTable,
  encodeTable,
  type Key,
  manifestPath,
  protectTable,
  restoreTable,
} from '../../protect/index.ts'
import {
  type ForceOption,
  type JsonOption,
  type KeyFileOptions,
  openKey,
  type ReadingOptions,
  readingOptions,
} from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { rowProgress } from '../rowProgress.ts'
import { isStandardOutput, requireTableAlone, toStandardOutput } from '../standardOutput.ts'

/** What all four are given. */
export interface TableOptions extends KeyFileOptions, ForceOption, JsonOption {
  readonly out: string
}

/** How a library call is streamed, and how its table is read. */
interface Stream extends ReturnType<typeof readingOptions> {
  readonly force: boolean
  readonly signal: AbortSignal
  readonly onProgress: (done: { readonly rows: number; readonly total: number | undefined }) => void
}

/** What one of the four does. */
interface Transformation {
  /** What the progress bar says. */
  readonly label: string
  /** Whether a manifest is written beside the table. */
  readonly manifest: boolean
  /** The library call, which writes `out`. */
  run(
    key: Key,
    out: string,
    stream: Stream,
  ): Promise<{ readonly rows: number; readonly warnings?: readonly string[] | undefined }>
}

/**
 * Opens the key, runs a library call with progress, prints what was written, or the table itself (`--out -`).
 * @throws FrostglassError as the library call does; `usage`, `io` for an output that is in the way; `key`
 */
async function transform(
  input: string,
  options: TableOptions & Partial<ReadingOptions>,
  signal: AbortSignal,
  { label, manifest, run }: Transformation,
): Promise<void> {
  const { force = false, out, json } = options
  const isPrinted = isStandardOutput(out)
  if (isPrinted) requireTableAlone(json, manifest ? 'a manifest' : undefined)
  else
    for (const file of [out, ...(manifest ? [manifestPath(out)] : [])]) {
      await requireDistinct(file, [input, options.key, options.passphraseFile])
      await requireFree(file, force)
    }
  const key = await openKey(options.key, options)
  const bar = await rowProgress(label, json, input)
  const make = async (path: string) => {
    const stream = { signal, force, onProgress: bar.onProgress, ...readingOptions(options) }
    const report = await run(key, path, stream).finally(bar.stop)
    // A name that nobody gave says nothing.
    const warnings = (report.warnings ?? []).map((one) => one.replaceAll(path, isPrinted ? 'the table' : out))
    warn(json, warnings)
    return { rows: report.rows, warnings }
  }
  if (isPrinted) {
    await toStandardOutput(make, signal)
    return
  }
  const { rows, warnings } = await make(out)
  print(
    json,
    { out, rows, fingerprint: key.fingerprint, warnings },
    () => `wrote ${out} (${counted(rows, 'row')}, key ${key.fingerprint.slice(0, 8)}…)`,
  )
}

/** What `frostglass protect` does. */
export const protect = (
  input: string,
  options: TableOptions & ReadingOptions,
  signal: AbortSignal,
): Promise<void> =>
  transform(input, options, signal, {
    label: 'protecting',
    manifest: true,
    run: (key, out, stream) => protectTable(input, key, out, stream),
  })

export interface EncodeOptions extends TableOptions, ReadingOptions {
  /** The column that comes along; false for none, also where the key has one. */
  readonly id?: string | false | undefined
}

/** What `frostglass encode` does. */
export const encode = (input: string, options: EncodeOptions, signal: AbortSignal): Promise<void> =>
  transform(input, options, signal, {
    label: 'encoding',
    manifest: true,
    run: (key, out, stream) => encodeTable(input, key, out, { ...stream, id: options.id }),
  })

export interface DecodeOptions extends TableOptions {
  /** The encoded queries that were asked. */
  readonly queries?: string | undefined
}

/** What `frostglass decode` does. */
export const decode = (input: string, options: DecodeOptions, signal: AbortSignal): Promise<void> =>
  transform(input, options, signal, {
    label: 'decoding',
    manifest: false,
    run: (key, out, stream) =>
      decodeTable(input, key, out, {
        ...stream,
        queries: options.queries,
      }),
  })

/** What `frostglass restore` does. */
export const restore = (input: string, options: TableOptions, signal: AbortSignal): Promise<void> =>
  transform(input, options, signal, {
    label: 'restoring',
    manifest: false,
    run: (key, out, stream) => restoreTable(input, key, out, stream),
  })
