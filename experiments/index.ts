// The experiments of the papers: what `frostglass reproduce` can run.
// Source: SPG sections 5.1 and 5.2; Zheng et al. 2019; Xu et al. 2020; Yonan et al. 2025; Sayyad and Kulkarni;
// Gilad-Bachrach et al. 2016. A new experiment is one file and one line here.

import { FrostglassError } from '../src/errors.ts'
import { attacksExperiment } from './attacks/attacks.ts'
import { classificationExperiment } from './classification/classification.ts'
import { cryptoNetsExperiment } from './cryptonets/cryptonets.ts'
import { encryptedTrainingExperiment } from './encryptedTraining/encryptedTraining.ts'
import type { Experiment } from './experiment.ts'
import { gridExperiment } from './grid/grid.ts'
import { membershipExperiment } from './membership/membership.ts'
import { bottlenecksExperiment } from './obfnet/bottlenecks.ts'
import { obfnetExperiment } from './obfnet/obfnet.ts'
import { pateExperiment } from './pate/pate.ts'
import { privateTrainingExperiment } from './privateTraining/privateTraining.ts'
import { queriesExperiment } from './queries/queries.ts'
import { sentimentExperiment } from './sentiment/sentiment.ts'
import { seriesExperiment } from './series/series.ts'
import { stagesExperiment } from './stages/stages.ts'
import { colorsExperiment } from './study/colors.ts'
import { photographsExperiment } from './study/photographs.ts'
import { table1Experiment } from './study/table1.ts'

export { forgetRun, type RunResult, runExperiment } from './run.ts'

/** Experiments of each paper, by the name that `--figure` takes; a name may stand for several figures. */
const experiments: readonly Experiment[] = [
  classificationExperiment,
  attacksExperiment,
  seriesExperiment,
  stagesExperiment,
  gridExperiment,
  obfnetExperiment,
  bottlenecksExperiment,
  colorsExperiment,
  photographsExperiment,
  table1Experiment,
  sentimentExperiment,
  encryptedTrainingExperiment,
  cryptoNetsExperiment,
  queriesExperiment,
  privateTrainingExperiment,
  pateExperiment,
  membershipExperiment,
]

/** @throws FrostglassError `usage` for a name that is not an experiment's. */
export function experimentOf(name: string): Experiment {
  const own = experiments.find((e) => e.name === name)
  if (own) return own
  throw new FrostglassError(
    'usage',
    `there is no experiment '${name}'`,
    `take one of ${experiments.map((e) => e.name).join(', ')}`,
  )
}
