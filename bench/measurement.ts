// What a measurement is, and how contenders are timed against each other: samples in turn, A B A B, medians.
// Source: docs/results/bench.md. Machines share cores, so only ratios from one run mean anything.
// A median of few samples says nothing about spread; `--json` has all samples.

import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../src/statistics/median.ts'

/** One number that we measured, and what it is held against. */
export interface Row {
  readonly what: string
  readonly unit: string
  readonly ours: number
  /** Who the number is compared with; absent for a number that stands alone. */
  readonly against?: string | undefined
  readonly theirs?: number | undefined
  /** Ours over theirs. */
  readonly ratio?: number | undefined
  /** What the ratio, or our number, should be. */
  readonly goal?: Goal | undefined
  readonly note?: string | undefined
  /** All samples, ours first. */
  readonly samples?: Readonly<Record<string, readonly number[]>> | undefined
}

export interface Goal {
  readonly of: 'ours' | 'ratio'
  readonly bound: 'at most' | 'at least'
  readonly value: number
}

/** What a measurement is given. */
export interface Context {
  /** Fewer samples, smaller tables. */
  readonly quick: boolean
  /** Measure the Python peers too. */
  readonly peers: boolean
  /** Says on standard error what is going on. */
  readonly say: (line: string) => void
}

export interface Measurement {
  readonly name: string
  readonly about: string
  run(context: Context): Promise<Row[]>
}

/** Somebody who can do the work: `sample` does it once and answers its time in its own unit. */
export interface Contender {
  readonly name: string
  sample(): Promise<number>
  close(): Promise<void>
}

/**
 * Samples of all contenders, taken in turn. Each warms up first; a pause before each sample lets the idle threads
 * of the one before stop spinning.
 */
export async function race(
  contenders: readonly Contender[],
  options: { rounds: number; warmUp?: number | undefined; pause?: number | undefined },
): Promise<Record<string, number[]>> {
  const { rounds, warmUp = 1, pause = 50 } = options
  for (const contender of contenders) for (let i = 0; i < warmUp; i++) await contender.sample()
  const samples: Record<string, number[]> = {}
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      await sleep(pause)
      const kept = samples[contender.name] ?? []
      samples[contender.name] = kept
      kept.push(await contender.sample())
    }
  }
  return samples
}

/** Rows of ours against each of the others, from a race; `goals` by the other's name. */
export function compare(
  what: string,
  unit: string,
  samples: Readonly<Record<string, readonly number[]>>,
  goals: Readonly<Record<string, Goal>> = {},
): Row[] {
  const [first, ...others] = Object.keys(samples)
  const ours = median(samples[first!]!)
  return others.map((against) => {
    const theirs = median(samples[against]!)
    const goal = goals[against]
    return { what, unit, ours, against, theirs, ratio: ours / theirs, samples, goal }
  })
}

/** Milliseconds that `count` runs take, divided by `count`. */
export async function timed(count: number, run: () => unknown): Promise<number> {
  const start = performance.now()
  for (let i = 0; i < count; i++) await run()
  return (performance.now() - start) / count
}
