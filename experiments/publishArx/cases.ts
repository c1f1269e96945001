// ARX's tests on Adult as problems of ours: each privacy model and each metric by the same definition, or the reason why not.
// Source: expected.json (facts of arx-deidentifier/arx, src/test); what it leaves out is of the tests' own code, see each.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PrivacyModel } from '../../src/protect/tables/model.ts'
import { betaLikeness } from '../../src/protect/tables/models/betaLikeness.ts'
import { deltaPresence } from '../../src/protect/tables/models/deltaPresence.ts'
import { entropyDiversity } from '../../src/protect/tables/models/entropyDiversity.ts'
import { estimatedKMap } from '../../src/protect/tables/models/estimatedKMap.ts'
import { kAnonymity } from '../../src/protect/tables/models/kAnonymity.ts'
import { kMap } from '../../src/protect/tables/models/kMap.ts'
import { populationUniqueness } from '../../src/protect/tables/models/populationUniqueness.ts'
import { unprofitableAttacks } from '../../src/protect/tables/models/profitability.ts'
import { recursiveDiversity } from '../../src/protect/tables/models/recursiveDiversity.ts'
import { sampleUniqueness } from '../../src/protect/tables/models/sampleRisk.ts'
import { tCloseness } from '../../src/protect/tables/models/tCloseness.ts'
import { regions } from '../../src/protect/tables/population/regions.ts'
import type { PopulationModel } from '../../src/protect/tables/population/uniques.ts'
import { classSize } from '../../src/protect/tables/quality/classSize.ts'
import { discernibility, discernibilityStar } from '../../src/protect/tables/quality/discernibility.ts'
import { nonUniformEntropy } from '../../src/protect/tables/quality/entropy.ts'
import { loss } from '../../src/protect/tables/quality/loss.ts'
import { payout } from '../../src/protect/tables/quality/payout.ts'
import type { QualityModel } from '../../src/protect/tables/quality.ts'
import { adultColumns, type Published } from './table.ts'

/** A model or a metric by its name in ARX, and the arguments of its constructor. */
interface Called {
  readonly name: string
  readonly args: readonly (number | string | boolean)[]
}

/** An outcome of ARX, as the file has it. */
export interface Outcome {
  readonly id: string
  readonly suppression: number
  readonly metric: Called
  readonly models: readonly Called[]
  /** The sensitive column; null where there is none. */
  readonly sensitive: string | null
  /** By RANK a loss a column; a text where the file's own source had none. */
  readonly expected_loss: number | readonly number[] | string
  /** Null where ARX found no solution. */
  readonly expected_levels: readonly number[] | null
  /** ARX stopped at the first node that passes, whatever it loses. */
  readonly practical: boolean
  readonly attribute_weights: boolean
}

export const readOutcomes = (folder: string): readonly Outcome[] =>
  JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Outcome[]

/** What is asked of the table. */
export interface Asked {
  readonly published: Published
  readonly models: readonly PrivacyModel[]
  readonly quality: QualityModel
  readonly weights: readonly number[]
}

/** A case as a problem of ours, or why it is none. */
export type Case = { readonly asked: Asked } | { readonly reason: string }

export function caseOf(one: Outcome): Case {
  const { id, sensitive } = one
  if (typeof one.expected_loss === 'string')
    return { reason: 'the file has no loss of it: rows recoded in turns' }
  const models: PrivacyModel[] = []
  let published: Published = 'all'
  for (const called of modelsOf(one)) {
    const { name, args } = called
    if (name === 'Inclusion') {
      published = Number(/\d+/.exec(String(args[0]))![0])
      continue
    }
    if (args.includes('adult_subset.csv')) published = 'subset'
    const model = modelOf(called)
    if (typeof model === 'string') return { reason: model }
    if (model) models.push(model)
  }
  const quality = qualityOf(one)
  if (quality === undefined) return { reason: `no metric ${one.metric.name}` }
  // The tests' weights: a column's place in the table.
  const weights = adultColumns.flatMap((name, j) =>
    name === sensitive ? [] : [one.attribute_weights ? j + 1 : 1],
  )
  return { asked: { published, models, quality, weights } }

  /** Tests of t-closeness without such a model are given one by the test's class; see TestAnonymizationTCloseness.test. */
  function modelsOf({ models: given }: Outcome) {
    const lacks = id.startsWith('AnonymizationTCloseness') && given.every(({ name }) => name === 'KAnonymity')
    return lacks
      ? [...given, { name: 'HierarchicalDistanceTCloseness', args: ['occupation', 0.2, ''] }]
      : given
  }
}

