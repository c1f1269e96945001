// What a published table attains: for each privacy model the strictest threshold that all of its classes pass.
// Source: docs/tables.md; each is the measure that the model of the same name decides by.
// A number here says what a model says, and nothing of the adversaries whom the model leaves out.

import type { ClassView, ModelFacts } from './model.ts'
import { largestShare } from './models/alphaAnonymity.ts'
import { likenessOf } from './models/betaLikeness.ts'
import { disclosureOf } from './models/deltaDisclosure.ts'
import { presence } from './models/deltaPresence.ts'
import { classEntropy, type EntropyEstimator } from './models/entropyDiversity.ts'
import { recursiveQuotient } from './models/recursiveDiversity.ts'
import { distanceFrom, type GroundDistance } from './models/tCloseness.ts'

/** Classes of a published table, one at a time: a view may be used again for the next. */
export type PublishedClasses = Iterable<ClassView>

/** The least of a measure over classes that have rows; Infinity where there is none. */
function least(classes: PublishedClasses, of: (view: ClassView) => number): number {
  let found = Number.POSITIVE_INFINITY
  for (const view of classes) if (view.rows > 0) found = Math.min(found, of(view))
  return found
}

/** The most of a measure over classes that have rows; 0 where there is none. */
function most(classes: PublishedClasses, of: (view: ClassView) => number): number {
  let found = 0
  for (const view of classes) if (view.rows > 0) found = Math.max(found, of(view))
  return found
}

/** k of k-anonymity: rows of the smallest class. */
export const kOf = (classes: PublishedClasses): number => least(classes, (view) => view.rows)

/** k of k-map: people of the public table in the class that has fewest. */
export const kMapOf = (classes: PublishedClasses): number => least(classes, (view) => view.population)

/** l of distinct l-diversity. */
export const distinctDiversityOf = (classes: PublishedClasses): number =>
  least(classes, (view) => view.distinct)

/** l of entropy l-diversity: e to the least entropy. */
export const entropyDiversityOf = (
  classes: PublishedClasses,
  estimator: EntropyEstimator = 'Shannon',
): number => Math.exp(least(classes, (view) => classEntropy(view, estimator)))

/** What c of recursive (c, l)-diversity must be above; Infinity where a class has fewer than l values. @param l from 1 */
export const recursiveDiversityOf = (classes: PublishedClasses, l: number): number =>
  most(classes, (view) => recursiveQuotient(view, l))

/** α of (α, k)-anonymity: the largest share that a sensitive value has of a class. */
export const alphaOf = (classes: PublishedClasses): number => most(classes, largestShare)

/** t of t-closeness. @throws FrostglassError as the distances: no hierarchy, a value without a place */
export const tClosenessOf = (
  classes: PublishedClasses,
  facts: ModelFacts,
  column: string,
  ground: GroundDistance = { kind: 'equal' },
): number => most(classes, distanceFrom(facts, column, ground))

/** β of basic β-likeness. */
export const basicLikenessOf = (classes: PublishedClasses, facts: ModelFacts, column: string): number =>
  most(classes, likenessOf(facts, column, false))

/** β of enhanced β-likeness; Infinity where a value's own frequency forbids its gain, whatever β. */
export const enhancedLikenessOf = (classes: PublishedClasses, facts: ModelFacts, column: string): number =>
  most(classes, likenessOf(facts, column, true))

/** What δ of δ-disclosure privacy must be above, in bits; over all values Infinity where a class lacks one. */
export const deltaDisclosureOf = (
  classes: PublishedClasses,
  facts: ModelFacts,
  column: string,
  allValues = true,
): number => most(classes, disclosureOf(facts, column, allValues))

/** δmin and δmax of δ-presence, over the classes of the public table: those without a published row are of presence 0. */
export function presenceOf(classes: PublishedClasses): readonly [least: number, most: number] {
  let [low, high] = [1, 0]
  for (const view of classes) {
    const share = presence(view)
    low = Math.min(low, share)
    high = Math.max(high, share)
  }
  return [low, high]
}
