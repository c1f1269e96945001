// ObfNet before LeNet as two figures and a page.
// Source: Zheng et al. 2019, Figs. 3 and 4. Of its numbers only LeNet's 98.98% is at hand.

import { contactSheet } from '../../src/data/images/sheet.ts'
import { type FigureSpec, palette } from '../../src/figures/index.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { imagesText } from '../images/settings.ts'
import { rowOf } from '../images/shown.ts'
import { percent } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { ObfnetAnswer, ObfnetTask } from './obfnet.ts'

type Of<K extends ObfnetAnswer['kind']> = Extract<ObfnetAnswer, { readonly kind: K }>

/** What Zheng et al. report of LeNet. */
const published = 0.9898

export function obfnetReport(
  _: readonly ObfnetTask[],
  answers: readonly ObfnetAnswer[],
  settings: Settings,
): Report {
  const classifier = answers.find((a): a is Of<'classifier'> => a.kind === 'classifier')!
  const many = answers.find((a): a is Of<'many'> => a.kind === 'many')!
  const trained = answers
    .filter((a): a is Of<'pane'> => a.kind === 'pane')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const panes = trained.filter((pane) => !pane.constant)
  const constant = trained.filter((pane) => pane.constant)
  const { raw } = classifier
  const drop = (pane: Of<'pane'>) => 100 * (raw.value - pane.obfuscated.value)
  const second = panes.filter((pane) => pane.name !== 'ObfNet1')
  const drops = second.map(drop)
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const meanDrop = mean(drops)
  const constantDrop = mean(constant.map(drop))
  const unchanged = trained.every((pane) => pane.raw.value === raw.value)
  const rows = [
    ['raw', percent(raw), '', ''],
    ...panes.map((pane) => [
      pane.name,
      percent(pane.obfuscated),
      drop(pane).toFixed(2),
      pane.parameters.toLocaleString('en'),
    ]),
    [
      `one of ${many.panes} ObfNet2 at random`,
      percent(many.obfuscated),
      (100 * (raw.value - many.obfuscated.value)).toFixed(2),
      '',
    ],
  ]
  const head = ['sample', 'LeNet is right', 'points below raw', 'parameters']
  const first = panes.find((pane) => pane.name === 'ObfNet1')!
  const identified = `Who has all ${many.panes} panes and sends ${many.known.toLocaleString('en')} images of its own through them learns to name the pane of ${percent(many.identified)} of the test samples; chance is ${(100 / many.panes).toFixed(0)}%.`
  const page = [
    '# ObfNet before LeNet',
    '',
    `Zheng and others (2019), figures 3 and 4, measured again on ${imagesText(settings)}. LeNet is trained on raw images`,
    'for 14 epochs and frozen; each obfuscator is then trained before it for 14 epochs (cross-entropy, Adam, batch 128). Its',
    'rate falls to 0.3 of itself after an epoch whose validation loss is not the lowest so far; in the published code it is',
    'constant.',
    'The weights kept are those of the epoch that is best on a validation part; the published code chose by the test set.',
    'Intervals are of the test sample (95%, Wilson).',
    '',
    '## Figure 3: what the service sees',
    '',
    `![Top: ten test digits. Then what each obfuscator makes of them](figure-3.png)`,
    '',
    `From the top: the digits, ObfNet1, ${second.map((pane) => pane.name).join(', ')}. Obfuscated samples are no images: black is the 1st`,
    'percentile of a row’s numbers, white their 99th. That an eye tells no digit here says nothing of what a trained',
    'adversary tells: see the study’s page.',
    '',
    '## Figure 4: what the service still tells',
    '',
    '![LeNet on raw and on obfuscated samples](figure-4.svg)',
    '',
    markdownTable(head, rows),
    '',
    `| | published | here |`,
    `|---|---:|---:|`,
    `| LeNet, raw | ${(100 * published).toFixed(2)}% | ${percent(raw)} |`,
    `| mean drop over ${second.length} ObfNet2 | figure 4, not at hand as numbers | ${meanDrop.toFixed(2)} points (${Math.min(...drops).toFixed(2)} to ${Math.max(...drops).toFixed(2)}) |`,
    `| the same at a constant rate, as published (${constant.length}) | | ${constantDrop.toFixed(2)} points |`,
    `| drop of ObfNet1 | figure 4 | ${drop(first).toFixed(2)} points |`,
    '',
    '## Voluntary',
    '',
    unchanged
      ? `The same service takes raw and obfuscated samples. After each of the ${trained.length} trainings it was asked for all raw test images again: the same ${Math.round(raw.value * raw.of).toLocaleString('en')} of ${raw.of.toLocaleString('en')} right each time.`
      : `**The service’s answers to raw samples changed**: ${panes.map((pane) => pane.raw.value).join(', ')} instead of ${raw.value}.`,
    '',
    '## Many panes',
    '',
    `The device draws one of ${many.panes} panes for each sample. The service is right on ${percent(many.obfuscated)}. ${identified} So the draw hides`,
    'nothing from who has the panes, and panes are public.',
  ].join('\n')
  return {
    data: {
      raw,
      panes: trained.map(({ shown, ...rest }) => rest),
      many,
      meanDrop,
      constantDrop,
      rawUnchanged: unchanged,
      published,
    },
    figures: { 'figure-4': accuracyFigure(classifier, panes, many) },
    pictures: {
      'figure-3': contactSheet([classifier.originals, ...panes.map((pane) => pane.shown)].map(rowOf), {
        scale: 2,
        gap: 2,
      }),
    },
    page,
    summary: `LeNet on raw and obfuscated digits:\n${plainTable(head, rows)}\n${identified}`,
  }
}

function accuracyFigure(
  classifier: Of<'classifier'>,
  panes: readonly Of<'pane'>[],
  many: Of<'many'>,
): FigureSpec {
  const all = [
    { name: 'raw', kind: 'raw', ...classifier.raw },
    ...panes.map((pane) => ({
      name: pane.name,
      kind: pane.name === 'ObfNet1' ? 'ObfNet1' : 'ObfNet2',
      ...pane.obfuscated,
    })),
    { name: 'one at random', kind: 'one of them at random', ...many.obfuscated },
  ]
  const values = all.map(({ interval: [low, high], ...rest }) => ({ ...rest, low, high }))
  const bottom = Math.floor(100 * Math.min(...values.map((v) => v.low)) - 0.2) / 100
  const x = { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelAngle: -35 } }
  const color = {
    field: 'kind',
    type: 'nominal',
    title: null,
    sort: null,
    scale: { range: [palette[5], palette[1], palette[0], palette[2]] },
    legend: null,
  }
  return {
    title: {
      text: 'LeNet on raw and on obfuscated digits',
      subtitle: 'share of right answers on the test images, with 95% intervals; dashed: raw',
    },
    data: { values },
    width: Math.max(360, 46 * values.length),
    height: 260,
    layer: [
      {
        transform: [{ filter: 'datum.name === "raw"' }],
        mark: { type: 'rule', strokeDash: [5, 4], color: '#555' },
        encoding: { y: { field: 'value', type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: {
          x,
          y: {
            field: 'low',
            type: 'quantitative',
            title: 'right answers',
            scale: { domain: [Math.max(0, bottom), 1], zero: false },
            axis: { format: '.1%' },
          },
          y2: { field: 'high' },
          color,
        },
      },
      {
        mark: { type: 'point', filled: true, size: 80, opacity: 1 },
        encoding: { x, y: { field: 'value', type: 'quantitative' }, color },
      },
    ],
  }
}
