// LightNet and DenseNet on photographs: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { photographsWork } from './photographs.ts'
import { photographsReport } from './report.ts'

export const photographsExperiment = experimentSoFar({ ...photographsWork, report: photographsReport })
