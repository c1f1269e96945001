// What was sent as the gradient that it tells of: scaled back, with the noise that is left on it.
// Source: McMahan et al. 2017 (an update of one step is the gradient, times the rate); Geiping et al. 2020, section 6, for several.
// Of several steps it is the mean gradient along the way, which the first one is taken for.

import type { SeenUpdates } from './contract.ts'

/** The mean gradient over all rows of a message, as far as the server can tell. */
export interface ObservedGradient {
  readonly values: Float64Array
  /** Standard deviation of the noise on each of them. */
  readonly noise: number
  /** Whether the size is right: not where nodes may have cut off what they sent. */
  readonly sized: boolean
}

/** Rows behind one message. */
export const rowsBehind = ({ facts }: SeenUpdates): number => facts.rows * facts.nodes

/** The gradient that a message tells of. */
export function observedGradient(seen: SeenUpdates, message: number): ObservedGradient {
  const { sends, steps, rate, nodes, noise, clip } = seen.facts
  const sent = seen.sent[message]!
  const scale = sends === 'gradient' ? 1 / nodes : -1 / (nodes * rate * steps)
  // A message of one node that lies within the limit, and without noise, was not cut off.
  const whole = noise === 0 && nodes === 1 && normOf(sent) < (clip ?? 0) * (1 - 1e-6)
  return {
    values: sent.map((v) => v * scale),
    noise: noise * Math.abs(scale),
    sized: clip === null || whole,
  }
}

/** The numbers of one array of a vector. @throws RangeError when the layout has no such array */
export function slotOf(seen: SeenUpdates, name: string): { readonly start: number; readonly size: number } {
  const slot = seen.layout.slots.find((one) => one.name === name)
  if (slot) return slot
  throw new RangeError(`what was sent has no '${name}'`)
}

/** The L2 norm. */
export const normOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0))

/** What lies outside of where inputs lie is drawn back to it. */
export function within(row: Float64Array, { domain }: SeenUpdates): Float64Array {
  return domain ? row.map((v) => Math.min(domain[1], Math.max(domain[0], v))) : row
}

/** Whether a candidate lies where inputs lie. */
export const lies = (row: Float64Array, { domain }: SeenUpdates): boolean => {
  if (!domain) return true
  const margin = 1e-3 * (domain[1] - domain[0])
  return row.every((v) => v >= domain[0] - margin && v <= domain[1] + margin)
}
