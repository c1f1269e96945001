// The report of PATE: what the answers cost by four accounts, and how far students come with them.
// Source: Papernot et al. 2018, section 4.4 (MNIST, Confident-GNMax: 286 answers, ε = 1.97 at δ = 10⁻⁵, 98.5%).
// Accounts of one run lie beside each other; students of other seeds are other runs, each priced by itself.

import { palette } from '../../src/figures/index.ts'
import { average, meanEstimate, sum } from '../estimates.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { mergedShares, percent, share } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { delta, type PateAnswer, type PateTask, publication } from './pate.ts'

type Of<K extends PateAnswer['kind']> = Extract<PateAnswer, { kind: K }>

export function pateReport(
  tasks: readonly PateTask[],
  answers: readonly PateAnswer[],
  { quick }: Settings,
): Report {
  const of = <K extends PateAnswer['kind']>(kind: K) => answers.filter((a): a is Of<K> => a.kind === kind)
  const { ensemble, noise } = tasks[0]!
  const groups = of('teachers')
  const [{ prices, plurality }] = of('prices') as [Of<'prices'>]
  const each = groups.flatMap(({ right, of: count }) => right.map((own) => own / count))
  const teachers = {
    count: each.length,
    mean: average(each, (own) => own),
    worst: Math.min(...each),
    best: Math.max(...each),
    plurality,
    seconds: sum(groups.map((group) => group.seconds)),
  }
  const rows = prices.map((price) => {
    const own = answers.flatMap((answer, i) => {
      const task = tasks[i]!
      return answer.kind === 'student' && task.kind === 'student' && task.queries === price.queries
        ? [answer]
        : []
    })
    const last = (student: Of<'student'>) => student.held.at(-1) ?? share(0, 1)
    const first = (student: Of<'student'>) => student.held[0] ?? share(0, 1)
    const accuracies = (pick: (student: Of<'student'>) => { value: number }) => ({
      mean: average(own, (student) => pick(student).value),
      least: Math.min(...own.map((student) => pick(student).value)),
      most: Math.max(...own.map((student) => pick(student).value)),
    })
    return {
      ...price,
      epsilonPublished: meanEstimate(price.published).value,
      answered: average(own, (student) => student.answered.of),
      answersRight: mergedShares(own.map((student) => student.answered)),
      plain: accuracies(first),
      consistent: accuracies(last),
      held: mergedShares(own.map(last)),
      seen: mergedShares(own.map((student) => student.seen.at(-1) ?? share(0, 1))),
      rounds: own.map((student) => student.held.map(({ value }) => value)),
      labelled: own.map((student) => student.labelled),
    }
  })
  const text = (value: number) => value.toFixed(2)
  const spread = ({ mean, least, most }: { mean: number; least: number; most: number }) =>
    `${(100 * mean).toFixed(2)}% (${(100 * least).toFixed(1)}–${(100 * most).toFixed(1)})`
  const head = [
    'asked',
    'answered',
    'answers right',
    'ε, any votes',
    'ε, these votes',
    'ε, exact',
    'ε, published',
    'plain student',
    'with consistency',
  ]
  const table = rows.map((row) => [
    String(row.queries),
    row.answered.toFixed(0),
    percent(row.answersRight),
    text(row.independent),
    text(row.dependent),
    text(row.exact),
    text(row.epsilonPublished),
    spread(row.plain),
    spread(row.consistent),
  ])
  const seeds = rows[0]?.published.length ?? 0
  const heldOut = (rows[0]?.held.of ?? 0) / Math.max(1, seeds)
  const teacherLine = `${teachers.count} teachers are right on ${(100 * teachers.mean).toFixed(1)}% of the public images (${(100 * teachers.worst).toFixed(1)} to ${(100 * teachers.best).toFixed(1)}%), the class with most of their votes on ${percent(teachers.plurality)}.`
  const mean = {
    field: 'mean',
    type: 'quantitative',
    title: 'accuracy',
    axis: { format: '.1%' },
    scale: { zero: false },
  }
  return {
    data: { delta, noise, publication, ensemble: { ...ensemble, images: 'MNIST' }, teachers, rows },
    figures: {
      'accuracy-epsilon': {
        width: 420,
        height: 260,
        title: {
          text: 'What a student learns for how much',
          subtitle: `${teachers.count} teachers, δ = 10⁻⁵, mean of ${seeds} students`,
        },
        data: {
          values: rows.flatMap((row) =>
            (
              [
                ['these votes', row.dependent],
                ['published', row.epsilonPublished],
              ] as const
            ).flatMap(([account, epsilon]) =>
              (
                [
                  ['plain', row.plain],
                  ['with consistency', row.consistent],
                ] as const
              ).map(([student, own]) => ({ account, student, epsilon, ...own })),
            ),
          ),
        },
        layer: [
          {
            mark: { type: 'rule', opacity: 0.5 },
            encoding: { y2: { field: 'most' }, y: { field: 'least', type: 'quantitative' } },
          },
          {
            mark: { type: 'line', opacity: 0.5 },
            encoding: { y: mean, detail: { field: 'account', type: 'nominal' } },
          },
          {
            mark: { type: 'point', filled: true, opacity: 1, size: 90 },
            encoding: { y: mean, shape: { field: 'account', type: 'nominal', title: 'ε of' } },
          },
        ],
        encoding: {
          x: { field: 'epsilon', type: 'quantitative', title: 'ε', scale: { zero: false } },
          color: { field: 'student', type: 'nominal', title: 'student', scale: { range: [...palette] } },
        },
      },
    },
    page: [
      '# PATE: students of teachers that share no image',
      '',
      `Papernot and others (2018): ${teachers.count} teachers, each with its own part of the private images, vote on public ones;`,
      `an answer is given where the largest count, under noise of σ₁ = ${noise.sigmaThreshold}, reaches ${noise.threshold}, and is the class with most`,
      `votes under noise of σ = ${noise.sigma} on each count. Published: 286 answers, ε = 1.97, student 98.5% (a GAN helped it).`,
      ...(quick
        ? ['', '**A quick run: 50 teachers of 100 embedded digits each, noise in proportion; ε is large.**']
        : []),
      '',
      `${teacherLine} Their training took ${(teachers.seconds / 60).toFixed(0)} minutes of one thread, beside other work; votes that a stopped run left are kept, and the time at the end does not count them.`,
      '',
      markdownTable(head, table),
      '',
      `δ = 10⁻⁵. Students: mean, least and most of ${seeds} seeds (noise, weights, warps), on the last ${heldOut} images of the test`,
      'part, as the paper has it; the images before them are the public ones, without labels. Right on the public images, after',
      `the last round: ${rows.map((row) => `${percent(row.seen)} (${row.queries} asked)`).join(', ')}.`,
      '',
      '![Accuracy against ε](accuracy-epsilon.svg)',
      '',
      '**Four accounts of the same answers.** _Any votes_: the worst case, were every question answered. _These votes_: theorem 6',
      'of the paper with the tails of the discrete noise that is drawn, each question by its votes, answered or not. _Exact_: the',
      'divergence from every neighbouring count, without a bound. These two depend on the data and may not be told. _Published_:',
      `an upper bound on the second at order ${publication.order} (it fails once in ${1 / publication.failure}), under noise of its smooth sensitivity, and what`,
      'that costs; the mean of one release a seed. Thresholds, noise and the parameters of publishing were chosen on these votes;',
      'the worst case alone does not depend on that. Each seed is a run of its own: two of them cost twice.',
      '',
      'The plain student learns from warped copies of the answered images. With consistency it goes on for rounds: the class that',
      'it gives a public image as it is, with probability 0.9 or more, is the label of a warped copy of that image. Its answers',
      'to the images that measure are means over each image and its four moves by a pixel. Its recipe was settled by a few trials',
      'with true labels, scored on those images too: a tenth of a per cent is not to be leant on.',
    ].join('\n'),
    summary: [teacherLine, plainTable(head, table)].join('\n'),
  }
}