// The sums of money of TestAnonymizationProfitability.getConfig1.
const [adversaryCost, adversaryGain] = [2, 1200]
const unitedStates = regions.USA

/** Models of the population by ARX's names. */
const populationModels: Readonly<Record<string, PopulationModel>> = {
  PITMAN: 'Pitman',
  ZAYATZ: 'Zayatz',
  SNB: 'SNB',
}

/** @returns a reason where there is none; nothing for what only says which rows are published */
function modelOf({ name, args }: Called): PrivacyModel | string | undefined {
  const numbers = args.filter((one) => typeof one === 'number')
  const [first = 0, second = 0] = numbers
  const sensitive = String(args[0])
  switch (name) {
    case 'KAnonymity':
      return kAnonymity({ k: first })
    case 'KMap':
      return args.includes('adult_subset.csv')
        ? kMap({ k: first })
        : estimatedKMap({ k: first, significance: second, population: unitedStates })
    case 'DPresence':
      return deltaPresence({ least: first, most: second })
    case 'EntropyLDiversity':
      return entropyDiversity({
        l: first,
        sensitive,
        estimator: args.includes('GRASSBERGER') ? 'Grassberger' : 'Shannon',
      })
    case 'RecursiveCLDiversity':
      return recursiveDiversity({ c: first, l: second, sensitive })
    case 'EqualDistanceTCloseness':
      return tCloseness({ t: first, sensitive })
    // ARX takes the order of a text's letters.
    case 'OrderedDistanceTCloseness':
      return tCloseness({ t: first, sensitive, ground: { kind: 'ordered', order: 'alphabet' } })
    case 'HierarchicalDistanceTCloseness':
      return tCloseness({ t: first, sensitive, ground: { kind: 'hierarchical' } })
    case 'BasicBLikeness':
      return betaLikeness({ beta: first, sensitive })
    case 'EnhancedBLikeness':
      return betaLikeness({ beta: first, sensitive, enhanced: true })
    case 'SampleUniqueness':
      return sampleUniqueness({ share: first })
    case 'getPopulationUniqueness':
      return populationUniqueness({
        share: first,
        population: unitedStates,
        model: populationModels[String(args[1])],
      })
    case 'ProfitabilityJournalistNoAttack':
      return unprofitableAttacks({ gain: adversaryGain, cost: adversaryCost, attacker: 'journalist' })
    default:
      return `no model ${name}`
  }
}

function qualityOf({ metric: { name, args } }: Outcome): QualityModel | undefined {
  switch (name) {
    case 'LossMetric': {
      const [balance] = args.filter((one) => typeof one === 'number')
      return loss({ balance, aggregate: args.includes('RANK') ? 'rank' : 'geometric mean' })
    }
    // Its number is a share of distinct values, from which on ARX does not precompute.
    case 'PrecomputedLossMetric':
      return loss()
    case 'PrecomputedEntropyMetric':
      return nonUniformEntropy({ generalisationAlone: args[1] === true })
    case 'DiscernabilityMetric':
      return args[0] === true ? discernibilityStar : discernibility
    case 'AECSMetric':
      return classSize
    case 'PublisherPayoutMetric':
      return payout(
        { adversaryCost, adversaryGain, publisherLoss: 300, publisherBenefit: 1200 },
        args[0] === true,
      )
    default:
      return undefined
  }
}
