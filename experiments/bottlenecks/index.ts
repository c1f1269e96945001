// ObfNet-MLP and ObfNet-CNN by bottleneck: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { bottlenecksWork } from './bottlenecks.ts'
import { bottlenecksReport } from './report.ts'

export const bottlenecksExperiment = experimentSoFar({ ...bottlenecksWork, report: bottlenecksReport })
