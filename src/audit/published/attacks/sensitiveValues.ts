// What the rows that may be a person's say of their hidden value: for certain, most likely, more likely than before.
// Source: Machanavajjhala et al. 2007 (homogeneity, background knowledge); Li et al. 2007 (skewness, t-closeness); Cao and Karras 2012.
// Chance is what the shares of the whole published table tell; the baseline what the other columns tell of a stranger.

import { type Mixture, mixer } from '../candidates.ts'
import { needsSensitive, type PublishedAttack, perSensitive, type Sight } from '../contract.ts'
import { priorOf, shareMetric } from '../shares.ts'
import { certainty } from '../strangers.ts'
import { counted } from './linkage.ts'

/** Visits people who are alike, with the mixture of the rows that may be theirs. */
async function eachPerson(
  sight: Sight,
  name: string,
  visit: (people: number, truth: number, mixture: Mixture) => void,
): Promise<void> {
  const mixtures = sight.mixtures(name)
  const mix = mixer(sight.candidates, mixtures)
  let [kind, mixture] = [-1, undefined as Mixture | undefined]
  for (const alike of sight.kinds(name)) {
    if (alike.kind !== kind || mixture === undefined) {
      const due = sight.turn()
      if (due) await due
      ;[kind, mixture] = [alike.kind, mix(alike.kind)]
    }
    visit(alike.people, alike.value, mixture)
  }
}

/** A class whose people are alike in what is hidden. */
export const homogeneity: PublishedAttack = {
  name: 'homogeneity',
  title: 'Hidden values that all candidates share',
  standpoint: 'outsider',
  needs: 'a person’s quasi-identifiers',
  source: 'Machanavajjhala and others (TKDD 2007): the attack that l-diversity is about',
  obstacle: needsSensitive,
  find: perSensitive(async (sight, name) => {
    const { rows } = sight.evidence.original
    const prior = priorOf(sight.mixtures(name).whole)
    const strangers = await sight.strangers(name)
    let [certain, right, knownBefore, fewest] = [0, 0, 0, Number.POSITIVE_INFINITY]
    await eachPerson(sight, name, (people, truth, { values, counts, total }) => {
      if (prior.share(truth) >= certainty) knownBefore += people
      if (total === 0) return
      if (counts[truth]! >= certainty * total) certain += people
      const most = values.reduce((a, value) => Math.max(a, counts[value]!), 0)
      // Who is told two values alike takes one of them.
      const ties = values.filter((value) => counts[value] === most).length
      if (counts[truth] === most) right += people / ties
      fewest = Math.min(fewest, values.length)
    })
    return {
      metrics: [
        shareMetric('certain', certain, rows, { chance: knownBefore / rows, baseline: strangers.certain }),
        shareMetric('attribute', right, rows, { chance: prior.commonest, baseline: strangers.accuracy }),
      ],
      measures: [
        counted(
          'fewest different values among one person’s candidates',
          Number.isFinite(fewest) ? fewest : 0,
        ),
      ],
      notes: ['Certain is who believes in the true value at 95% or more.'],
    }
  }),
}

/** A class that is unlike the table. */
export const skewness: PublishedAttack = {
  name: 'skewness',
  title: 'Belief that the table changes',
  standpoint: 'outsider',
  needs: 'a person’s quasi-identifiers, and how common each hidden value is in the table',
  source: 'Li, Li and Venkatasubramanian (ICDE 2007), t-closeness; Cao and Karras (PVLDB 2012), β-likeness',
  obstacle: needsSensitive,
  find: perSensitive(async (sight, name) => {
    const { rows } = sight.evidence.original
    const { whole } = sight.mixtures(name)
    const prior = priorOf(whole)
    let [belief, before, doubled, gain, distance] = [0, 0, 0, 0, 0]
    await eachPerson(sight, name, (people, truth, { values, counts, total }) => {
      const expected = prior.share(truth)
      before += people * expected
      // Whose row is not there is believed of as everybody is.
      const posterior = total === 0 ? expected : counts[truth]! / total
      belief += people * posterior
      if (total === 0 || expected === 0) return
      if (posterior >= 2 * expected) doubled += people
      gain = Math.max(gain, posterior / expected)
      let apart = 0
      for (const value of values) apart += Math.max(0, counts[value]! / total - prior.share(value))
      distance = Math.max(distance, apart)
    })
    return {
      metrics: [
        shareMetric('belief', belief, rows, {
          chance: before / rows,
          baseline: (await sight.strangers(name)).belief,
        }),
      ],
      measures: [
        counted('share of the people in whose true value belief doubled', doubled / rows),
        counted('largest factor by which belief in a true value grew', gain),
        counted('largest distance of a person’s candidates from the whole table (total variation)', distance),
      ],
      notes: ['A person whose row is not in the table is believed of as the whole table is.'],
    }
  }),
}

/** Values that somebody rules out at most, in the worst case. */
const ruledOut = 1

/** Who can rule a value out. */
export const background: PublishedAttack = {
  name: 'background-knowledge',
  title: 'Hidden values left when one can be ruled out',
  standpoint: 'leak',
  needs:
    'a person’s quasi-identifiers, and one value that is not theirs: the likeliest of those, in the worst case',
  source: 'Machanavajjhala and others (TKDD 2007); Martin and others (ICDE 2007) for the worst case',
  obstacle: needsSensitive,
  find: perSensitive(async (sight, name) => {
    const { rows } = sight.evidence.original
    const { whole } = sight.mixtures(name)
    const everybody: Mixture = {
      values: Array.from(whole.keys()).filter((value) => whole[value]! > 0),
      counts: whole,
      total: whole.reduce((a, b) => a + b, 0),
    }
    const left = new Map<string, number>()
    let before = 0
    const sums = [0, 0]
    await eachPerson(sight, name, (people, truth, mixture) => {
      const key = String(truth)
      const alone = left.get(key) ?? remaining(everybody, truth, ruledOut)
      left.set(key, alone)
      if (alone >= certainty) before += people
      for (const more of [0, 1])
        if (remaining(mixture, truth, ruledOut + more) >= certainty) sums[more]! += people
    })
    return {
      metrics: [shareMetric('certain', sums[0]!, rows, { chance: before / rows })],
      measures: [counted('the same with two values ruled out', sums[1]! / rows)],
      notes: ['Which value can be ruled out is chosen for each person so that most is told.'],
    }
  }),
}

/** Share of the true value when the commonest others are ruled out. */
function remaining({ values, counts, total }: Mixture, truth: number, out: number): number {
  if (total === 0 || counts[truth] === 0) return 0
  const others = values
    .filter((value) => value !== truth)
    .map((value) => counts[value]!)
    .sort((a, b) => b - a)
    .slice(0, out)
  return counts[truth]! / (total - others.reduce((a, b) => a + b, 0))
}
