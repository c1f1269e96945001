// An encrypted network learns sentiment: the experiment whole.
// Source: its parts.

import { experimentSoFar } from '../experiment.ts'
import { sentimentReport } from './report.ts'
import { sentimentWork } from './sentiment.ts'

export const sentimentExperiment = experimentSoFar({ ...sentimentWork, report: sentimentReport })
