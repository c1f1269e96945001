// What ObfNet gives away of coloured digits: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { colorsWork } from './colors.ts'
import { colorsReport } from './report.ts'

export const colorsExperiment = experimentSoFar({ ...colorsWork, report: colorsReport })
