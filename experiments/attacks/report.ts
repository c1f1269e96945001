// Sums up the sweep of attacks: means over keys, figures, and a page that sets the paper's claim beside them.
// Source: issue 9, sections 2 and 3.

import type { Report } from '../experiment.ts'
import { layersFigure, leakFigure } from './figures.ts'
import { meansOf } from './means.ts'
import { pageOf, summaryOf } from './page.ts'
import type { AttacksAnswer, AttacksTask } from './task.ts'

export function attacksReport(tasks: readonly AttacksTask[], answers: readonly AttacksAnswer[]): Report {
  const means = meansOf(tasks, answers)
  const shown = tasks.some((t) => t.known.includes(20)) ? 20 : (tasks[0]?.known[0] ?? 20)
  const page = pageOf(means, shown)
  return {
    data: { means },
    figures: { 'attacks-layers': layersFigure(means, shown), 'attacks-leak': leakFigure(means) },
    page,
    summary: summaryOf(means, shown),
  }
}
