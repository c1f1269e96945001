// Grid search on raw wheat: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { gridWork } from './grid.ts'
import { gridReport } from './report.ts'

export const gridExperiment = experimentSoFar({ ...gridWork, report: gridReport })
