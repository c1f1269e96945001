// The report of training behind frozen layers: data, figures, page, and what the terminal shows.
// Source: SPG figures 11, 13 and 14; issue 9 for the paper's claims, the only parts of it that are known here.
// It draws no conclusion that the numbers beside it do not show.

import {
  type ClassificationAnswer,
  type ClassificationTask,
  classificationSettings,
} from './classification.ts'
import { classificationFigures } from './classificationFigures.ts'
import { classificationMeans } from './classificationMeans.ts'
import { classificationPage, classificationSummary } from './classificationPage.ts'
import type { Report } from './experiment.ts'

export function classificationReport(
  tasks: readonly ClassificationTask[],
  answers: readonly ClassificationAnswer[],
): Report {
  const means = classificationMeans(tasks, answers)
  const settings = Object.entries(classificationSettings).map(([name, { title }]) => [name, title])
  return {
    data: { settings: Object.fromEntries(settings), ...means },
    figures: classificationFigures(means),
    page: classificationPage(means),
    summary: classificationSummary(means),
  }
}
