// frostglass encrypt train: a model that learns while its weights, or its rows too, are ciphertexts.

import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { type TrainedEncrypted, trainEncryptedTable } from '../../serve/index.ts'
import { percent } from '../../statistics/figures.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { bytesText } from './encryptOptions.ts'

export interface Options extends ReadingOptions, JsonOption {
  readonly label: string
  readonly class?: string | undefined
  readonly model: 'logistic' | 'network'
  readonly units: number
  readonly encryptRows?: boolean | undefined
  readonly steps: number
  readonly learningRate?: number | undefined
  readonly levels?: number | undefined
  readonly seed: number
  readonly plan?: boolean | undefined
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass encrypt train` does. */
export async function train(path: string, options: Options, signal: AbortSignal): Promise<void> {
  const { out, json, force = false } = options
  if (!options.plan) await requireOut(out, path, force)
  const bar = progress('training', json)
  const say = (line: string) => {
    if (!json && !options.plan) process.stderr.write(`${line}\n`)
  }
  try {
    const found = await trainEncryptedTable(path, {
      ...readingOptions(options),
      label: options.label,
      only: options.class,
      model: options.model,
      units: options.units,
      encryptRows: options.encryptRows ?? false,
      steps: options.steps,
      learningRate: options.learningRate,
      levels: options.levels,
      seed: options.seed,
      planOnly: options.plan ?? false,
      signal,
      onPlan: say,
      onProgress: bar.update,
    })
    const { trained, plan, learningRate, cost, warnings, rows, features, classes } = found
    if (trained && out !== undefined) await writeFileAtomic(out, trained.bytes, { mode: 0o644, force })
    bar.stop()
    warn(json, warnings)
    const result = { plan, learningRate, cost, rows, features, classes, warnings }
    print(json, trained ? { out, ...result, ...trained.outcome } : result, () =>
      trained && out !== undefined ? summary(found, out) : plan,
    )
  } finally {
    bar.stop()
  }
}

async function requireOut(out: string | undefined, path: string, force: boolean): Promise<void> {
  if (out === undefined)
    throw new FrostglassError('usage', 'no --out is given', 'Name the model --out model.onnx, or say --plan.')
  requireOnnx(out, 'model.onnx')
  await requireDistinct(out, [path])
  await requireFree(out, force)
}

function summary({ trained, classes }: TrainedEncrypted, out: string): string {
  const { heldOut, encrypted, plain, agree, roundTrips, bytesUp, bytesDown, seconds, checkSeconds } =
    trained!.outcome
  return [
    `${classes.join(' / ')}: ${percent(encrypted)} of ${counted(heldOut, 'held-out row')} right; ${percent(plain)} with the same steps on plain numbers and the sigmoid itself (the same answer to ${percent(agree)})`,
    `${counted(roundTrips, 'round trip')}, ${bytesText(bytesUp)} to the process, ${bytesText(bytesDown)} back, ${seconds.toFixed(1)} s, ${checkSeconds.toFixed(1)} s of it to check`,
    'all that came back agreed with the same steps on plain numbers; those are written, for decrypted ones hold noise of the key',
    `wrote ${out}`,
  ].join('\n')
}
