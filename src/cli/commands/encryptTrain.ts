// frostglass encrypt train: a model that learns while its weights, or its rows too, are ciphertexts.

import { Command, Option } from 'commander'
import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { type TrainedEncrypted, trainEncryptedTable } from '../../serve/index.ts'
import {
  type JsonOption,
  positiveNumber,
  type ReadingOptions,
  readingOptions,
  wholeNumber,
  withJson,
  withReading,
} from '../options.ts'
import { counted, percent, print, progress, warn } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { bytesText } from './encryptOptions.ts'

interface Options extends ReadingOptions, JsonOption {
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

/** The command `frostglass encrypt train`. */
export function trainCommand(signal: AbortSignal): Command {
  const command = new Command('train')
    .description(
      'learn two classes of a table in a process that has no secret: it cannot read the weights it computes',
    )
    .argument('<table>', 'CSV, TSV, Parquet or JSON lines; a folder of Parquet; - for standard input')
    .requiredOption('--label <column>', 'the column to learn')
    .option('--class <name>', 'the class that is told from all others, where there are more than two')
    .addOption(
      new Option('--model <kind>', 'what is learnt').choices(['logistic', 'network']).default('logistic'),
    )
    .option('--units <count>', 'hidden units of a network', wholeNumber(1, 64), 4)
    .option('--encrypt-rows', 'the process is to read no row either (logistic)')
    .option('--steps <count>', 'of gradient descent', wholeNumber(1, 10_000), 20)
    .option(
      '--learning-rate <rate>',
      'default: the largest of 1 (of a network 0.1), a half, a quarter … that stays in range',
      positiveNumber,
    )
    .option(
      '--levels <count>',
      'of the modulus: a step takes 4, of a network 5; twice as many take two steps a round trip',
      wholeNumber(1, 64),
    )
    .option('--seed <number>', 'for first weights and the part that is held out', wholeNumber(0), 0)
    .option('--plan', 'say what it will take, and end')
    .option('--out <file>', 'where to write the model, in the plain, .onnx')
    .option('--force', 'replace what exists')
  withJson(withReading(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt train patients.csv --label ill --plan
  $ frostglass encrypt train patients.csv --label ill --out model.onnx
  $ frostglass encrypt train patients.csv --label ill --encrypt-rows --out model.onnx
  $ frostglass encrypt train patients.csv --label ill --levels 8 --plan
  $ frostglass predict model.onnx queries.csv --out answers.csv

A fifth of the rows is held out. The same steps are taken on plain numbers first: they choose the
learning rate, and refuse one that leaves the range before there are keys. --levels 8 halves the
round trips, and takes a larger ring, at some six times the time a step; for more there is no room.

The process is not believed. At each round trip all that comes back must agree with the same steps
on plain numbers; if not, the training ends, and its keys are not used again. Written are those
plain steps: numbers that were decrypted hold noise that depends on the key. So the model is the one
that you would have without encryption, which is for a process that must not see the weights, or
the rows. With --encrypt-rows it is not told the learning rate either, which rows chose.`,
  )
  return command.action(async (path: string, options: Options) => {
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
        ...(options.class === undefined ? {} : { only: options.class }),
        model: options.model,
        units: options.units,
        encryptRows: options.encryptRows ?? false,
        steps: options.steps,
        ...(options.learningRate === undefined ? {} : { learningRate: options.learningRate }),
        ...(options.levels === undefined ? {} : { levels: options.levels }),
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
  })
}

async function requireOut(out: string | undefined, path: string, force: boolean): Promise<void> {
  if (out === undefined)
    throw new FrostglassError('usage', 'no --out is given', 'name the model --out model.onnx, or say --plan')
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
