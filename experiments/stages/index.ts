// Stages and activations: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { stagesReport } from './report.ts'
import { stagesWork } from './stages.ts'

export const stagesExperiment = experimentSoFar({ ...stagesWork, report: stagesReport })
