import { describe, expect, it } from 'vitest'
import { evidenceOf, independentColumns, mixed, noiseColumns } from '../../../../test/plantedEvidence.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import { aboutLabel, type Evidence, type LabelColumn, ofLabel, splitRows, viewOf } from '../evidence.ts'
import { alternatingLinkage } from './alternatingLinkage.ts'
import { type Crowd, linkCrowd, whiteRows } from './crowdLinking.ts'
import { namesTogether } from './jointNames.ts'
import { labelFrequency } from './labelFrequency.ts'
import { labelInversion } from './labelInversion.ts'
import { labelLinkage } from './labelLinkage.ts'
import { labelNames } from './labelNames.ts'
import { targetLinkage } from './targetLinkage.ts'

const rows = 240
const options = { known: 0, seed: 1, effort: 'quick' } as const

/** Classes of slowly falling sizes, under code names. */
function classes(name: string, count: number): LabelColumn {
  const random = seededStream(count, name)
  const original = Int32Array.from({ length: rows }, () => Math.floor(count * random.uniform() ** 1.3))
  const codes = shuffle(upTo(count), random)
  return { name, labels: { classes: count, original, released: original.map((c) => codes[c]!) } }
}

/** Whole numbers from 0 to 8, behind a line. */
function number(name: string): LabelColumn {
  const random = seededStream(3, name)
  const original = Float64Array.from({ length: rows }, () => Math.floor(9 * random.uniform() ** 2))
  return { name, target: { original, released: original.map((t) => 0.3 - 1.7 * t) } }
}

/** Two people and two rows, and nothing that is known. */
function viewlessCrowd(): Crowd {
  const columns = [Float64Array.of(1, 2)]
  return {
    scheme: { name: 'planted', layers: 1 },
    people: columns,
    released: columns,
    known: { original: [new Float64Array(0)], released: [new Float64Array(0)] },
  }
}

const features = independentColumns(rows, 4, 5)
const release = (labelColumns: readonly LabelColumn[], released = mixed(features, 2)): Evidence => ({
  ...evidenceOf(features, released),
  labelColumns,
})

describe('labels together', () => {
  const three = release([classes('ward', 4), number('days'), classes('ill', 5)])
  const linked = async (evidence: Evidence, attack = labelLinkage) =>
    metricOf(await attack.run(evidence, options), 'rank1').value

  it('link people whom no label links by itself', async () => {
    expect(await linked(ofLabel(three, 1), targetLinkage)).toBeLessThan(0.5)
    expect(await linked(three)).toBeGreaterThan(0.95)
    const { metrics } = await labelInversion.run(three, options)
    expect(metrics[0]!.name).toBe('cells5')
    expect(metrics[0]!.value).toBeGreaterThan(0.95)
  })

  it('do so where all of them are classes', async () => {
    expect(
      await linked(release([classes('ward', 5), classes('town', 6), classes('ill', 5)])),
    ).toBeGreaterThan(0.9)
  })

  it('leave at chance what columns and labels have nothing to do with', async () => {
    // Labels of nobody's, and columns of noise: each label is an independent draw.
    const strange = [classes('ward', 4), classes('ill', 5)].map(({ name, labels }) => ({
      name,
      labels: { ...labels!, released: shuffle(labels!.released.slice(), seededStream(9, name)) },
    }))
    expect(await linked(release(strange, noiseColumns(rows, 4, 8)))).toBeLessThan(0.1)
  })

  it('may contradict each other: then nobody has a row, and attacks end all the same', async () => {
    // A class whose known rows are all wrong, and a number that is right: no row is anybody's.
    const wrong = classes('ill', 2)
    const original = wrong.labels!.original
    const sorted = Float64Array.from(original, (c, r) => 2 * (r % 9) + c)
    const number: LabelColumn = {
      name: 'days',
      target: { original: sorted, released: sorted.map((t) => 1 - t) },
    }
    const lying = wrong.labels!.released.map((c, r) => (r % 2 ? c : 1 - c))
    const evidence = release([{ ...wrong, labels: { ...wrong.labels!, released: lying } }, number])
    for (const attack of [labelLinkage, alternatingLinkage])
      expect((await attack.run(evidence, { ...options, known: 2 })).rows).toBeGreaterThan(0)
    const nobody = viewlessCrowd()
    expect(linkCrowd(nobody, whiteRows(nobody), { possible: new Uint8Array(4), alone: true })).toBeUndefined()
  })

  it('apply to releases with several labels alone', () => {
    for (const attack of [labelLinkage, labelInversion]) {
      expect(attack.applies(three)).toBe(true)
      for (const place of [0, 1, 2]) expect(attack.applies(ofLabel(three, place))).toBe(false)
      expect(attack.applies(evidenceOf(features, features))).toBe(false)
    }
  })

  it('are all shown to attacks with known rows, and each by itself as if it had left alone', async () => {
    const view = viewOf(three, splitRows(rows, 20, 1))
    expect(view.classes).toBeUndefined()
    expect(view.labelColumns!.map((own) => (own.classes ? own.classes.count : 'number'))).toEqual([
      4,
      'number',
      5,
    ])
    const alone = viewOf(ofLabel(three, 2), splitRows(rows, 20, 1))
    expect(alone.labelColumns).toBeUndefined()
    expect(alone.classes).toEqual(view.labelColumns![2]!.classes)
    const known = { ...options, known: 10 }
    expect(metricOf(await alternatingLinkage.run(three, known), 'rank1').value).toBeGreaterThan(0.95)
  })
})

