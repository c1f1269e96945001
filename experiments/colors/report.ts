// What ObfNet gives away of coloured digits: sheets, charts, and a page that sets the study's numbers beside ours.
// Source: Yonan et al. 2025, Figs. 7 to 11. At hand of its numbers: ColorNet's 99.46% and 99.40%, and its threshold.

import type { Measure } from '../../src/audit/index.ts'
import { contactSheet } from '../../src/data/images/sheet.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { imagesText } from '../images/settings.ts'
import { rowOf, type Shown } from '../images/shown.ts'
import { percent, type Share } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { type Colors, type Reconstruction, type Structure, widestConvolution } from './adversaries.ts'
import type { ColorsAnswer, ColorsTask } from './colors.ts'
import { colorsFigure, mapsFigure, similarityFigure } from './figures.ts'

const names = { mlp: 'ObfNet-MLP', cnn: 'ObfNet-CNN' } as const

/** One pane and what its adversaries got. */
export interface ColorsPoint {
  readonly obfuscator: string
  readonly bottleneck: number
  readonly seed: number
  readonly raw: Share
  readonly obfuscated: Share
  readonly parameters: number
  readonly reconstructions: readonly Reconstruction[]
  readonly colors: Colors
  readonly structure: Structure
  readonly shown: Shown
  readonly seconds: number
}

