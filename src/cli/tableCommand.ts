// What the commands share that turn one table into another with a key: arguments, progress, and the closing lines.

import { Command } from 'commander'
import type { Key } from '../protect/index.ts'
import {
  type ForceOption,
  type JsonOption,
  type KeyFileOptions,
  openKey,
  type ReadingOptions,
  readingOptions,
  withForce,
  withKey,
} from './options.ts'
import { counted, print, warn } from './output.ts'
import { requireDistinct, requireFree } from './outputPath.ts'
import { rowProgress } from './rowProgress.ts'
import { isStandardOutput, requireTableAlone, toStandardOutput } from './standardOutput.ts'

/** A command that takes a table and a key and writes a table. */
export function tableCommand(
  name: string,
  texts: { description: string; input: string; out: string; example: string },
): Command {
  const command = new Command(name)
    .description(texts.description)
    .argument('<table>', texts.input)
    .requiredOption('--out <file>', texts.out)
  return withForce(withKey(command)).addHelpText('after', `\nExample:\n  $ ${texts.example}`)
}

/** How a library call is streamed. */
export interface Stream {
  readonly force: boolean
  readonly signal: AbortSignal
  readonly onProgress: (done: { readonly rows: number; readonly total: number | undefined }) => void
}

/**
 * Opens the key, runs a library call with progress, prints what was written, or the table itself (`--out -`).
 * @param run the library call; its last argument is the file to write
 * @param beside what is written besides `--out`, and may not be in the way either
 */
export async function streaming(
  label: string,
  options: KeyFileOptions & Partial<ReadingOptions> & JsonOption & ForceOption & { readonly out: string },
  signal: AbortSignal,
  input: string,
  run: (
    key: Key,
    stream: Stream & ReturnType<typeof readingOptions>,
    out: string,
  ) => Promise<{ readonly rows: number; readonly warnings?: readonly string[] | undefined }>,
  beside: readonly string[] = [],
): Promise<void> {
  const { force = false, out, json } = options
  const isPrinted = isStandardOutput(out)
  if (isPrinted) requireTableAlone(json, beside.length > 0 ? 'a manifest' : undefined)
  else
    for (const file of [out, ...beside]) {
      await requireDistinct(file, [input, options.key, options.passphraseFile])
      await requireFree(file, force)
    }
  const key = await openKey(options.key, options)
  const bar = await rowProgress(label, json, input)
  const make = async (path: string) => {
    const stream = { signal, force, onProgress: bar.onProgress, ...readingOptions(options) }
    const report = await run(key, stream, path).finally(bar.stop)
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
