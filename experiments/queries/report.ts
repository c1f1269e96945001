// The report of private queries: the session answer by answer, how often bars held, means beside naive ones.
// Source: issue 12, "What this issue must show".
// True answers stand on the page: Adult is public. They are never shown by the product.

import { palette } from '../../src/figures/index.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { percent, share } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import type { BarsAnswer, MeanAnswer, QueriesAnswer, QueriesTask } from './queries.ts'

const figure = (x: number): string =>
  Number.isInteger(x) ? x.toLocaleString('en') : x.toLocaleString('en', { maximumSignificantDigits: 5 })

export function queriesReport(
  tasks: readonly QueriesTask[],
  answers: readonly QueriesAnswer[],
  { quick }: Settings,
): Report {
  const session = answers.find((one) => one.kind === 'session')!
  const bars = answers.flatMap((one) => (one.kind === 'bars' ? one.bars : []))
  const means = answers.flatMap((one) => (one.kind === 'means' ? one.means : []))
  const { runs, adult } = tasks[0]!
  const { epsilon, budget } = tasks.find((task) => task.kind === 'session')!
  const barHead = [
    'query',
    'answer',
    'bars that held',
    'in the worst group',
    'half a bar',
    'root mean square error',
  ]
  const barRows = bars.map((bar) => [
    String(bar.query + 1),
    bar.name,
    percent(share(bar.held, bar.of)),
    `${((100 * bar.worst.held) / bar.worst.of).toFixed(1)}%`,
    figure(bar.halfWidth),
    figure(bar.error),
  ])
  const meanHead = ['mean of', 'rows', 'ε', 'ours', 'centred sum / count', 'sum / count']
  const meanRows = means.map((one) => [
    one.what,
    one.rows.toLocaleString('en'),
    String(one.epsilon),
    figure(one.shared),
    figure(one.centred),
    figure(one.naive),
  ])
  const lines = session.answers.flatMap(({ sql, names, groups, left, untold }, i) => [
    `### ${i + 1}. \`${sql}\``,
    '',
    markdownTable(
      [groups[0]?.keys.length ? 'group' : 'answer', 'true', 'private', '95% bar'],
      groups.flatMap(({ keys, answers: own }) =>
        own.map(({ value, low, high, truth }, j) => [
          keys.length ? `${keys.join(', ')}${names.length > 1 ? `: ${names[j]}` : ''}` : names[j]!,
          figure(truth),
          figure(value),
          `${figure(low)} … ${figure(high)}${low <= truth && truth <= high ? '' : ' (missed)'}`,
        ]),
      ),
    ),
    '',
    `${untold > 0 ? `Not told: ${untold} of the groups. ` : ''}Left in the ledger: ε = ${figure(left)}.`,
    '',
  ])
  const shown = session.answers.flatMap(({ groups }) => groups.flatMap((group) => group.answers))
  const hits = shown.filter(({ low, high, truth }) => low <= truth && truth <= high).length
  return {
    data: { rows: session.rows, runs, session: session.answers, refusal: session.refusal, bars, means },
    figures: { bars: barsFigure(bars, runs), means: meansFigure(means) },
    page: [
      '# Private queries over Adult',
      '',
      `Ten queries about ${session.rows.toLocaleString('en')} people at ε = ${epsilon} each, from a ledger with ε = ${budget} in all. ` +
        `The noise was drawn from a seed, for this page alone; \`frostglass query\` draws it from the operating system.`,
      ...(quick ? ['', '**A quick run: fewer draws of the noise.**'] : []),
      ...(adult === undefined ? ['', '**The 2,000 embedded rows of Adult: all of it wants `--data`.**'] : []),
      '',
      '## Error bars',
      '',
      `How often the bars of 95% held over ${runs.toLocaleString('en')} draws of the noise, all groups together, with the interval at 95% of that share. ` +
        'Bars of counts and sums are quantiles of the noise; those of means are Fieller’s; those of variances and quantiles are sound but longer than need be.',
      '',
      markdownTable(barHead, barRows),
      '',
      '![How often bars held](bars.svg)',
      '',
      '## Means with a private count',
      '',
      `Root mean square error over ${runs.toLocaleString('en')} draws at equal ε. Ours releases Σ t and Σ (1 − t), t from 0 to 1: one row moves both together by 1, so each has the noise of a count at the whole ε. ` +
        'Beside it, half of ε for the sum and half for the count: the sum from 0, as is common, and from the middle of the bounds.',
      '',
      markdownTable(meanHead, meanRows),
      '',
      '![Errors of means](means.svg)',
      '',
      '## The session',
      '',
      ...lines,
      `An eleventh query was refused: ${session.refusal}.`,
      '',
      `${hits} of the ${shown.length} bars of this session held.`,
    ].join('\n'),
    summary: [
      plainTable(barHead, barRows),
      plainTable(meanHead, meanRows),
      `session: ${hits} of ${shown.length} bars held; then refused: ${session.refusal}`,
    ].join('\n'),
  }
}

function barsFigure(bars: readonly BarsAnswer[], runs: number) {
  const values = bars.map((bar) => {
    const { value, interval } = share(bar.held, bar.of)
    return { answer: `${bar.query + 1}. ${bar.name}`, value, low: interval[0], high: interval[1] }
  })
  const y = { field: 'answer', type: 'nominal', title: null, sort: null, axis: { labelLimit: 260 } }
  const scale = { domain: [0.9, 1], zero: false, clamp: true }
  return {
    width: 420,
    height: { step: 22 },
    title: {
      text: 'How often 95% error bars held',
      subtitle: `${runs.toLocaleString('en')} draws of the noise; the line is what they state`,
    },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: palette[1], strokeDash: [4, 3] },
        encoding: { x: { datum: 0.95, type: 'quantitative', scale } },
      },
      {
        mark: { type: 'rule', color: palette[0], strokeWidth: 2 },
        encoding: {
          y,
          x: { field: 'low', type: 'quantitative', scale, title: 'share that held', axis: { format: '.0%' } },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 60, color: palette[0], opacity: 1 },
        encoding: { y, x: { field: 'value', type: 'quantitative', scale } },
      },
    ],
  }
}

function meansFigure(means: readonly MeanAnswer[]) {
  const values = means.flatMap(({ what, epsilon, shared, centred, naive }) =>
    Object.entries({ ours: shared, 'centred sum / count': centred, 'sum / count': naive }).map(
      ([by, error]) => ({
        what,
        epsilon,
        by,
        error,
      }),
    ),
  )
  return {
    config: { legend: { labelLimit: 260 } },
    title: { text: 'Means with a private count, at equal ε', subtitle: 'root mean square error' },
    data: { values },
    facet: { field: 'what', type: 'nominal', title: null, columns: 2, sort: null },
    columns: 2,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 260,
      height: 180,
      mark: { type: 'line', point: true },
      encoding: {
        x: { field: 'epsilon', type: 'quantitative', scale: { type: 'log' }, title: 'ε' },
        y: { field: 'error', type: 'quantitative', scale: { type: 'log' }, title: null },
        color: { field: 'by', type: 'nominal', title: null, sort: null },
      },
    },
  }
}
