// What an attack gets of people whose rows were used beyond what it gets of strangers: (main − control) / (1 − control).
// Source: Giomi, Boenisch, Wehmeyer and Tasnádi, Anonymeter (PoPETs 2023), equation 4, with its intervals.
// An attack that gets nothing of anybody has a risk of nothing: whether it is able at all is told beside it.

import type { Metric, MetricName } from '../../finding.ts'
import type { Measure } from '../../images/contract.ts'

/** How many of so many attempts succeeded. */
export interface Tally {
  readonly hits: number
  readonly attempts: number
}

/** Wilson's centre and half width at 95%. */
interface Rate {
  readonly value: number
  readonly reach: number
}

const z = 1.959963984540054

function rateOf({ hits, attempts }: Tally): Rate {
  const all = attempts + z * z
  const spread = (hits * Math.max(0, attempts - hits)) / attempts
  return { value: (hits + (z * z) / 2) / all, reach: (z / all) * Math.sqrt(spread + (z * z) / 4) }
}

/** A risk with its 95% interval, from 0 to 1. */
export interface Residual {
  readonly value: number
  readonly interval: readonly [low: number, high: number]
}

/** @throws RangeError where there was no attempt */
export function residualRisk(main: Tally, control: Tally): Residual {
  if (main.attempts < 1 || control.attempts < 1) throw new RangeError('a risk needs attempts')
  const [got, strangers] = [rateOf(main), rateOf(control)]
  const left = 1 - strangers.value
  const value = (got.value - strangers.value) / left
  const reach = Math.hypot(got.reach / left, (strangers.reach * (1 - got.value)) / left ** 2)
  return { value: within(value), interval: [within(value - reach), within(value + reach)] }
}

const within = (share: number): number => Math.min(1, Math.max(0, share))

/** How often something hidden is named, of people whose rows were used; strangers are the baseline. */
export function namedMetric({
  main,
  control,
  baseline,
}: {
  readonly main: Tally
  readonly control: Tally
  readonly baseline: Tally
}): Metric {
  const { value, reach } = rateOf(main)
  return {
    name: 'attribute',
    value: main.hits / main.attempts,
    interval: [within(value - reach), within(value + reach)],
    chance: baseline.hits / baseline.attempts,
    baseline: control.hits / control.attempts,
  }
}

/** A residual risk as a metric, with the rates behind it as measures. */
export function residualMetric(
  name: MetricName,
  { main, control, baseline }: { readonly main: Tally; readonly control: Tally; readonly baseline: Tally },
): { readonly metrics: readonly [Metric]; readonly measures: readonly Measure[] } {
  const { value, interval } = residualRisk(main, control)
  const measure = (of: string, tally: Tally): Measure => {
    const { value: at, reach } = rateOf(tally)
    return {
      name: of,
      value: tally.hits / tally.attempts,
      interval: [within(at - reach), within(at + reach)],
    }
  }
  return {
    metrics: [{ name, value, interval, chance: 0 }],
    measures: [
      measure('of people whose rows were used (main)', main),
      measure('of people whose rows were kept out (control)', control),
      measure('of people whose rows were used, by a guess that looks at nothing (baseline)', baseline),
      { name: 'attempts', value: main.attempts, interval: [main.attempts, main.attempts] },
    ],
  }
}
