// Attacks on the label column: the class names behind codes, or the number behind a line, of rows that are asked about.
// Source: as recovery.ts for cells. A number counts as named within 1% of the range of all but its extremes.
// Chance is a random naming of the codes; of a number, the one value that most often is right.

import { wilson } from '../../statistics/binomial.ts'
import { meanInterval } from '../../statistics/bootstrap.ts'
import { mean, meanInParts } from '../../statistics/moments.ts'
import type { AttackOptions, Metric } from '../finding.ts'
import type { Attack } from './attack.ts'
import { likeliest } from './attacks/quantiles.ts'
import { type Evidence, pickCodes, pickNumbers, type View, viewOf, withBackground } from './evidence.ts'
import { framed } from './frame.ts'

/** Share of a number's range within which it counts as named, and of the rows those at each end that make no range. */
const tolerance = 0.01
const extremes = 0.01

/** Lines give numbers back but for rounding. */
const exact = 1e-9

/** What an adversary believes of the unseen rows' labels. */
export interface LabelGuess {
  /** A class, or a number, for each of them. */
  readonly labels: ArrayLike<number>
  readonly notes?: readonly string[] | undefined
}

/** An attack on labels: `guess` never sees the truth. */
export interface LabelSpec extends Omit<Attack, 'run' | 'applies' | 'aim'> {
  /** The kind of label column that it is for. */
  readonly label: 'classes' | 'target'
  /** Whose raw rows the adversary has beyond known pairs, as for attacks on cells. */
  readonly background?: 'strangers' | 'crowd' | undefined
  /** Whether it works by other labels beside the one that it is asked about. */
  readonly byOthers?: true | undefined
  /** Whether it can work on a label that it is for, e.g. of not too many classes; on all if absent. */
  able?(evidence: Evidence): boolean
  guess(view: View, options: AttackOptions): LabelGuess
}

/** Makes an attack of a way to guess labels: splits the rows, judges the guesses. */
export function labelAttack(spec: LabelSpec): Attack {
  const { guess, label, background, byOthers, able = () => true, ...rest } = spec
  return Object.freeze<Attack>({
    ...rest,
    aim: 'labels',
    applies: (evidence) =>
      (!byOthers || evidence.labelColumns !== undefined) &&
      (label === 'classes' ? (evidence.labels?.classes ?? 0) > 1 : varies(evidence.target?.original)) &&
      able(evidence),
    run: framed(spec, (evidence, whole, options) => {
      const split = background ? withBackground(whole, background, options.seed) : whole
      const { labels, notes = [] } = guess(viewOf(evidence, split), options)
      const { right, chance, missed } =
        label === 'classes'
          ? judgeClasses(evidence, split.unseen, labels)
          : judgeTarget(evidence, split.unseen, labels)
      return {
        rows: right.length,
        metrics: [
          {
            name: 'labels',
            value: mean(right),
            interval: meanInterval(right, options.seed),
            chance,
            missed,
          },
        ],
        notes,
      }
    }),
  })
}

interface Judged {
  /** 1 where the guess is right. */
  readonly right: Float64Array
  readonly chance: number
  readonly missed?: Metric['missed'] | undefined
}

function judgeClasses({ labels }: Evidence, rows: Int32Array, guess: ArrayLike<number>): Judged {
  const truth = pickCodes(labels!.original, rows)
  const right = Float64Array.from(truth, (c, r) => (guess[r] === c ? 1 : 0))
  return { right, chance: 1 / labels!.classes }
}

function judgeTarget({ target }: Evidence, rows: Int32Array, guess: ArrayLike<number>): Judged {
  const truth = pickNumbers(target!.original, rows)
  const ascending = target!.original.toSorted()
  const end = Math.floor(extremes * ascending.length)
  // One number far out must not make all others alike.
  const within = Math.max(
    tolerance * (ascending.at(-1 - end)! - ascending[end]!),
    exact * (ascending.at(-1)! - ascending[0]!),
  )
  const one = likeliest(ascending, within)
  const hit = (x: number, y: number) => (Math.abs(x - y) <= within ? 1 : 0)
  const right = Float64Array.from(truth, (x, r) => hit(guess[r]!, x))
  const rest = right.filter((_, r) => hit(one, truth[r]!) === 0)
  const value = meanInParts(rest)
  return {
    right,
    chance: 1 - rest.length / truth.length,
    missed: { rows: rest.length, value, interval: rest.length > 0 ? wilson(value, rest.length) : [0, 1] },
  }
}

function varies(values: Float64Array | undefined): boolean {
  return values?.some((x) => x !== values[0]) ?? false
}
