// PATE: teachers, votes, students: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { pateWork } from './pate.ts'
import { pateReport } from './report.ts'

export const pateExperiment = experimentSoFar({ ...pateWork, report: pateReport })
