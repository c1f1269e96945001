// What PATE's answers sum up to: what they cost by four accounts, and how far students come with them.
// Source: pate.ts. Accounts of one run lie beside each other; students of other seeds are other runs, each priced by itself.

import { sum } from '../../src/statistics/moments.ts'
import { average, meanEstimate } from '../estimates.ts'
import { mergedShares, type Share, share } from '../shares.ts'
import { delta, type Noise, type PateAnswer, type PateTask, type Prices, publication } from './pate.ts'

/** Over students. */
export interface Accuracies {
  readonly mean: number
  readonly least: number
  readonly most: number
}

/** So many queries: their prices, and the students that learnt from the answers. */
export interface QueriesRow extends Prices {
  readonly epsilonPublished: number
  /** Mean number of answers. */
  readonly answered: number
  readonly answersRight: Share
  readonly plain: Accuracies
  readonly consistent: Accuracies
  /** All students together: on the images that measure, and on the public ones. */
  readonly held: Share
  readonly seen: Share
  readonly rounds: readonly (readonly number[])[]
  readonly labelled: readonly (readonly number[])[]
}

export interface PateResults {
  readonly delta: number
  readonly noise: Noise
  readonly publication: typeof publication
  readonly ensemble: PateTask['ensemble']
  readonly teachers: {
    readonly count: number
    readonly mean: number
    readonly worst: number
    readonly best: number
    readonly plurality: Share
    /** Of one thread. */
    readonly seconds: number
  }
  readonly rows: readonly QueriesRow[]
}

type Of<K extends PateAnswer['kind']> = Extract<PateAnswer, { kind: K }>

export function pateResults(tasks: readonly PateTask[], answers: readonly PateAnswer[]): PateResults {
  const of = <K extends PateAnswer['kind']>(kind: K) => answers.filter((a): a is Of<K> => a.kind === kind)
  const { ensemble, noise } = tasks[0]!
  const groups = of('teachers')
  const [{ prices, plurality }] = of('prices') as [Of<'prices'>]
  const each = groups.flatMap(({ right, of: count }) => right.map((hits) => hits / count))
  return {
    delta,
    noise,
    publication,
    ensemble: { ...ensemble, images: 'MNIST' },
    teachers: {
      count: each.length,
      mean: average(each, (share) => share),
      worst: Math.min(...each),
      best: Math.max(...each),
      plurality,
      seconds: sum(groups.map((group) => group.seconds)),
    },
    rows: prices.map((price) => rowOf(price, studentsOf(price.queries, tasks, answers))),
  }
}

const studentsOf = (
  queries: number,
  tasks: readonly PateTask[],
  answers: readonly PateAnswer[],
): Of<'student'>[] =>
  answers.flatMap((answer, i) => {
    const task = tasks[i]!
    return answer.kind === 'student' && task.kind === 'student' && task.queries === queries ? [answer] : []
  })

function rowOf(price: Prices, students: readonly Of<'student'>[]): QueriesRow {
  const last = (student: Of<'student'>) => student.held.at(-1) ?? share(0, 1)
  const first = (student: Of<'student'>) => student.held[0] ?? share(0, 1)
  const accuracies = (pick: (student: Of<'student'>) => Share): Accuracies => ({
    mean: average(students, (student) => pick(student).value),
    least: Math.min(...students.map((student) => pick(student).value)),
    most: Math.max(...students.map((student) => pick(student).value)),
  })
  return {
    ...price,
    epsilonPublished: meanEstimate(price.published).value,
    answered: average(students, (student) => student.answered.of),
    answersRight: mergedShares(students.map((student) => student.answered)),
    plain: accuracies(first),
    consistent: accuracies(last),
    held: mergedShares(students.map(last)),
    seen: mergedShares(students.map((student) => student.seen.at(-1) ?? share(0, 1))),
    rounds: students.map((student) => student.held.map(({ value }) => value)),
    labelled: students.map((student) => student.labelled),
  }
}
