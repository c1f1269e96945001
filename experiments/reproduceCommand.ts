// frostglass reproduce: the papers' tables and figures, measured again.

import { Command, Option } from 'commander'
import type { JsonOption } from '../src/cli/options.ts'
import { print } from '../src/cli/output.ts'
import { wholeNumber, withJson } from '../src/cli/tree/options.ts'
import { FrostglassError } from '../src/errors.ts'
import type { Declaration } from './experiment.ts'
import { declarations } from './registry.ts'
import { everything, experimentsOf, figuresOf, papersOf, papersText } from './reproduceHelp.ts'
import type { RunResult } from './run.ts'

interface ReproduceOptions extends JsonOption {
  readonly figure: string
  readonly quick?: boolean | undefined
  readonly full?: boolean | undefined
  readonly data?: string | undefined
  readonly seeds?: number | undefined
  readonly seed: number
  readonly out?: string | undefined
  readonly workers?: number | undefined
  readonly fresh?: boolean | undefined
}

const all = await declarations()

/** The command `frostglass reproduce`. */
export function reproduceCommand(signal: AbortSignal): Command {
  const command = new Command('reproduce')
    .description('measure a paper’s figures again, and what the paper left out; write JSON, SVG and a page')
    .argument(
      '<paper>',
      papersOf(all)
        .map(({ name }) => name)
        .join(', '),
    )
    .addOption(
      new Option('--figure <which>', 'a figure of it, or all of a paper; below')
        .choices(figuresOf(all))
        .default(everything),
    )
    .addOption(new Option('--quick', 'a small run for a first look: one to five minutes').conflicts('full'))
    .option('--full', 'all of it (the default); goes on where it was stopped')
    .option('--data <folder>', 'a folder with the data that an experiment takes; below')
    .option('--seeds <count>', 'repetitions (default: the experiment’s own)', wholeNumber(1, 1000))
    .option('--seed <number>', 'the first seed', wholeNumber(0), 0)
    .option('--out <folder>', 'where to write (default: docs/results/<paper>, with --quick its folder quick)')
    .option('--workers <count>', 'worker threads (default: the cores)', wholeNumber(1, 256))
    .option('--fresh', 'start over instead of going on from an interrupted run')
  withJson(command)
  command.addHelpText(
    'after',
    `
Papers, their figures, and what a full run takes on two cores:
${papersText(all)}

Examples:
  $ frostglass reproduce spg --figure all --quick
  $ frostglass reproduce spg --figure 11 --seeds 20 --out results
  $ frostglass reproduce spg --figure attacks
  $ frostglass reproduce obfnet --quick
  $ frostglass reproduce study --figure 10 --data downloads
  $ frostglass reproduce encrypted-sentiment --data aclImdb

Ctrl-C stops it; the same command goes on where it was.`,
  )
  return command.action(async (paper: string, options: ReproduceOptions) => {
    const { json, figure, data } = options
    const asked = experimentsOf(all, paper, figure)
    if (data !== undefined && all.every((one) => one.paper.name !== paper || !one.needs.data))
      throw new FrostglassError(
        'usage',
        `${paper} brings its data with it: --data is for other papers`,
        'Leave it out.',
      )
    const left = figure === everything && data === undefined ? asked.filter(wantsData) : []
    const out = options.out ?? `docs/results/${paper}${options.quick ? '/quick' : ''}`
    const results = await measured(
      asked.filter((one) => !left.includes(one)),
      { ...options, out, signal, command: commandText(paper, options) },
    )
    print(json, { paper, figure, out, experiments: results }, () =>
      [
        ...results.map(
          (r) => `${r.summary.trimEnd()}\n\nwrote ${r.files.join(', ')} (${r.seconds.toFixed(0)} s)`,
        ),
        ...left.map(({ name }) => `left out: ${name}, which needs --data`),
      ].join('\n\n'),
    )
  })
}

const wantsData = ({ needs: { data } }: Declaration): boolean => data !== undefined && !data.else

/** What stands in the results: the command without where things lay. */
const commandText = (paper: string, { figure, quick, data, seeds, seed }: ReproduceOptions): string =>
  `frostglass reproduce ${paper} --figure ${figure}${quick ? ' --quick' : ''}${data ? ' --data …' : ''}${seeds ? ` --seeds ${seeds}` : ''}${seed ? ` --seed ${seed}` : ''}`

/** Runs experiments one after another; their checkpoints go when all are done. */
async function measured(
  experiments: readonly Declaration[],
  options: ReproduceOptions & {
    readonly out: string
    readonly signal: AbortSignal
    readonly command: string
  },
): Promise<RunResult[]> {
  // Loaded here: the command's help needs none of it.
  const [{ forgetRun, runExperiment }, { progress }] = await Promise.all([
    import('./run.ts'),
    import('../src/cli/progress.ts'),
  ])
  const { quick = false, json, ...rest } = options
  const results: RunResult[] = []
  for (const experiment of experiments) {
    const bar = progress(experiment.title, json)
    try {
      results.push(await runExperiment(experiment, { ...rest, quick, onProgress: bar.update }))
    } finally {
      bar.stop()
    }
  }
  for (const { name } of results) await forgetRun(name, options.out)
  return results
}
