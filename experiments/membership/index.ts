// Who was in the training data: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { membershipWork } from './membership.ts'
import { membershipReport } from './report.ts'

export const membershipExperiment = experimentSoFar({ ...membershipWork, report: membershipReport })
