// Attacks on keyed protections: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { attacksWork } from './attacks.ts'
import { attacksReport } from './report.ts'

export const attacksExperiment = experimentSoFar({ ...attacksWork, report: attacksReport })
