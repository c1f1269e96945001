// ObfNet before LeNet: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { obfnetWork } from './obfnet.ts'
import { obfnetReport } from './report.ts'

export const obfnetExperiment = experimentSoFar({ ...obfnetWork, report: obfnetReport })
