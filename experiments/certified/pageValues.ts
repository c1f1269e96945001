// What stands at the places of the page of certified panes.
// Source: results.ts, tables.ts. Sections of benchmarks that were not measured stay empty.

import type { Settings } from '../experiment.ts'
import type { Values } from '../template.ts'

import { delta } from './measure.ts'
import type { CertifiedResults } from './results.ts'
import { coverageDelta } from './simulated.ts'
import {
  askedTable,
  bundleTable,
  channelTable,
  coverageTable,
  lambdaTable,
  leakTable,
  mergingTable,
  targetTable,
  votedTable,
} from './tables.ts'
import { percentSpread } from './targets.ts'

const fewImages =
  'a part of MNIST (5,000 training images, of which 2,667 train and 2,083 certify; 1,000 test images)'
const allImages = 'MNIST (32,000 training images train, 3,000 choose, 25,000 certify; 10,000 test images)'

export function pageValues(results: CertifiedResults, settings: Settings): Values {
  const { seeds, people, coverage, training, above } = results
  return {
    quick: settings.quick,
    images: settings.quick ? fewImages : allImages,
    seeds: `${seeds} seed${seeds === 1 ? '' : 's'}`,
    delta,
    targets: targetTable(results, !settings.quick),
    'attacks-above': above.count,
    'attacks-measured': above.of,
    missing: ['adult-sex-bal', 'wisdm-user'].some((name) => !(name in training)),
    leaks: leakTable(results),
    erased: erasedValues(results),
    lambdas: lambdaTable(results),
    merging: mergingTable(results),
    channels: channelTable(results),
    sessions: sessionValues(results),
    asked: askedTable(results),
    people: people ? [{ people: people.people, words: people.verdict.words }] : [],
    'coverage-delta': 100 * coverageDelta,
    draws: coverage[0]!.draws.toLocaleString('en'),
    laws: coverageTable(results, 'laws'),
    mistakes: coverageTable(results, 'mistakes'),
    seconds: Object.entries(training)
      .map(([source, seconds]) => `${source} ${seconds.toFixed(0)}`)
      .join(', '),
  }
}

function erasedValues({ erased, dense }: CertifiedResults): Values[] {
  const coloured = dense.find(({ source }) => source === 'colour')
  if (!erased || !coloured) return []
  return [
    {
      right: percentSpread(erased.plain),
      linear: percentSpread(erased.linear),
      mlp: percentSpread(erased.mlp),
      learned: percentSpread(coloured.mlp),
    },
  ]
}

function sessionValues(results: CertifiedResults): Values[] {
  const { dependent } = results
  if (!dependent) return []
  return [
    {
      voted: votedTable(results),
      bundled: bundleTable(results),
      units: dependent.units,
      estimate: percentSpread(dependent.estimate),
      upper: percentSpread(dependent.upper),
    },
  ]
}
