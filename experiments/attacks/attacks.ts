// What breaks the protections: every attack on every table, number of layers, construction and key.
// Source: docs/architecture.md#experiments. SPG claims protection by ⌈m / (k² + k)⌉ layers and measured none of this.
// Attacks run with effort `quick`: more effort can only find more.

import {
  type Attack,
  attacks,
  type Evidence,
  linearInversion,
  numericAttributes,
} from '../../src/audit/index.ts'
import { type ColumnPane, layered, projection, rotation } from '../../src/protect/index.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { seededSecret } from '../../src/random/seededSecret.ts'
import type { Settings, Work } from '../experiment.ts'
import { type AttackedTable, attackedTable, type TableName } from './tables.ts'
import type { AttackScore, AttacksAnswer, AttacksTask, SchemeChoice } from './task.ts'

const depths = [1, 2, 3, 5, 10, 91]

/** Regression on what left as it is: the anchor that other attacks are held against. */
const plainRegression: Attack = { ...linearInversion, name: 'plain-regression' }

function withoutActivation(evidence: Evidence): Evidence {
  const { name, layers } = evidence.scheme
  return { ...evidence, scheme: { name, layers } }
}

/** Every attack on every table. */
export const attacksWork: Work<AttacksTask, AttacksAnswer> = {
  tasks({ quick, seed, seeds = quick ? 1 : 3 }: Settings) {
    const tables: readonly TableName[] = quick
      ? ['wheat', 'synthetic']
      : ['adult-numeric', 'heart-disease', 'wheat', 'synthetic']
    const layers = quick ? [1, 3, 91] : depths.toReversed()
    const schemes: SchemeChoice[] = [
      ...layers.flatMap((count) =>
        (['bounded', 'glorot'] as const).map((matrix) => ({
          name: 'layered' as const,
          matrix,
          layers: count,
        })),
      ),
      { name: 'rotation' },
      { name: 'projection', participants: 1 },
      { name: 'projection', participants: 10 },
    ]
    return tables.flatMap((table) =>
      schemes.flatMap((scheme) =>
        Array.from({ length: seeds }, (_, i) => ({
          table,
          scheme,
          seed: seed + i,
          known: quick ? [20] : [10, 20, 50, 100],
        })),
      ),
    )
  },
  async run({ table: name, scheme, seed, known }, signal) {
    const table = await attackedTable(name, seed)
    const released = releasedEvidence(table, scheme, seed)
    const scores: AttackScore[] = []
    for (const attack of [plainRegression, ...attacks]) {
      const evidence = attack === plainRegression ? withoutActivation(released) : released
      if (!attack.applies(evidence)) continue
      const counts =
        attack.standpoint === 'leak' ? [...new Set([evidence.released.length + 1, ...known])] : [0]
      for (const count of counts.sort((a, b) => a - b)) {
        if (count < attack.fewest) continue
        const finding = await attack.run(evidence, {
          known: count,
          seed,
          effort: 'quick',
          signal,
        })
        scores.push({
          attack: attack.name,
          standpoint: attack.standpoint,
          holds: attack.holds,
          known: finding.known,
          metrics: finding.metrics,
          largestError: finding.attributes
            ? Math.max(...finding.attributes.map((a) => a.largestError))
            : undefined,
          seconds: finding.seconds,
        })
      }
    }
    return { rows: table.columns[0]!.length, columns: table.columns.length, scores }
  },
}

/** What leaves of a table under a protection, with the truth. */
function releasedEvidence(table: AttackedTable, scheme: SchemeChoice, seed: number): Evidence {
  const { columns, names, labels, target } = table
  const pane = fitted(columns, scheme, seededSecret(seed, JSON.stringify(scheme)))
  const codes = labels && shuffle(upTo(labels.classes), seededStream(seed, 'classes'))
  return {
    attributes: numericAttributes(names, columns),
    features: columns,
    released: pane.protect(columns),
    scheme: pane.about,
    participants: pane.participantsOf ? pane.participantsOf(columns[0]!.length) : undefined,
    labels:
      labels && codes
        ? { classes: labels.classes, original: labels.of, released: labels.of.map((c) => codes[c]!) }
        : undefined,
    target: target ? { original: target, released: hiddenNumber(target, seed) } : undefined,
  }
}

/** A line of the key's own, as labels of numbers leave by. */
function hiddenNumber(target: Float64Array, seed: number): Float64Array {
  const random = seededStream(seed, 'target line')
  const slope = (random.uniform() < 0.5 ? -1 : 1) * (0.5 + random.uniform())
  const offset = random.normal()
  return target.map((t) => (slope * t) / 100 + offset)
}

function fitted(columns: readonly Float64Array[], scheme: SchemeChoice, secret: Uint8Array): ColumnPane {
  switch (scheme.name) {
    case 'layered':
      return layered.fit(columns, { ...scheme, activation: 'tanh', secret })
    case 'rotation':
      return rotation.fit(columns, { secret })
    case 'projection':
      return projection.fit(columns, {
        dimensions: Math.ceil((2 * columns.length) / 3),
        participants: scheme.participants,
        secret,
      })
  }
}
