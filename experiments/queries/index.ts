// Private queries over Adult: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { queriesWork } from './queries.ts'
import { queriesReport } from './report.ts'

export const queriesExperiment = experimentSoFar({ ...queriesWork, report: queriesReport })