describe('classes by all labels together', () => {
  it('are named where they are equally frequent and go with another label unlike each other', async () => {
    const random = seededStream(4, 'together')
    const original = Int32Array.from({ length: rows }, (_, i) => i % 2)
    const ill: LabelColumn = {
      name: 'ill',
      labels: { classes: 2, original, released: original.map((c) => 1 - c) },
    }
    const days = original.map((c) => Math.floor(4 * random.uniform() + 3 * c))
    const number: LabelColumn = {
      name: 'days',
      target: { original: Float64Array.from(days), released: Float64Array.from(days, (t) => 2 - 0.1 * t) },
    }
    const both = release([ill, number])
    expect(metricOf(await labelNames.run(aboutLabel(both, 0), options), 'labels')).toMatchObject({ value: 1 })
    const [frequency] = (await labelFrequency.run(aboutLabel(both, 0), options)).metrics
    expect(frequency).toMatchObject({ name: 'labels', value: 0.5 })
  })

  it('are asked of classes alone, beside other labels', () => {
    const two = release([classes('ward', 4), number('days')])
    expect(labelNames.applies(aboutLabel(two, 0))).toBe(true)
    expect(labelNames.applies(aboutLabel(two, 1))).toBe(false)
    expect(labelNames.applies(ofLabel(two, 0))).toBe(false)
  })
})

it('names codes of equally frequent classes by what they go with', () => {
  const random = seededStream(1, 'pairs')
  // Three classes of one size; what tells them apart is how another label goes with each.
  const one = Int32Array.from({ length: 300 }, (_, i) => i % 3)
  const other = one.map((c) => (random.uniform() < [0.2, 0.5, 0.8][c]! ? 0 : 1))
  const [a, b] = [
    [2, 0, 1],
    [1, 0],
  ] as const
  const people = (values: Int32Array) => values.filter((_, i) => i % 2 === 0)
  const names = namesTogether([
    { count: 3, people: people(one), rows: one.map((c) => a[c]!), named: false },
    { count: 2, people: people(other), rows: other.map((c) => b[c]!), named: false },
  ])
  expect(Array.from(names[0]!)).toEqual([1, 2, 0])
  expect(Array.from(names[1]!)).toEqual([1, 0])
})
