// The report of the encrypted network: accuracies beside the paper's, speed, and the break of its scheme.
// Source: Sayyad and Kulkarni, section V.
// Speeds are of a run whose tasks share the machine's cores.

import type { FigureSpec } from '../../src/figures/index.ts'
import { palette } from '../../src/figures/index.ts'
import { average } from '../estimates.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { mergedShares, percent, type Share } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { longest } from './limits.ts'
import { block, type Pass, type SentimentAnswer, type SentimentTask } from './sentiment.ts'
import { leastSquares, taylor } from './sigmoids.ts'

interface Row {
  readonly encryption: string
  readonly activation: string
  /** Over all seeds together. */
  readonly online: Share
  readonly heldOut: Share
  /** Trainings whose values were lost, and after how many reviews at the earliest. */
  readonly lost: number
  readonly firstLost: number | null
  readonly trainings: number
  readonly largest: number
  readonly perSecond: number
  readonly asPlain: Share | null
  readonly weightsRead: Share | null
  readonly course: readonly number[]
}

/** What the paper prints: [right, of]. */
const paper: Readonly<Record<string, readonly [number, number]>> = {
  'plain, sigmoid': [20_523, 25_000],
  'published, taylor': [18_799, 25_000],
}

const activations: Readonly<Record<string, string>> = {
  sigmoid: 'sigmoid',
  taylor: taylor.title,
  'least squares': leastSquares.title,
}

export function sentimentReport(
  tasks: readonly SentimentTask[],
  answers: readonly SentimentAnswer[],
  { quick }: Settings,
): Report {
  const rows = rowsOf(tasks, answers)
  const breaks = tasks.flatMap((task, i) =>
    task.kind === 'break' ? [{ scheme: task.scheme, ...answers[i]!.broken! }] : [],
  )
  const first = tasks.find((task) => task.kind === 'training')!
  const words = answers.find((answer) => answer.training)!.training!.words
  const head = ['weights', 'in the sigmoid’s place', 'right in one pass', 'paper', 'held out', 'reviews/s']
  const table = rows.map((row) => [
    row.encryption,
    activations[row.activation]!,
    percent(row.online) + (row.lost > 0 ? ` (lost after ${row.firstLost!.toLocaleString('en')})` : ''),
    paperText(row, quick),
    row.lost === row.trainings ? 'lost' : percent(row.heldOut),
    Math.round(row.perSecond).toLocaleString('en'),
  ])
  const breakHead = ['scheme', 'key found by', 'keys found', 'ms', 'fresh noise', 'doublings', 'products']
  const breakTable = breaks.map(({ scheme, how, found, milliseconds, limits }) => [
    scheme,
    how,
    `${Math.round(found.value * found.of)} of ${found.of}`,
    milliseconds.toFixed(1),
    limits.freshNoise === null ? 'none' : `2^${limits.freshNoise.toFixed(1)}`,
    atMost(limits.doublings, longest.doublings),
    atMost(limits.products, longest.products),
  ])
  const encrypted = rows.filter((row) => row.weightsRead)
  const sound = encrypted.find((row) => row.encryption === 'published')
  return {
    data: { reviews: first.reviews, heldOut: first.heldOut, words, rows, breaks },
    figures: { 'online-accuracy': courseFigure(rows) },
    page: [
      '# An encrypted network that learns sentiment, and how its encryption breaks',
      '',
      'Sayyad and Kulkarni, _An Encrypted Neural Network Learning to Build Safe Trained Model_: a network whose **weights** are',
      'encrypted learns from reviews in the plain, in an untrusted place, so that it can neither be stolen nor used there.',
      `Here: ${first.reviews.toLocaleString('en')} reviews of the Large Movie Review Dataset (Maas et al. 2011)${quick ? ', **a quick run**' : ''}, a vocabulary of ${words.toLocaleString('en')} words by`,
      'number and positive-to-negative ratio, eight hidden units without a non-linearity, learning rate 0.001, scaling factor',
      '1000, l = 100 bits, w = 2^25, bounds 10, one extra key column. Every review is answered, and then learnt: _right in one',
      `pass_. _Held out_: trained on the first ${(first.reviews - first.heldOut).toLocaleString('en')} and asked the other ${first.heldOut.toLocaleString('en')}, whose verdicts the vocabulary does not know. The`,
      'paper has no such number, and its own is flattered by a vocabulary that knows the verdicts of what is answered.',
      '',
      '## Accuracy',
      '',
      '![Right answers while learning](online-accuracy.svg)',
      '',
      markdownTable(head, table),
      '',
      ...findings(rows, sound),
      '',
      '## The break',
      '',
      markdownTable(breakHead, breakTable),
      '',
      '_Key found by_: how the secret key falls out of the public one, measured on the network’s own keys (median of one key).',
      '_Fresh noise_, _doublings_, _products_: how long decryption stays right, of 3 added to itself or multiplied by 3.',
      'Doubling doubles the noise; with the published weight under a modulus the first product is wrong.',
      '',
      ...encrypted.map(
        (row) =>
          `- ${row.encryption}, ${activations[row.activation]}: ${percent(row.weightsRead!)} of the trained network’s encrypted weights are read **without any key**, by dividing ciphertexts by w.`,
      ),
      '',
      'Without a modulus the masks are sums of small numbers, thousands beside w = 33,554,432: a ciphertext shows what it holds.',
      'A modulus ends that, but a ciphertext under it cannot be divided by the scaling factor: this network cannot be trained so.',
      'Its key of one column falls to trying ten numbers. Why, and the cryptanalysis: `src/encrypt/integer-vector/BREAK.md`.',
    ].join('\n'),
    summary: [
      plainTable(head, table),
      '',
      plainTable(breakHead, breakTable),
      ...(sound ? [`${percent(sound.weightsRead!)} of the encrypted weights are read without any key.`] : []),
    ].join('\n'),
  }
}

