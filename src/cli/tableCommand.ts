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
 * Opens the key, runs a library call with progress, prints what was written.
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
  ) => Promise<{ readonly rows: number; readonly warnings?: readonly string[] }>,
  beside: readonly string[] = [],
): Promise<void> {
  const { force = false } = options
  for (const file of [options.out, ...beside]) {
    await requireDistinct(file, [input, options.key, options.passphraseFile])
    await requireFree(file, force)
  }
  const key = await openKey(options.key, options)
  const bar = await rowProgress(label, options.json, input)
  try {
    const report = await run(key, {
      signal,
      force,
      onProgress: bar.onProgress,
      ...readingOptions(options),
    })
    bar.stop()
    const warnings = report.warnings ?? []
    warn(options.json, warnings)
    const result = { out: options.out, rows: report.rows, fingerprint: key.fingerprint, warnings }
    print(
      options.json,
      result,
      () => `wrote ${options.out} (${counted(report.rows, 'row')}, key ${key.fingerprint.slice(0, 8)}…)`,
    )
  } finally {
    bar.stop()
  }
}
