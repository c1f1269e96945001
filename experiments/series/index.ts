// Car sales from protected months: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { seriesReport } from './report.ts'
import { seriesWork } from './series.ts'

export const seriesExperiment = experimentSoFar({ ...seriesWork, report: seriesReport })
