// frostglass reproduce: the papers' tables and figures, measured again.

import { Command, Option } from 'commander'
import { type JsonOption, wholeNumber, withJson } from '../src/cli/options.ts'
import { print, progress } from '../src/cli/output.ts'
import { FrostglassError } from '../src/errors.ts'
import type { RunResult } from './index.ts'

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

/** The experiments behind each choice of `--figure`, by paper. Several figures may be views of one set of trainings. */
const papers: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  spg: {
    '11': ['classification'],
    '12': ['series'],
    '13': ['classification'],
    '14': ['classification'],
    all: ['classification', 'series'],
    grid: ['grid'],
    stages: ['stages'],
    attacks: ['attacks'],
  },
  obfnet: {
    '3': ['obfnet'],
    '4': ['obfnet'],
    bottlenecks: ['bottlenecks'],
    all: ['obfnet', 'bottlenecks'],
  },
  study: {
    '7': ['colors'],
    '8': ['colors'],
    '9': ['colors'],
    '10': ['colors'],
    '11': ['colors'],
    '12': ['photographs'],
    table1: ['table-1'],
    all: ['table-1', 'colors', 'photographs'],
  },
  'encrypted-sentiment': {
    all: ['encrypted-sentiment', 'encrypted-training'],
    paper: ['encrypted-sentiment'],
    ckks: ['encrypted-training'],
  },
  cryptonets: { all: ['cryptonets'] },
  pate: { all: ['pate'] },
  queries: { all: ['queries'] },
  'private-training': { all: ['private-training'] },
  membership: { all: ['membership'] },
}

/** Experiments that need a folder of the user's, and are left out of `all` where there is none. */
const needData: readonly string[] = ['photographs', 'encrypted-sentiment']

/** The command `frostglass reproduce`. */
export function reproduceCommand(signal: AbortSignal): Command {
  const command = new Command('reproduce')
    .description('measure a paper’s figures again, and what the paper left out; write JSON, SVG and a page')
    .argument(
      '<paper>',
      'spg: Smart Privacy Guardian; obfnet: learned obfuscation; study: what breaks it; encrypted-sentiment: a network with encrypted weights; cryptonets: encrypted digits, answered; pate: students of teachers that share no image; queries: private queries over Adult; private-training: accuracy of digits and garments at ε; membership: who was in the training data, and claims of ε held to account',
    )
    .addOption(
      new Option(
        '--figure <which>',
        'spg: 11 accuracy, 12 time series, 13 epochs, 14 time, grid, stages, attacks; ' +
          'obfnet: 3 samples, 4 accuracy, bottlenecks; ' +
          'study: 7 samples, 8 and 9 reconstructions, 10 colours, 11 maps, 12 photographs, table1; ' +
          'encrypted-sentiment: paper its scheme and break, ckks the same use on a sound scheme; or all of a paper',
      )
        .choices([...new Set(Object.values(papers).flatMap((figures) => Object.keys(figures)))])
        .default('all'),
    )
    .addOption(new Option('--quick', 'a small run for a first look: one to five minutes').conflicts('full'))
    .option(
      '--full',
      'all of it (the default): spg, encrypted-sentiment, cryptonets and queries minutes, obfnet, study, pate and private-training hours; goes on where it was stopped',
    )
    .option(
      '--data <folder>',
      'obfnet, study, cryptonets, membership, pate, private-training: a folder with MNIST (else fetched); study 12: with imagenette-224 and models in it; encrypted-sentiment: with the reviews of IMDB; queries: with adult.data (else the 2,000 embedded rows of it)',
    )
    .option(
      '--seeds <count>',
      'repetitions (default: the experiment’s own, 20 for figure 11 of spg, 10 obfuscators for figure 4 of obfnet)',
      wholeNumber(1, 1000),
    )
    .option('--seed <number>', 'the first seed', wholeNumber(0), 0)
    .option('--out <folder>', 'where to write (default: docs/results/<paper>, with --quick its folder quick)')
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
  $ frostglass reproduce obfnet --quick
  $ frostglass reproduce study --figure 10 --data downloads
  $ frostglass reproduce encrypted-sentiment --data aclImdb

Ctrl-C stops it; the same command goes on where it was.`,
  )
  return command.action(async (paper: string, options: ReproduceOptions) => {
    const figures = Object.hasOwn(papers, paper) ? papers[paper]! : undefined
    if (!figures)
      throw new FrostglassError(
        'usage',
        `there is no paper '${paper}'`,
        `take ${Object.keys(papers).join(', ')}`,
      )
    const { json, figure, quick = false, seed, seeds, workers, fresh, data } = options
    const names = figures[figure]
    if (!names)
      throw new FrostglassError(
        'usage',
        `${paper} has no figure '${figure}'`,
        `take one of ${Object.keys(figures).join(', ')}`,
      )
    if (paper === 'spg' && data !== undefined)
      throw new FrostglassError(
        'usage',
        'spg brings its data with it: --data is for other papers',
        'leave it out',
      )
    // Loaded here: other commands need none of it, and start sooner.
    const { experimentOf, forgetRun, runExperiment } = await import('./index.ts')
    const out = options.out ?? `docs/results/${paper}${quick ? '/quick' : ''}`
    const left = figure === 'all' && data === undefined ? names.filter((name) => needData.includes(name)) : []
    const results: RunResult[] = []
    for (const name of names.filter((one) => !left.includes(one))) {
      const own = experimentOf(name)
      const bar = progress(own.title, json)
      try {
        results.push(
          await runExperiment(own, {
            quick,
            seed,
            out,
            signal,
            command: `frostglass reproduce ${paper} --figure ${figure}${quick ? ' --quick' : ''}${data ? ' --data …' : ''}${seeds ? ` --seeds ${seeds}` : ''}${seed ? ` --seed ${seed}` : ''}`,
            onProgress: bar.update,
            seeds,
            workers,
            fresh,
            data,
          }),
        )
      } finally {
        bar.stop()
      }
    }
    for (const { name } of results) await forgetRun(name, out)
    print(json, { paper, figure, out, experiments: results }, () =>
      [
        ...results.map(
          (r) => `${r.summary.trimEnd()}\n\nwrote ${r.files.join(', ')} (${r.seconds.toFixed(0)} s)`,
        ),
        ...left.map((name) => `left out: ${name}, which needs --data`),
      ].join('\n\n'),
    )
  })
}
