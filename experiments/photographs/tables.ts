// The tables on the page of photographs.
// Source: results.ts; Yonan et al. 2025.

import { shareText } from '../shares.ts'
import { markdownTable } from '../textTables.ts'
import type { PhotographsResult } from './results.ts'

const published: Readonly<Record<string, string>> = { LightNet: '93%', DenseNet: '59%' }

export const accuracyTable = (
  results: readonly PhotographsResult[],
  drawn: typeof markdownTable = markdownTable,
): string =>
  drawn(
    [
      'before',
      'obfuscator',
      'raw',
      'obfuscated',
      'of ten, raw',
      'of ten, obfuscated',
      'study (ResNet50)',
      'epochs',
    ],
    results.map((result) => [
      result.model,
      result.obfuscator,
      shareText(result.raw),
      shareText(result.obfuscated),
      shareText(result.amongTen.raw),
      shareText(result.amongTen.obfuscated),
      published[result.obfuscator] ?? '',
      `${result.warmUp} + ${result.epochs} (best ${result.bestEpoch})`,
    ]),
  )

export const findingTable = ({ findings }: PhotographsResult): string =>
  markdownTable(
    ['attack', 'metric', 'value', 'chance', 'without the attack'],
    findings.flatMap(({ title, metrics }) =>
      metrics.map((m) => [
        title,
        m.name,
        m.value.toFixed(3),
        m.chance.toFixed(3),
        m.baseline?.toFixed(3) ?? '–',
      ]),
    ),
  )
