// Encrypted digits, answered: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { cryptoNetsWork } from './cryptonets.ts'
import { cryptoNetsReport } from './report.ts'

export const cryptoNetsExperiment = experimentSoFar({ ...cryptoNetsWork, report: cryptoNetsReport })
