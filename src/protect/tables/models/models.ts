// All privacy models by name, with what each asks for: one list for the command line, for reports and for documentation.
// Source: docs/tables.md.
// It makes models and does not judge whether one is enough: each model's own file says what it does not promise.

import type { PrivacyModel } from '../model.ts'
import { regions } from '../population/regions.ts'
import { populationModels } from '../population/uniques.ts'
import { alphaAnonymity, alphaRange } from './alphaAnonymity.ts'
import { betaLikeness, likenessRange } from './betaLikeness.ts'
import { deltaDisclosure, disclosureRange } from './deltaDisclosure.ts'
import { deltaPresence, presenceRange } from './deltaPresence.ts'
import { distinctDiversity, diversityRange } from './distinctDiversity.ts'
import type { ValueOrder } from './earthMover.ts'
import { entropyDiversity, entropyRange } from './entropyDiversity.ts'
import { estimatedKMap, mapEstimators, significanceRange } from './estimatedKMap.ts'
import { anonymityRange, kAnonymity } from './kAnonymity.ts'
import { kMap, mapRange } from './kMap.ts'
import { populationRange, populationUniqueness, uniquesRange } from './populationUniqueness.ts'
import { costRange, gainRange, unprofitableAttacks } from './profitability.ts'
import type { Range } from './ranges.ts'
import { recursiveDiversity, recursiveRange } from './recursiveDiversity.ts'
import { averageRiskModel, riskRange, sampleUniqueness } from './sampleRisk.ts'
import { missingCells } from './sensitiveFacts.ts'
import { closenessRange, tCloseness } from './tCloseness.ts'

/** What a parameter may be: a number in a range, one of some words, or values in order. Without `otherwise` it must be given. */
export type ModelParameter = { readonly name: string; readonly says: string } & (
  | { readonly kind: 'number'; readonly range: Range; readonly otherwise?: number }
  | { readonly kind: 'people'; readonly range: Range }
  | { readonly kind: 'word'; readonly of: readonly string[]; readonly otherwise: string }
  | { readonly kind: 'order' }
)

/** One model of the list. */
export interface ModelEntry {
  readonly name: string
  readonly says: string
  /** Whether it reads a sensitive column, and whether it needs a public table: `journalist` alone of the game. */
  readonly sensitive: boolean
  readonly publicTable: boolean
  readonly parameters: readonly ModelParameter[]
  /** @param given parameters as they were written, by name. @param sensitive name of the sensitive column, '' without one */
  create(given: Given, sensitive: string): PrivacyModel
}

/** Parameters as texts, read as what they must be. */
export interface Given {
  number(name: string): number
  word<W extends string>(name: string): W
  order(name: string): ValueOrder
}

const number = (name: string, says: string, range: Range, otherwise?: number): ModelParameter =>
  otherwise === undefined
    ? { kind: 'number', name, says, range }
    : { kind: 'number', name, says, range, otherwise }
const word = (name: string, says: string, of: readonly string[]): ModelParameter => ({
  kind: 'word',
  name,
  says,
  of,
  otherwise: of[0]!,
})
const people: ModelParameter = {
  kind: 'people',
  name: 'population',
  says: `people of the population, or its region (${Object.keys(regions).join(', ')})`,
  range: populationRange,
}
const missing = word('missing', 'whether a missing sensitive cell counts as a value', missingCells)
const k = (range: Range, says: string) => number('k', says, range)

const entry = (
  name: string,
  says: string,
  needs: { readonly sensitive?: true; readonly publicTable?: true },
  parameters: readonly ModelParameter[],
  create: ModelEntry['create'],
): ModelEntry =>
  Object.freeze({
    name,
    says,
    sensitive: needs.sensitive === true,
    publicTable: needs.publicTable === true,
    parameters,
    create,
  })

