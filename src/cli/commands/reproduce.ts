// frostglass reproduce: the papers' tables and figures, measured again.

import { Command, Option } from 'commander'
import { FrostglassError } from '../../errors.ts'
import type { RunResult } from '../../experiments/index.ts'
import { type JsonOption, wholeNumber, withJson } from '../options.ts'
import { print, progress } from '../output.ts'

interface ReproduceOptions extends JsonOption {
  readonly figure: string
  readonly quick?: boolean
  readonly seeds?: number
  readonly seed: number
  readonly out?: string
  readonly workers?: number
  readonly fresh?: boolean
}

/** The experiments behind each choice of `--figure`. Figures 11, 13 and 14 are three views of one set of trainings. */
const figures: Readonly<Record<string, readonly string[]>> = {
  '11': ['classification'],
  '12': ['series'],
  '13': ['classification'],
  '14': ['classification'],
  all: ['classification', 'series'],
  grid: ['grid'],
  stages: ['stages'],
  attacks: ['attacks'],
}

/** The command `frostglass reproduce`. */
export function reproduceCommand(signal: AbortSignal): Command {
  const command = new Command('reproduce')
    .description('measure a paper’s figures again, and what the paper left out; write JSON, SVG and a page')
    .argument('<paper>', 'spg: Smart Privacy Guardian')
    .addOption(
      new Option(
        '--figure <which>',
        '11 accuracy, 12 time series, 13 epochs, 14 time, all four; grid: the paper’s grid search; ' +
          'stages: other activations and stages; attacks: what breaks it',
      )
        .choices(Object.keys(figures))
        .default('all'),
    )
    .option('--quick', 'a small run for a first look: under a minute for all four figures')
    .option(
      '--seeds <count>',
      'repetitions (default: the experiment’s own, 20 for figure 11)',
      wholeNumber(1, 1000),
    )
    .option('--seed <number>', 'the first seed', wholeNumber(0), 0)
    .option('--out <folder>', 'where to write (default: docs/results/spg, with --quick its folder quick)')
    .option('--workers <count>', 'worker threads (default: the cores)', wholeNumber(1, 256))
    .option('--fresh', 'start over instead of going on from an interrupted run')
  withJson(command)
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass reproduce spg --figure all --quick
  $ frostglass reproduce spg --figure 11 --seeds 20 --out results
  $ frostglass reproduce spg --figure attacks

Ctrl-C stops it; the same command goes on where it was.`,
  )
  return command.action(async (paper: string, options: ReproduceOptions) => {
    if (paper !== 'spg') {
      throw new FrostglassError('usage', `there is no paper '${paper}'`, { hint: 'take spg' })
    }
    // Loaded here: other commands need none of it, and start sooner.
    const { experimentOf, forgetRun, runExperiment } = await import('../../experiments/index.ts')
    const { json, figure, quick = false, seed, seeds, workers, fresh } = options
    const out = options.out ?? (quick ? 'docs/results/spg/quick' : 'docs/results/spg')
    const results: RunResult[] = []
    for (const name of figures[figure]!) {
      const own = experimentOf(name)
      const bar = progress(own.title, json)
      try {
        results.push(
          await runExperiment(own, {
            quick,
            seed,
            out,
            signal,
            command: `frostglass reproduce spg --figure ${figure}${quick ? ' --quick' : ''}${seeds ? ` --seeds ${seeds}` : ''}${seed ? ` --seed ${seed}` : ''}`,
            onProgress: bar.update,
            ...(seeds === undefined ? {} : { seeds }),
            ...(workers === undefined ? {} : { workers }),
            ...(fresh === undefined ? {} : { fresh }),
          }),
        )
      } finally {
        bar.stop()
      }
    }
    for (const { name } of results) await forgetRun(name, out)
    print(json, { paper, figure, out, experiments: results }, () =>
      results
        .map((r) => `${r.summary.trimEnd()}\n\nwrote ${r.files.join(', ')} (${r.seconds.toFixed(0)} s)`)
        .join('\n\n'),
    )
  })
}
