// Why an outcome of ours is another than ARX's, for each that is.
// Source: what was found when it was looked into; a row without a reason here is one that nobody understands yet.

import type { ArxRow } from './results.ts'

const byId: readonly (readonly [RegExp, string])[] = [
  [
    /^AnonymizationCombinations-/,
    'δ-presence asks that of every public class somebody is in the table. ARX asks that only of classes that pass the least class size of the other models, which a class without a row never does: its node breaks δ-presence, and with one model more it loses less than with δ-presence alone',
  ],
  [
    /^AnonymizationEntropyLDiversity-/,
    'Grassberger’s sum is looked at when it is whole. ARX stops adding where it first passes its bound, from where a count of one would bring it back (G(1) < 0), so that the order of a hash table decides of some classes: here more of them pass',
  ],
  [
    /^AnonymizationRiskBased-5/,
    'the SNB estimate solves its published equations. Those of ARX differ by two slips: it estimates otherwise, asks for more, and takes another node',
  ],
  [
    /^AnonymizationRiskBased-/,
    'models of the whole table are met by suppressing the smallest classes first, until those that are published pass. ARX takes classes in another order (by their loss, or their first row), and counts all suppressed rows as one class of the table: it is the same node, and other rows',
  ],
  [
    /^UtilityMetricsLoss-/,
    'this balance counts suppression alone, so that many nodes lose nothing; of these ours is the lowest',
  ],
  [
    /^Anonymization(Heuristic|Genetic|HeuristicTopDown)-/,
    'ARX’s search is heuristic, and stopped before the best node',
  ],
  [
    /^AnonymizationTCloseness-10/,
    'ARX takes for granted that what passes goes on passing above, and so misses a node',
  ],
]

/** A sentence. */
export const reasonOf = ({ id, reason }: ArxRow): string =>
  reason ?? byId.find(([pattern]) => pattern.test(id))?.[1] ?? 'not known'
