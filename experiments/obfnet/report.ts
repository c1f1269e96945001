// The report of ObfNet before LeNet: two figures, accuracies beside the published one, many panes.
// Source: Zheng et al. 2019, Figs. 3 and 4.

import type { Report, Settings } from '../experiment.ts'
import { imagesText } from '../images/settings.ts'
import { shareText } from '../shares.ts'
import { accuracyFigure } from './figures.ts'
import { dropOf, type ObfnetResults } from './results.ts'
import { accuracyPlainTable, accuracyTable } from './tables.ts'

export function obfnetReport(results: ObfnetResults, settings: Settings): Report {
  const { raw, panes: trained, many, meanDrop, constantDrop, rawUnchanged, published } = results
  const panes = trained.filter((pane) => !pane.constant)
  const second = panes.filter((pane) => pane.name !== 'ObfNet1')
  const drops = second.map((pane) => dropOf(raw, pane))
  const [known, identified] = [many.known.toLocaleString('en'), shareText(many.identified)]
  return {
    figures: { 'figure-4': accuracyFigure(raw, panes, many) },
    page: {
      images: imagesText(settings),
      second: second.map((pane) => pane.name).join(', '),
      table: accuracyTable(raw, panes, many),
      published: (100 * published).toFixed(2),
      raw: shareText(raw),
      'second-count': second.length,
      'mean-drop': meanDrop.toFixed(2),
      'least-drop': Math.min(...drops).toFixed(2),
      'most-drop': Math.max(...drops).toFixed(2),
      'constant-count': trained.length - panes.length,
      'constant-drop': constantDrop.toFixed(2),
      'first-drop': dropOf(raw, panes.find((pane) => pane.name === 'ObfNet1')!).toFixed(2),
      unchanged: rawUnchanged
        ? [
            {
              trainings: trained.length,
              right: Math.round(raw.value * raw.of).toLocaleString('en'),
              of: raw.of.toLocaleString('en'),
            },
          ]
        : [],
      values: panes.map((pane) => pane.raw.value).join(', '),
      before: raw.value,
      panes: many.panes,
      'many-right': shareText(many.obfuscated),
      known,
      identified,
      chance: (100 / many.panes).toFixed(0),
    },
    summary: `LeNet on raw and obfuscated digits:
${accuracyPlainTable(raw, panes, many)}
Who has all ${many.panes} panes and sends ${known} images through them names the pane of ${identified} of the test samples.`,
  }
}
