// The report of training behind frozen layers: data, figures, page, and what the terminal shows.
// Source: SPG figures 11, 13 and 14; issue 9 for the paper's claims, the only parts of it that are known here.
// It draws no conclusion that the numbers beside it do not show.

import type { Report } from '../experiment.ts'
import {
  type ClassificationAnswer,
  type ClassificationTask,
  classificationSettings,
} from './classification.ts'
import { classificationFigures } from './figures.ts'
import { classificationMeans } from './means.ts'
import { classificationPage, classificationSummary } from './page.ts'

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
