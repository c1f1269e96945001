// frostglass predict: the service’s answers to rows.

import { manifestPath } from '../../protect/index.ts'
import { predictTable } from '../../serve/index.ts'
import { type ForceOption, type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { rowProgress } from '../rowProgress.ts'
import { isStandardOutput, requireTableAlone } from '../standardOutput.ts'

export interface PredictOptions extends ReadingOptions, JsonOption, ForceOption {
  readonly out: string
  readonly id?: string | undefined
}

/** What `frostglass predict` does. */
export async function predict(
  model: string,
  path: string,
  options: PredictOptions,
  signal: AbortSignal,
): Promise<void> {
  const { force = false } = options
  if (isStandardOutput(options.out)) requireTableAlone(options.json, 'a manifest')
  for (const file of [options.out, manifestPath(options.out)]) {
    await requireDistinct(file, [path, model])
    await requireFree(file, force)
  }
  const bar = await rowProgress('predicting', options.json, path)
  try {
    const { rows, warnings } = await predictTable(model, path, options.out, {
      signal,
      force,
      onProgress: bar.onProgress,
      ...readingOptions(options),
      id: options.id,
    })
    bar.stop()
    warn(options.json, warnings)
    print(
      options.json,
      { out: options.out, rows, warnings },
      () => `wrote ${options.out} (${counted(rows, 'answer')})`,
    )
  } finally {
    bar.stop()
  }
}
