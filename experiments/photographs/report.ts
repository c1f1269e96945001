// The report of photographs: accuracy raw and obfuscated, and the auditor's verdict.
// Source: Yonan et al. 2025: before ResNet50 accuracy 93% through LightNet and 59% through DenseNet.

import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import { accuracyFigure } from './figures.ts'
import { sizesOf } from './photographs.ts'
import { firstOfEach, type PhotographsResult, type PhotographsResults, pictureOf } from './results.ts'
import { accuracyTable, findingTable } from './tables.ts'

export function photographsReport({ results }: PhotographsResults, { quick }: Settings): Report {
  const { train, test, audited, known } = sizesOf(quick)
  const shown = firstOfEach(results)
  const name = ({ obfuscator, model }: PhotographsResult) => `${obfuscator} before ${model}`
  return {
    figures: { 'figure-12': accuracyFigure(results) },
    page: {
      quick,
      train: train.toLocaleString('en'),
      test: test.toLocaleString('en'),
      accuracy: accuracyTable(results),
      shown: shown.map(name).join('; '),
      audited,
      known: known.toLocaleString('en'),
      each: shown.map((example) => ({
        name: name(example),
        verdict: example.verdict,
        reconstructed: example.findings.some(({ attack }) => attack === 'recnet')
          ? [{ picture: pictureOf(example) }]
          : [],
        findings: findingTable(example),
      })),
    },
    summary: `Accuracy on photographs, raw and obfuscated:\n${accuracyTable(results, plainTable)}\n${shown.map((own) => `${name(own)}: ${own.verdict}`).join('\n')}`,
  }
}
