// Sums of ciphertexts with whole weights, by additions alone.
// Source: weights grouped by their size, and Σ v Sᵥ as a sum of suffix sums; or by the digits of their non-adjacent form
// (Reitwiesner 1960) and doublings. What takes fewer additions is taken.

import type { Ciphertext } from 'node-seal'
import type { BfvService } from '../bfv/service.ts'

/** A ciphertext and its whole weight, not 0. */
export interface Term {
  readonly ciphertext: Ciphertext
  readonly weight: number
}

/** Additions that a way of summing takes. */
export interface SumCost {
  readonly suffixes: number
  readonly digits: number
}

/** Counts both ways. */
export function sumCost(weights: readonly number[]): SumCost {
  const most = weights.reduce((m, w) => Math.max(m, Math.abs(w)), 0)
  const all = weights.map((w) => digitsOf(Math.abs(w)))
  const places = all.reduce((m, digits) => Math.max(m, digits.length), 0)
  return {
    suffixes: weights.length + 2 * most,
    digits: all.reduce((sum, weight) => sum + weight.filter((digit) => digit !== 0).length, 0) + 2 * places,
  }
}

/**
 * Σ weight · ciphertext, a new handle.
 * @throws RangeError for no terms, or a weight that is 0 or no whole number
 */
export function combine(service: BfvService, terms: readonly Term[]): Ciphertext {
  if (terms.length === 0) throw new RangeError('a sum of nothing')
  if (terms.some(({ weight }) => !Number.isInteger(weight) || weight === 0))
    throw new RangeError('weights are whole numbers other than 0')
  const { suffixes, digits } = sumCost(terms.map(({ weight }) => weight))
  return suffixes <= digits ? bySuffixes(service, terms) : byDigits(service, terms)
}

/** What has been summed so far, with a sign that is not yet applied. */
interface Sum {
  ciphertext: Ciphertext | undefined
  negative: boolean
}

/** sum ← sum ± ciphertext, without a copy more than the first. */
function put(service: BfvService, sum: Sum, ciphertext: Ciphertext, negative: boolean): void {
  if (!sum.ciphertext) {
    sum.ciphertext = service.copy(ciphertext)
    sum.negative = negative
  } else if (sum.negative === negative) service.addTo(sum.ciphertext, ciphertext)
  else service.subtractFrom(sum.ciphertext, ciphertext)
}

const nothing = (): Sum => ({ ciphertext: undefined, negative: false })

function finished(service: BfvService, { ciphertext, negative }: Sum): Ciphertext {
  if (negative) service.negate(ciphertext!)
  return ciphertext!
}

/** Σᵥ v Sᵥ = Σᵥ (Sᵥ + Sᵥ₊₁ + …). */
function bySuffixes(service: BfvService, terms: readonly Term[]): Ciphertext {
  const classes: Sum[] = []
  for (const { ciphertext, weight } of terms) {
    const size = Math.abs(weight)
    const group = classes[size] ?? nothing()
    classes[size] = group
    put(service, group, ciphertext, weight < 0)
  }
  const suffix = nothing()
  const total = nothing()
  for (let size = classes.length - 1; size >= 1; size--) {
    const group = classes[size]
    if (group?.ciphertext) {
      put(service, suffix, group.ciphertext, group.negative)
      service.free(group.ciphertext)
    }
    if (suffix.ciphertext) put(service, total, suffix.ciphertext, suffix.negative)
  }
  service.free(suffix.ciphertext!)
  return finished(service, total)
}

/** Horner over the places of the weights' digits −1, 0, 1. */
function byDigits(service: BfvService, terms: readonly Term[]): Ciphertext {
  const places: Sum[] = []
  for (const { ciphertext, weight } of terms) {
    digitsOf(Math.abs(weight)).forEach((digit, place) => {
      if (digit === 0) return
      const group = places[place] ?? nothing()
      places[place] = group
      put(service, group, ciphertext, digit < 0 !== weight < 0)
    })
  }
  const total = nothing()
  for (let place = places.length - 1; place >= 0; place--) {
    if (total.ciphertext) service.addTo(total.ciphertext, total.ciphertext)
    const group = places[place]
    if (!group?.ciphertext) continue
    put(service, total, group.ciphertext, group.negative)
    service.free(group.ciphertext)
  }
  return finished(service, total)
}

/** Non-adjacent form of a number ≥ 0, the lowest place first. */
export function digitsOf(value: number): number[] {
  const digits: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) {
    // 3 = 4 − 1: two ones beside each other become one and a minus.
    const digit = rest % 2 === 0 ? 0 : rest % 4 === 1 ? 1 : -1
    digits.push(digit)
    rest -= digit
  }
  return digits
}
