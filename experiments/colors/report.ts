// The report of coloured digits: charts, and the study's numbers beside ours.
// Source: Yonan et al. 2025, Figs. 7 to 11.

import type { Report, Settings } from '../experiment.ts'
import { imagesText } from '../images/settings.ts'
import { shareText } from '../shares.ts'
import { widestConvolution } from './adversaries.ts'
import { epochsOf, mapped } from './colors.ts'
import { colorsFigure, similarityFigure } from './figures.ts'
import { type ColorsResults, measure, names } from './results.ts'
import { colorTable, reconstructionTable, structureTable, summaryTable } from './tables.ts'
import { verdict } from './verdict.ts'

export function colorsReport(results: ColorsResults, settings: Settings): Report {
  const { raw, meanImage, effort, points } = results
  const epochs = epochsOf(settings.quick)
  const mean = measure(meanImage, 'ssim').value
  const widths = (kind: keyof typeof names) =>
    points.filter((p) => p.obfuscator === names[kind] && p.seed === settings.seed).map((p) => p.bottleneck)
  const { images, convolutional } = effort.reconstruction
  return {
    figures: { 'figure-8-9': similarityFigure(points, mean), 'figure-10': colorsFigure(points) },
    page: {
      images: imagesText(settings),
      raw: shareText(raw),
      epochs,
      ...verdict(points, mean),
      'mlp-widths': widths('mlp').join(', '),
      'cnn-widths': widths('cnn').join(', '),
      'server-images': images.toLocaleString('en'),
      'server-epochs': effort.reconstruction.epochs,
      convolution: convolutional > 0 ? [{ widest: widestConvolution, 'own-epochs': convolutional }] : [],
      judged: effort.judged.toLocaleString('en'),
      'mean-image': mean.toFixed(3),
      reconstructions: reconstructionTable(points),
      'color-images': effort.attribute.images.toLocaleString('en'),
      made: effort.attribute.made.toLocaleString('en'),
      colors: colorTable(points),
      maps: widths('mlp').some((width) => mapped('mlp', width)),
      mapped: effort.mapped.toLocaleString('en'),
      structure: structureTable(results),
      fewer: epochs < 14,
    },
    summary: `What the service, the adversaries and RecNet get of obfuscated coloured digits:\n${summaryTable(points)}`,
  }
}
