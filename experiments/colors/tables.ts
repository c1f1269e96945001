// The tables on the page of coloured digits.
// Source: results.ts; Yonan et al. 2025. At hand of its numbers: ColorNet's 99.46% and 99.40%.

import type { Measure } from '../../src/audit/index.ts'
import { percent } from '../../src/statistics/figures.ts'
import { type Share, shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { type ColorsPoint, type ColorsResults, measure, strongest } from './results.ts'

const paneName = ({ obfuscator, bottleneck }: ColorsPoint): string => `${obfuscator}(${bottleneck})`

/** For the terminal. */
export const summaryTable = (points: readonly ColorsPoint[]): string =>
  plainTable(
    ['pane', 'service', 'ColorNet', 'NoisyNet', 'PathNet', 'SSIM', 'digit seen', 'colour seen'],
    points.map((p) => [
      paneName(p),
      short(p.obfuscated),
      short(p.colors.colorNet),
      short(p.colors.noisyNet),
      short(p.colors.pathNet),
      measure(strongest(p).similarity, 'ssim').value.toFixed(2),
      short(strongest(p).digit),
      short(strongest(p).color),
    ]),
  )

export const reconstructionTable = (points: readonly ColorsPoint[]): string =>
  markdownTable(
    ['pane', 'network', 'MSE', 'PSNR, dB', 'SSIM', 'digit seen', 'colour seen'],
    points.flatMap((p) =>
      p.reconstructions.map(({ shape, similarity, digit, color }) => [
        paneName(p),
        shape === 'dense' ? 'as published' : 'convolutional',
        withInterval(measure(similarity, 'mse'), 4),
        withInterval(measure(similarity, 'psnr'), 2),
        withInterval(measure(similarity, 'ssim'), 3),
        short(digit),
        short(color),
      ]),
    ),
  )

export const colorTable = (points: readonly ColorsPoint[]): string =>
  markdownTable(
    ['pane', 'service is right', 'ColorNet', 'NoisyNet', 'PathNet', 'study, ColorNet'],
    points.map((p) => [
      paneName(p),
      shareText(p.obfuscated),
      shareText(p.colors.colorNet),
      shareText(p.colors.noisyNet),
      shareText(p.colors.pathNet),
      published(p),
    ]),
  )

export const structureTable = ({ rawStructure, points }: ColorsResults): string =>
  markdownTable(
    ['samples', 'class', 'purity as released', 'purity on the map', 'chance', 'silhouette'],
    [
      { name: 'raw', structure: rawStructure },
      ...points.map((p) => ({ name: paneName(p), structure: p.structure })),
    ].flatMap(({ name, structure }) =>
      (['digit', 'color'] as const).map((by) => {
        const g = structure[by]
        return [
          name,
          by === 'digit' ? 'digit' : 'colour',
          g.purity.toFixed(3),
          name === 'raw' ? '–' : g.mapPurity.toFixed(3),
          g.chance.toFixed(3),
          name === 'raw' ? '–' : g.mapSilhouette.toFixed(2),
        ]
      }),
    ),
  )

const short = ({ value }: Share): string => percent(value)

const withInterval = ({ value, interval: [low, high] }: Measure, digits: number): string =>
  `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`

/** What the study reports: for ObfNet at 512 and 1024 units; it does not say of which of the two shapes. */
function published({ bottleneck }: ColorsPoint): string {
  if (bottleneck === 512) return '99.46%'
  return bottleneck === 1024 ? '99.40%' : ''
}