export function colorsReport(
  tasks: readonly ColorsTask[],
  answers: readonly ColorsAnswer[],
  settings: Settings,
): Report {
  const base = answers.find((a) => a.originals)!
  const points = tasks
    .flatMap((task, i): ColorsPoint[] => {
      const { pane, raw, seconds } = answers[i]!
      if (!('pane' in task) || !pane) return []
      const { kind, bottleneck, seed } = task.pane
      return [{ obfuscator: names[kind], bottleneck, seed, raw, seconds, ...pane }]
    })
    .sort(
      (a, b) => b.obfuscator.localeCompare(a.obfuscator) || a.bottleneck - b.bottleneck || a.seed - b.seed,
    )
  const { effort } = tasks[0]!
  const epochs = Math.max(...tasks.map((task) => ('pane' in task ? task.pane.epochs : 0)))
  const first = points.filter((p) => p.seed === settings.seed)
  const of = (kind: keyof typeof names) => first.filter((p) => p.obfuscator === names[kind])
  const sheet = (rows: readonly Shown[]) =>
    contactSheet([base.originals!, ...rows].map(rowOf), { scale: 2, gap: 2 })
  const mean = measure(base.meanImage!, 'ssim').value
  const maps = first.flatMap((p) =>
    p.structure.map ? [{ name: `${p.obfuscator}(${p.bottleneck})`, map: p.structure.map }] : [],
  )
  const widths = (kind: keyof typeof names) =>
    of(kind)
      .map((p) => p.bottleneck)
      .join(', ')
  const summary = plainTable(
    ['pane', 'service', 'ColorNet', 'NoisyNet', 'PathNet', 'SSIM', 'digit seen', 'colour seen'],
    points.map((p) => [
      `${p.obfuscator}(${p.bottleneck})`,
      short(p.obfuscated),
      short(p.colors.colorNet),
      short(p.colors.noisyNet),
      short(p.colors.pathNet),
      measure(strongest(p).similarity, 'ssim').value.toFixed(2),
      short(strongest(p).digit),
      short(strongest(p).color),
    ]),
  )
  const strip = ({ shown, ...rest }: ColorsPoint) => ({
    ...rest,
    reconstructions: rest.reconstructions.map(({ shown: _, ...measured }) => measured),
    structure: { digit: rest.structure.digit, color: rest.structure.color },
  })
  return {
    data: {
      raw: base.raw,
      meanImage: base.meanImage,
      rawStructure: { digit: base.structure!.digit, color: base.structure!.color },
      effort,
      points: points.map(strip),
    },
    figures: {
      'figure-8-9': similarityFigure(points, mean),
      'figure-10': colorsFigure(points),
      ...(maps.length ? { 'figure-11': mapsFigure(maps) } : {}),
    },
    pictures: {
      'figure-7-mlp': sheet(of('mlp').map((p) => p.shown)),
      'figure-7-cnn': sheet(of('cnn').map((p) => p.shown)),
      'figure-8': sheet(of('mlp').map((p) => strongest(p).shown)),
      'figure-9': sheet(of('cnn').map((p) => strongest(p).shown)),
    },
    page: [
      '# What ObfNet gives away of coloured digits',
      '',
      `Yonan and others (2025), figures 7 to 11, measured again on Colored-MNIST made of ${imagesText(settings)}: every digit in`,
      'one of seven colours, equal numbers of each, so that the digit tells nothing of the colour. An InfNet-MLP is trained to',
      `tell the digit (${percent(base.raw)} of raw test images), frozen, and each obfuscator trained before it for ${epochs} epochs. The service`,
      'needs the digit alone: colour and shape are nobody’s business.',
      '',
      verdict(points, mean),
      '',
      '## Figure 7: what the service sees',
      '',
      `![Digits and what ObfNet-MLP makes of them](figure-7-mlp.png) ![The same by ObfNet-CNN](figure-7-cnn.png)`,
      '',
      `Left ObfNet-MLP, from the top the digits and n = ${widths('mlp')}; right ObfNet-CNN, n = ${widths('cnn')}. Black is the 1st`,
      'percentile of a row’s numbers, full the 99th.',
      '',
      '## Figures 8 and 9: what RecNet gives back',
      '',
      `![Reconstructed from ObfNet-MLP](figure-8.png) ![Reconstructed from ObfNet-CNN](figure-9.png)`,
      '',
      'The same test digits, in the same order of rows, reconstructed by the better of the networks tried for that pane.',
      `The adversary is the server: it has ${effort.reconstruction.images.toLocaleString('en')} of the training images and the public pane. RecNet as published`,
      `(Dense 1024, ${effort.reconstruction.epochs} epochs)${effort.reconstruction.convolutional ? `, and up to n = ${widestConvolution} a convolutional network of ours (${effort.reconstruction.convolutional} epochs; behind it at wider ones)` : ''}. Compared on ${effort.judged.toLocaleString('en')} test images; SSIM by Wang et al. 2004,`,
      `and of the mean training image, which needs no attack, ${mean.toFixed(3)}. _Digit seen_: the service’s classifier, trained on`,
      'raw digits alone, names the digit from the reconstruction. _Colour seen_: the channels with more than half of the light',
      'of the strongest are those of the colour.',
      '',
      '![SSIM by bottleneck](figure-8-9.svg)',
      '',
      markdownTable(
        ['pane', 'network', 'MSE', 'PSNR, dB', 'SSIM', 'digit seen', 'colour seen'],
        points.flatMap((p) =>
          p.reconstructions.map(({ shape, similarity, digit, color }) => [
            `${p.obfuscator}(${p.bottleneck})`,
            shape === 'dense' ? 'as published' : 'convolutional',
            withInterval(measure(similarity, 'mse'), 4),
            withInterval(measure(similarity, 'psnr'), 2),
            withInterval(measure(similarity, 'ssim'), 3),
            short(digit),
            short(color),
          ]),
        ),
      ),
      '',
      '## Figure 10: colours told',
      '',
      '![F_a by bottleneck](figure-10.svg)',
      '',
      `ColorNet is trained on ${effort.attribute.images.toLocaleString('en')} of the training images as the pane releases them. NoisyNet and PathNet have none of the`,
      `owner’s images: ${effort.attribute.made.toLocaleString('en')} images of noise, or of random walks, of their own making, through the public pane. The study does`,
      'not say how its noise and walks were drawn; ours are pixels lit with a probability that falls to the corners, and 200',
      'steps from the centre. Chance is 1/7 = 14.3%; the study calls more than 30% compromised.',
      '',
      markdownTable(
        ['pane', 'service is right', 'ColorNet', 'NoisyNet', 'PathNet', 'study, ColorNet'],
        points.map((p) => [
          `${p.obfuscator}(${p.bottleneck})`,
          percent(p.obfuscated),
          percent(p.colors.colorNet),
          percent(p.colors.noisyNet),
          percent(p.colors.pathNet),
          published(p),
        ]),
      ),
      '',
      '## Figure 11: what one sees who knows nothing',
      '',
      ...(maps.length ? ['![t-SNE maps](figure-11.svg)', ''] : []),
      `Purity: of the 15 nearest samples, how many are of one’s class, among ${effort.mapped.toLocaleString('en')} test samples; _as released_ without any map.`,
      'The silhouette is measured on the map. _Raw_ are the images themselves.',
      '',
      markdownTable(
        ['samples', 'class', 'purity as released', 'purity on the map', 'chance', 'silhouette'],
        [
          { name: 'raw', structure: base.structure! },
          ...points.map((p) => ({ name: `${p.obfuscator}(${p.bottleneck})`, structure: p.structure })),
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
      ),
      '',
      '## Where this differs from the study',
      '',
      ...(epochs < 14
        ? [
            `- Panes are trained for ${epochs} epochs at a rate that falls when the validation loss does not, theirs for 14 at one rate.`,
          ]
        : []),
      '- The classifier is InfNet-MLP; best epochs are chosen on a validation part, theirs on the test set.',
      `- RecNet sees ${effort.reconstruction.images.toLocaleString('en')} images, ColorNet ${effort.attribute.images.toLocaleString('en')}, to save time: all of them can only give an adversary more.`,
      '- Its MSE, PSNR and SSIM are in figures that are not at hand as numbers; nor is its silhouette: it has pictures.',
    ].join('\n'),
    summary: `What the service, the adversaries and RecNet get of obfuscated coloured digits:\n${summary}`,
  }
}

const measure = (of: readonly Measure[], name: string): Measure => of.find((m) => m.name === name)!

/** The reconstruction that is most alike: an auditor counts the strongest attack. */
const strongest = ({ reconstructions }: ColorsPoint): Reconstruction =>
  reconstructions.reduce((a, b) =>
    measure(b.similarity, 'ssim').value > measure(a.similarity, 'ssim').value ? b : a,
  )

const short = ({ value }: Share): string => `${(100 * value).toFixed(1)}%`

const withInterval = ({ value, interval: [low, high] }: Measure, digits: number): string =>
  `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`

/** What the study reports: for ObfNet at 512 and 1024 units; it does not say of which of the two shapes. */
function published({ bottleneck }: ColorsPoint): string {
  if (bottleneck === 512) return '99.46%'
  return bottleneck === 1024 ? '99.40%' : ''
}

/** The break in a few sentences, whichever way it came out. */
function verdict(points: readonly ColorsPoint[], meanImage: number): string {
  const wide = points.filter((p) => p.bottleneck >= 512)
  const narrow = points.filter((p) => p.bottleneck === 8)
  const range = (of: readonly number[]) => {
    const [low, high] = [Math.min(...of), Math.max(...of)].map((v) => (100 * v).toFixed(1))
    return low === high ? `${low}%` : `${low}% to ${high}%`
  }
  const f = (of: readonly ColorsPoint[], who: keyof Colors) => range(of.map((p) => p.colors[who].value))
  const compromised = narrow.filter((p) => Object.values(p.colors).some((s: Share) => s.value > 0.3))
  const ssim = points.map((p) => measure(strongest(p).similarity, 'ssim').value)
  return [
    ...(wide.length
      ? [
          `At n = ${[...new Set(wide.map((p) => p.bottleneck))].join(' and ')} ColorNet tells ${f(wide, 'colorNet')} of the colours (study: 99.46% and 99.40%), NoisyNet ${f(wide, 'noisyNet')} and PathNet ${f(wide, 'pathNet')} (study: more than 50%).`,
        ]
      : []),
    ...(narrow.length
      ? [
          `At n = 8 ColorNet tells ${f(narrow, 'colorNet')}, NoisyNet ${f(narrow, 'noisyNet')}, PathNet ${f(narrow, 'pathNet')}: ${compromised.length === narrow.length ? 'the colour is compromised even there' : compromised.length > 0 ? `the colour is compromised behind ${compromised.map((p) => p.obfuscator).join(' and ')}` : 'the colour is not compromised there (30% or less)'}.`,
        ]
      : []),
    ...(wide.length
      ? [
          `From what RecNet gives back at these widths the digit is named in ${range(wide.map((p) => strongest(p).digit.value))} and the colour in ${range(wide.map((p) => strongest(p).color.value))}.`,
        ]
      : []),
    `Reconstructions reach an SSIM of ${Math.min(...ssim).toFixed(2)} to ${Math.max(...ssim).toFixed(2)}; the mean image has ${meanImage.toFixed(2)}.`,
  ].join(' ')
}