/** Every model, in the order of docs/tables.md. */
export const models: readonly ModelEntry[] = Object.freeze([
  entry(
    'k-anonymity',
    'every row is like k − 1 others',
    {},
    [k(anonymityRange, 'rows of a class')],
    (given) => kAnonymity({ k: given.number('k') }),
  ),
  entry(
    'alpha-k-anonymity',
    'and no sensitive value has more than a share of a class',
    { sensitive: true },
    [number('alpha', 'share of a class', alphaRange), k(anonymityRange, 'rows of a class'), missing],
    (given, sensitive) =>
      alphaAnonymity({
        alpha: given.number('alpha'),
        k: given.number('k'),
        sensitive,
        missing: given.word('missing'),
      }),
  ),
  entry(
    'k-map',
    'every row is like k of a public table',
    { publicTable: true },
    [k(mapRange, 'people')],
    (given) => kMap({ k: given.number('k') }),
  ),
  entry(
    'estimated-k-map',
    'every row is likely to be like k people of a population',
    {},
    [
      k(mapRange, 'people'),
      people,
      number('significance', 'how often a class of k people may pass', significanceRange, 0.01),
      word('estimator', 'law of class counts', mapEstimators),
    ],
    (given) =>
      estimatedKMap({
        k: given.number('k'),
        population: given.number('population'),
        significance: given.number('significance'),
        estimator: given.word('estimator'),
      }),
  ),
  entry(
    'delta-presence',
    'of a public table’s people in a class, a share is in the table',
    { publicTable: true },
    [number('least', 'δmin', presenceRange, 0), number('most', 'δmax', presenceRange)],
    (given) => deltaPresence({ least: given.number('least'), most: given.number('most') }),
  ),
  entry(
    'distinct-l-diversity',
    'every class has l sensitive values',
    { sensitive: true },
    [number('l', 'values of a class', diversityRange), missing],
    (given, sensitive) =>
      distinctDiversity({ l: given.number('l'), sensitive, missing: given.word('missing') }),
  ),
  entry(
    'entropy-l-diversity',
    'the entropy of a class is that of l values',
    { sensitive: true },
    [
      number('l', 'values of a class', entropyRange),
      word('estimator', 'of the entropy', ['Shannon', 'Grassberger']),
      missing,
    ],
    (given, sensitive) =>
      entropyDiversity({
        l: given.number('l'),
        sensitive,
        estimator: given.word('estimator'),
        missing: given.word('missing'),
      }),
  ),
  entry(
    'recursive-c-l-diversity',
    'the most frequent value of a class is below c times all but the l − 1 most frequent',
    { sensitive: true },
    [number('c', 'factor', recursiveRange), number('l', 'values of a class', diversityRange), missing],
    (given, sensitive) =>
      recursiveDiversity({
        c: given.number('c'),
        l: given.number('l'),
        sensitive,
        missing: given.word('missing'),
      }),
  ),
  entry(
    't-closeness',
    'classes are distributed as the table is, up to t',
    { sensitive: true },
    [number('t', 'distance', closenessRange), word('distance', 'between values', ['equal', 'hierarchical'])],
    (given, sensitive) => {
      const kind = given.word<'equal' | 'hierarchical'>('distance')
      return tCloseness({ t: given.number('t'), sensitive, ground: { kind } })
    },
  ),
  entry(
    'ordered-t-closeness',
    'the same by the ranks of values in an order',
    { sensitive: true },
    [
      number('t', 'distance', closenessRange),
      {
        kind: 'order',
        name: 'order',
        says: 'numbers, alphabet, or all values from the lowest: low|middle|high',
      },
    ],
    (given, sensitive) =>
      tCloseness({
        t: given.number('t'),
        sensitive,
        ground: { kind: 'ordered', order: given.order('order') },
      }),
  ),
  entry(
    'beta-likeness',
    'no value is more frequent in a class by more than the share β',
    { sensitive: true },
    [
      number('beta', 'share', likenessRange),
      word('form', 'enhanced holds frequent values closer', ['basic', 'enhanced']),
    ],
    (given, sensitive) =>
      betaLikeness({ beta: given.number('beta'), sensitive, enhanced: given.word('form') === 'enhanced' }),
  ),
  entry(
    'delta-disclosure',
    'no value’s frequency in a class differs by a factor of 2^δ',
    { sensitive: true },
    [
      number('delta', 'logarithm to base 2', disclosureRange),
      word('values', 'all of the table, or those that a class has', ['all', 'present']),
    ],
    (given, sensitive) =>
      deltaDisclosure({ delta: given.number('delta'), sensitive, allValues: given.word('values') === 'all' }),
  ),
  entry('average-risk', 'mean of 1 / rows of the class', {}, [number('risk', 'mean', riskRange)], (given) =>
    averageRiskModel({ risk: given.number('risk') }),
  ),
  entry(
    'sample-uniqueness',
    'a share of rows is alone in its class',
    {},
    [number('share', 'of rows', riskRange)],
    (given) => sampleUniqueness({ share: given.number('share') }),
  ),
  entry(
    'population-uniqueness',
    'a share of the population is alone in its class, by an estimate',
    {},
    [number('share', 'of people', uniquesRange), people, word('model', 'who estimates', populationModels)],
    (given) =>
      populationUniqueness({
        share: given.number('share'),
        population: given.number('population'),
        model: given.word('model'),
      }),
  ),
  entry(
    'unprofitable-attacks',
    'an attack on a row costs more than it brings',
    {},
    [
      number('gain', 'of a re-identified row', gainRange),
      number('cost', 'of an attack on a row', costRange),
      word('attacker', 'a journalist needs a public table', ['prosecutor', 'journalist']),
    ],
    (given) =>
      unprofitableAttacks({
        gain: given.number('gain'),
        cost: given.number('cost'),
        attacker: given.word('attacker'),
      }),
  ),
])
