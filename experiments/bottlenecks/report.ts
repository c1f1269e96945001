// The report of accuracy by bottleneck: how narrow it may be.
// Source: Xu et al. 2020; within 1 point of the classifier for n ≥ 64 was wanted.

import type { Report, Settings } from '../experiment.ts'
import { imagesText } from '../images/settings.ts'
import { shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { accuracyFigure } from './figures.ts'
import type { BottlenecksResults } from './results.ts'

export function bottlenecksReport({ points }: BottlenecksResults, settings: Settings): Report {
  const wide = points.filter((p) => p.bottleneck >= 64)
  const outside = wide.filter((p) => p.drop > 1)
  const head = ['before', 'obfuscator', 'n', 'parameters', 'raw', 'obfuscated', 'points below raw', 'epochs']
  const rows = points.map((p) => [
    p.classifier,
    p.obfuscator,
    `${p.bottleneck}`,
    p.parameters.toLocaleString('en'),
    shareText(p.raw),
    shareText(p.obfuscated),
    p.drop.toFixed(2),
    `${p.epochs}`,
  ])
  const classifiers = [...new Set(points.map((p) => p.classifier))]
  return {
    figures: { bottlenecks: accuracyFigure(points) },
    page: {
      images: imagesText(settings),
      epochs: classifiers
        .map((name) => `${points.find((p) => p.classifier === name)!.epochs} epochs before ${name}`)
        .join(', '),
      wide: wide.length,
      outside:
        outside.length === 0
          ? []
          : [
              {
                count: outside.length,
                which: outside
                  .map((p) => `${p.obfuscator}(${p.bottleneck}) before ${p.classifier}, ${p.drop.toFixed(2)}`)
                  .join('; '),
              },
            ],
      table: markdownTable(head, rows),
    },
    summary: `${plainTable(head, rows)}\n${outside.length} of ${wide.length} panes with n ≥ 64 are more than 1 point below their classifier.`,
  }
}
