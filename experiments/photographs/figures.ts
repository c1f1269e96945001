// Fig. 12 as a chart and as sheets.
// Source: Yonan et al. 2025; results.ts.

import { contactSheet } from '../../src/data/images/sheet.ts'
import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { Drawn } from '../experiment.ts'
import { rowOf } from '../images/shown.ts'
import type { PhotographsAnswer, PhotographsTask } from './photographs.ts'
import { firstOfEach, inOrder, type PhotographsResult, pictureOf } from './results.ts'

/** The photographs and what obfuscators make of them; what RecNet gives back, where it ran. */
export function photographsDrawn(
  _: readonly PhotographsTask[],
  answers: readonly PhotographsAnswer[],
): Drawn {
  const shown = firstOfEach(inOrder(answers))
  const sheets = shown.flatMap((example) =>
    example.reconstructed
      ? [[pictureOf(example), new Uint8Array(Buffer.from(example.reconstructed, 'base64'))] as const]
      : [],
  )
  const samples = contactSheet([shown[0]!.originals, ...shown.map((example) => example.shown)].map(rowOf), {
    gap: 2,
  })
  return { pictures: { 'figure-12-samples': samples, ...Object.fromEntries(sheets) } }
}

export function accuracyFigure(answers: readonly PhotographsResult[]): FigureSpec {
  const values = answers.flatMap((a) =>
    (['raw', 'obfuscated'] as const).flatMap((sample) =>
      (
        [
          ['the ten classes', a.amongTen[sample]],
          ['all classes', a[sample]],
        ] as const
      ).map(([among, { value, interval }]) => ({
        model: a.model,
        sample: sample === 'raw' ? 'raw' : a.obfuscator,
        among,
        value,
        low: interval[0],
        high: interval[1],
      })),
    ),
  )
  const y = {
    type: 'quantitative',
    title: 'right answers',
    scale: { domain: [0, 1] },
    axis: { format: '.0%' },
  }
  const x = {
    field: 'sample',
    type: 'nominal',
    title: null,
    sort: ['raw', 'LightNet', 'DenseNet'],
    axis: { labelAngle: 0 },
  }
  const xOffset = { field: 'among', sort: ['the ten classes', 'all classes'] }
  return {
    title: {
      text: 'Photographs raw and obfuscated',
      subtitle: 'test accuracy with 95% intervals; the study, before ResNet50: LightNet 93%, DenseNet 59%',
    },
    data: { values },
    facet: { column: { field: 'model', title: null } },
    spec: {
      width: 240,
      height: 240,
      layer: [
        {
          mark: { type: 'bar', width: 26 },
          encoding: {
            x,
            xOffset,
            y: { field: 'value', aggregate: 'mean', ...y },
            color: {
              field: 'among',
              type: 'nominal',
              title: 'among',
              sort: null,
              scale: { range: [palette[0], '#9ec4dd'] },
            },
          },
        },
        {
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: {
            x,
            xOffset,
            y: { field: 'low', aggregate: 'min', ...y },
            y2: { field: 'high', aggregate: 'max' },
            detail: { field: 'among' },
          },
        },
      ],
    },
  }
}
