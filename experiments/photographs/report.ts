// Fig. 12 as sheets, a chart and a page with the auditor's verdict.
// Source: Yonan et al. 2025: before ResNet50 accuracy 93% through LightNet and 59% through DenseNet.

import { contactSheet } from '../../src/data/images/sheet.ts'
import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { rowOf } from '../images/shown.ts'
import { percent } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { PhotographsAnswer, PhotographsTask } from './photographs.ts'

const published: Readonly<Record<string, string>> = { LightNet: '93%', DenseNet: '59%' }

export function photographsReport(
  tasks: readonly PhotographsTask[],
  answers: readonly PhotographsAnswer[],
  { quick, seed }: Settings,
): Report {
  const all = answers.toSorted(
    (a, b) => a.model.localeCompare(b.model) || b.obfuscator.localeCompare(a.obfuscator),
  )
  const shown = all.filter((a) => tasks[answers.indexOf(a)]!.seed === seed)
  const { train, test, audited, known } = tasks[0]!
  const head = [
    'before',
    'obfuscator',
    'raw',
    'obfuscated',
    'of ten, raw',
    'of ten, obfuscated',
    'study (ResNet50)',
    'epochs',
  ]
  const rows = all.map((a) => [
    a.model,
    a.obfuscator,
    percent(a.raw),
    percent(a.obfuscated),
    percent(a.amongTen.raw),
    percent(a.amongTen.obfuscated),
    published[a.obfuscator] ?? '',
    `${a.warmUp} + ${a.epochs} (best ${a.bestEpoch})`,
  ])
  const pictureOf = (a: PhotographsAnswer) =>
    `figure-12-${a.model.split(' ')[0]!.toLowerCase()}-${a.obfuscator.toLowerCase()}`
  return {
    data: { results: all.map(({ shown: _, originals: __, reconstructed: ___, ...rest }) => rest) },
    figures: { 'figure-12': accuracyFigure(all) },
    pictures: {
      'figure-12-samples': contactSheet([shown[0]!.originals, ...shown.map((a) => a.shown)].map(rowOf), {
        gap: 2,
      }),
      ...Object.fromEntries(
        shown.flatMap((a) =>
          a.reconstructed ? [[pictureOf(a), new Uint8Array(Buffer.from(a.reconstructed, 'base64'))]] : [],
        ),
      ),
    },
    page: [
      '# LightNet and DenseNet on photographs',
      '',
      'Yonan and others (2025), figure 12, measured again before models that nobody here made: MobileNet v2 and SqueezeNet 1.1',
      'as published, frozen, with their thousand ImageNet classes. The study used ResNet50, whose complete weights are not at',
      'hand, and does not tell the widths of its obfuscators, nor how it trained them; ours meet its counts of parameters,',
      'learn to reproduce the image first (epochs before the +), and then by cross-entropy among the ten classes of the',
      `photographs. ${train.toLocaleString('en')} photographs of the ten Imagenette classes train an obfuscator, ${test.toLocaleString('en')} others test it.`,
      ...(quick ? ['', '**A quick run: far too few photographs and epochs; it shows that it runs.**'] : []),
      '',
      '![Accuracy raw and obfuscated](figure-12.svg)',
      '',
      markdownTable(head, rows),
      '',
      '_Raw_ and _obfuscated_: right among all classes of the model. _Of ten_: the best of the ten classes of the photographs.',
      '',
      '## What the service sees',
      '',
      // Named, not shown: this page may be published, and the photographs may not.
      'A run writes sheets beside this page, and they stay with who ran it: ImageNet’s photographs are for research, not for',
      `publishing. \`figure-12-samples.png\`, from the top: the photographs; ${shown.map((a) => `${a.obfuscator} before ${a.model}`).join('; ')}. Black is the 1st percentile of a`,
      'row’s numbers, full the 99th.',
      '',
      '## What the auditor says',
      '',
      `${audited} photographs of the test part as the pane released them; the adversary has ${known.toLocaleString('en')} of the training photographs.`,
      'Quick effort: more can only find more.',
      '',
      ...shown.flatMap((a) => [
        `### ${a.obfuscator} before ${a.model}`,
        '',
        `**${a.verdict}**`,
        '',
        ...(a.reconstructed
          ? [`Photographs, what left, what RecNet made of it: \`${pictureOf(a)}.png\`.`, '']
          : []),
        markdownTable(
          ['attack', 'metric', 'value', 'chance', 'without the attack'],
          a.findings.flatMap((f) =>
            f.metrics.map((m) => [
              f.title,
              m.name,
              m.value.toFixed(3),
              m.chance.toFixed(3),
              m.baseline?.toFixed(3) ?? '–',
            ]),
          ),
        ),
        '',
      ]),
    ].join('\n'),
    summary: `Accuracy on photographs, raw and obfuscated:\n${plainTable(head, rows)}\n${shown.map((a) => `${a.obfuscator} before ${a.model}: ${a.verdict}`).join('\n')}`,
  }
}

function accuracyFigure(answers: readonly PhotographsAnswer[]): FigureSpec {
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
