// What a leak costs: recovery of unseen cells against the number of known rows, and how many rows give half of them.
// Source: docs/architecture.md#the-audit, in place of the paper's count of equations (SPG: ⌈m / (k² + k)⌉ layers for m rows).
// Measured with the attacks that are here: a better attack needs fewer rows.

import { throwIfAborted } from '../../errors.ts'
import { type Finding, metricOf } from '../finding.ts'
import { type Attack, triesToGuess } from './attack.ts'
import type { Evidence } from './evidence.ts'

/** One attack at one number of known rows: means over draws of the known rows. */
export interface CurvePoint {
  readonly attack: string
  readonly title: string
  readonly known: number
  /** Draws of known rows that the means are over. */
  readonly draws: number
  /** Share of unseen cells within 5% of range. */
  readonly cells5: number
  /** Mean over draws of the ends of the intervals of single draws. */
  readonly interval: readonly [low: number, high: number]
  readonly chance: number
  /** NaN for a single attribute. */
  readonly baseline: number
  /** R², mean over attributes. */
  readonly explained: number
}

export interface CurveOptions {
  readonly seed: number
  readonly effort: 'quick' | 'full'
  /** Draws of the known rows. */
  readonly draws: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

const schedule = [
  2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500,
]

/** Numbers of known rows to try on this evidence: up to half of its rows, and one more than the released columns. */
export function knownRows(evidence: Evidence): number[] {
  const rows = evidence.released[0]?.length ?? 0
  const breaking = evidence.released.length + 1
  return [...new Set([...schedule, breaking])].filter((n) => n <= rows / 2).sort((a, b) => a - b)
}

/** The attacks on cells by an adversary who knows rows, where they apply: those on all columns, or shares of cells would be of others. */
export function leakAttacks(attacks: readonly Attack[], evidence: Evidence): Attack[] {
  return attacks.filter(
    (a) =>
      a.standpoint === 'leak' &&
      a.aim === 'cells' &&
      a.applies(evidence) &&
      evidence.attributes.every((attribute) => triesToGuess(a, attribute)),
  )
}

/** One point for each attack that can work with `known` rows. @throws FrostglassError `aborted`. */
export async function curvePoints(
  evidence: Evidence,
  attacks: readonly Attack[],
  known: number,
  { seed, effort, draws, signal, onProgress }: CurveOptions,
): Promise<CurvePoint[]> {
  const able = attacks.filter((attack) => attack.fewest <= known)
  const points: CurvePoint[] = []
  for (const [a, attack] of able.entries()) {
    const findings: Finding[] = []
    for (let draw = 0; draw < draws; draw++) {
      throwIfAborted(signal)
      findings.push(await attack.run(evidence, { known, seed: seed + draw, effort, signal }))
      onProgress?.(a * draws + draw + 1, able.length * draws)
    }
    points.push(pointOf(attack, findings))
  }
  return points
}

/** The point of one attack's findings over draws of as many known rows; at least one. */
export function pointOf(
  { name, title }: Pick<Attack, 'name' | 'title'>,
  findings: readonly Finding[],
): CurvePoint {
  const mean = (value: (f: Finding) => number) =>
    findings.reduce((sum, f) => sum + value(f) / findings.length, 0)
  return {
    attack: name,
    title,
    known: findings[0]!.known,
    draws: findings.length,
    cells5: mean((f) => metricOf(f, 'cells5').value),
    interval: [
      mean((f) => metricOf(f, 'cells5').interval[0]),
      mean((f) => metricOf(f, 'cells5').interval[1]),
    ],
    chance: mean((f) => metricOf(f, 'cells5').chance),
    baseline: mean((f) => metricOf(f, 'cells5').baseline ?? Number.NaN),
    explained: mean((f) => metricOf(f, 'explained').value),
  }
}

/** How many known rows give half of the unseen cells. JSON. */
export interface LeakCost {
  /** Rows that were audited, and the most that were taken as known. */
  readonly rows: number
  readonly tried: number
  /**
   * The share of unseen cells that counts as half: 0.5, or, where a guess without the release hits half already,
   * halfway from that to 1.
   */
  readonly target: number
  /** Share that a guess without the release hits, at the answer. */
  readonly chance: number
  /** Absent when `tried` rows do not suffice. */
  readonly half?:
    | {
        readonly known: number
        readonly attack: string
        readonly title: string
        readonly share: number
      }
    | undefined
  /** What was measured on the way, by known rows; the best attack at each. */
  readonly points: readonly CurvePoint[]
}

/** Tables of more features than this are measured on one draw of known rows. */
const wide = 30

/**
 * Searches `knownRows` by halving for the fewest rows from which the best attack recovers half of the unseen cells,
 * within 5% of an attribute's range (a category: exactly).
 * @throws FrostglassError `aborted`; RangeError for evidence of fewer than 4 rows.
 */
export async function leakCost(
  evidence: Evidence,
  attacks: readonly Attack[],
  options: Omit<CurveOptions, 'draws'>,
): Promise<LeakCost> {
  const able = leakAttacks(attacks, evidence)
  const steps = knownRows(evidence)
  if (steps.length === 0) throw new RangeError('a leak is measured on 4 rows or more')
  const draws = evidence.features.length > wide ? 1 : 3
  const bisections = Math.ceil(Math.log2(steps.length + 1))
  const found = new Map<number, CurvePoint>()
  const bestAt = async (known: number): Promise<CurvePoint> => {
    const points = await curvePoints(evidence, able, known, {
      ...options,
      draws,
      onProgress: (done, total) => options.onProgress?.(found.size + done / total, bisections),
    })
    const best = points.reduce((a, b) => (b.cells5 > a.cells5 ? b : a))
    found.set(known, best)
    return best
  }
  const targetOf = ({ chance }: CurvePoint) => Math.max(0.5, chance >= 0.5 ? (1 + chance) / 2 : 0)
  let low = -1
  let high = steps.length
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const best = await bestAt(steps[middle]!)
    if (best.cells5 >= targetOf(best)) high = middle
    else low = middle
  }
  const answer = found.get(steps[high]!)
  const shown = answer ?? [...found.values()].at(-1)!
  return {
    rows: evidence.released[0]!.length,
    tried: steps.at(-1)!,
    target: targetOf(shown),
    chance: shown.chance,
    half: answer
      ? { known: answer.known, attack: answer.attack, title: answer.title, share: answer.cells5 }
      : undefined,
    points: [...found.values()].sort((a, b) => a.known - b.known),
  }
}