const atMost = (steps: number, most: number): string => (steps === most ? `${most} or more` : String(steps))

const paperText = (row: Row, quick: boolean): string => {
  const printed = paper[`${row.encryption}, ${row.activation}`]
  return printed && !quick ? `${((100 * printed[0]) / printed[1]).toFixed(1)}%` : '–'
}

function findings(rows: readonly Row[], sound: Row | undefined): string[] {
  const of = (encryption: string, activation: string) =>
    rows.find((row) => row.encryption === encryption && row.activation === activation)!
  const plain = of('plain', 'sigmoid')
  const series = of('plain', 'taylor')
  return [
    ...(series.lost > 0
      ? [
          `**The Taylor series ends the training.** Its radius of convergence is π; beyond it runs off the wrong way, so that one`,
          `certain answer turns the gradient round, and the next is larger still. Answers of the sigmoid’s training reach`,
          `±${plain.largest.toFixed(0)}. In the plain the values are lost after ${series.firstLost!.toLocaleString('en')} reviews, encrypted likewise, and the rest counts as`,
          'wrong. How the paper’s encrypted network came through to 75.1% its text does not say.',
          '',
        ]
      : []),
    ...(sound
      ? [
          `**A polynomial that covers the range costs ${(100 * (plain.heldOut.value - sound.heldOut.value)).toFixed(1)} points on held-out reviews** (the paper lost 6.9 in its pass), and encryption`,
          `costs nothing more: ${percent(sound.asPlain!)} of the answers in the pass are those of the same network in the plain.`,
          `${Math.round(sound.perSecond).toLocaleString('en')} reviews a second encrypted, ${Math.round(of('plain', 'least squares').perSecond).toLocaleString('en')} in the plain; the public demonstration of the idea ran at about 2.`,
        ]
      : []),
  ]
}

function rowsOf(tasks: readonly SentimentTask[], answers: readonly SentimentAnswer[]): Row[] {
  const groups = new Map<string, SentimentAnswer['training'][]>()
  const named = new Map<string, Extract<SentimentTask, { kind: 'training' }>>()
  tasks.forEach((task, i) => {
    if (task.kind !== 'training') return
    const name = `${task.encryption}, ${task.activation}`
    named.set(name, task)
    groups.set(name, [...(groups.get(name) ?? []), answers[i]!.training])
  })
  const order = ['plain', 'published', 'with noise']
  return [...groups]
    .map(([name, group]): Row => {
      const { encryption, activation } = named.get(name)!
      const own = group.map((training) => training!)
      const passes = own.map((training) => training.online)
      const lost = passes.flatMap((pass) => (pass.lost === null ? [] : [pass.lost]))
      return {
        encryption,
        activation,
        online: together(passes.map((pass) => pass.right)) as Share,
        heldOut: together(own.map((training) => training.heldOut)) as Share,
        lost: lost.length,
        firstLost: lost.length > 0 ? Math.min(...lost) : null,
        trainings: own.length,
        largest: Math.max(...passes.map((pass) => pass.largest)),
        perSecond: average(passes, (pass) => pass.perSecond),
        asPlain: together(own.map((training) => training.asPlain)),
        weightsRead: together(own.map((training) => training.weightsRead)),
        course: courseOf(passes),
      }
    })
    .sort((a, b) => order.indexOf(a.encryption) - order.indexOf(b.encryption))
}

/** Counts of several trainings as one; null where one lacks it. */
function together(shares: readonly (Share | undefined)[]): Share | null {
  const own = shares.flatMap((one) => (one ? [one] : []))
  if (own.length < shares.length) return null
  return mergedShares(own)
}

/** Means over trainings, as far as all of them go. */
function courseOf(passes: readonly Pass[]): number[] {
  const length = Math.min(...passes.map((pass) => pass.course.length))
  return Array.from({ length }, (_, i) => average(passes, (pass) => pass.course[i]!))
}

function courseFigure(rows: readonly Row[]): FigureSpec {
  const values = rows
    .filter((row) => row.encryption !== 'with noise')
    .flatMap((row) =>
      row.course.map((value, i) => ({
        reviews: (i + 1) * block,
        value,
        weights: row.encryption === 'plain' ? 'in the plain' : 'encrypted',
        activation: activations[row.activation],
      })),
    )
  return {
    config: { legend: { labelLimit: 260, titleLimit: 260 } },
    title: {
      text: 'Right answers while learning, in one pass',
      subtitle: `each point ${block} reviews; a line ends where the values are lost`,
    },
    data: { values },
    facet: {
      row: {
        field: 'activation',
        type: 'nominal',
        title: null,
        header: { labelAngle: 0, labelAnchor: 'start', labelOrient: 'top', labelFontWeight: 'bold' },
      },
    },
    spec: {
      width: 560,
      height: 130,
      // Where both agree the thin line lies on the broad one.
      mark: { type: 'line' },
      encoding: {
        x: { field: 'reviews', type: 'quantitative', title: 'reviews learnt', axis: { format: ',d' } },
        y: {
          field: 'value',
          type: 'quantitative',
          title: 'answered rightly',
          scale: { domain: [0.6, 1] },
          axis: { format: '.0%', tickCount: 4 },
        },
        color: {
          field: 'weights',
          type: 'ordinal',
          title: 'weights',
          scale: { domain: ['in the plain', 'encrypted'], range: ['#B9D6EA', palette[1]] },
        },
        strokeWidth: {
          field: 'weights',
          type: 'ordinal',
          scale: { domain: ['in the plain', 'encrypted'], range: [7, 1.5] },
        },
        order: { field: 'reviews' },
      },
    },
  }
}
