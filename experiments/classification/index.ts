// Classification behind frozen layers: the experiment whole.
// Source: its parts.

import { experiment } from '../experiment.ts'
import { classificationSettings, classificationWork } from './classification.ts'
import { classificationMeans } from './means.ts'
import { classificationReport } from './report.ts'

const settings = Object.fromEntries(
  Object.entries(classificationSettings).map(([name, { title }]) => [name, title]),
)

export const classificationExperiment = experiment({
  ...classificationWork,
  template: new URL('page.md', import.meta.url),
  results: (tasks, answers) => ({ settings, ...classificationMeans(tasks, answers) }),
  report: classificationReport,
})
