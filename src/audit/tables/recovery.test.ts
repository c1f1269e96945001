import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { metricOf } from '../finding.ts'
import { type Attribute, type Evidence, numericAttributes, splitRows } from './evidence.ts'
import { type Guess, recoveryAttack } from './recovery.ts'

const rows = 120
const random = seededStream(1, 'recovery')
const first = Float64Array.from({ length: rows }, () => 100 * random.uniform())
const second = first.map((x) => x / 10 + random.uniform())
const third = Float64Array.from({ length: rows }, () => random.uniform())
const features = [first, second, third]
const evidence: Evidence = {
  attributes: numericAttributes(['first', 'second', 'third'], features),
  features,
  released: features,
  scheme: { name: 'none', layers: 1 },
}
const options = { known: 20, seed: 3, effort: 'quick' } as const

function guessing(recover: (unseen: readonly Float64Array[]) => Guess) {
  return recoveryAttack({
    name: 'planted',
    title: 'Planted',
    standpoint: 'leak',
    reads: ['columns'],
    holds: ['pairs'],
    needs: 'nothing',
    source: 'this test',
    fewest: 1,
    recover: (view) => recover(view.unseen),
  })
}

describe('judging numbers', () => {
  it('gives everything to who knows everything', async () => {
    const finding = await guessing((unseen) => ({ features: unseen })).run(evidence, options)
    for (const name of ['cells5', 'cells1', 'explained'] as const) {
      expect(metricOf(finding, name)).toMatchObject({ value: 1, interval: [1, 1] })
    }
    expect(finding.attributes!.every((a) => a.largestError === 0 && a.explained === 1)).toBe(true)
    expect(finding).toMatchObject({ known: 20, rows: 100, attack: 'planted', standpoint: 'leak' })
  })

  it('counts hits by the attribute’s range, and puts a guess outside the range at its end', async () => {
    const width = evidence.attributes.map((a) => (a.kind === 'numeric' ? a.maximum - a.minimum : 0))
    const offBy = (share: number) =>
      guessing((unseen) => ({ features: unseen.map((c, f) => c.map((x) => x + share * width[f]!)) }))
    const near = await offBy(0.03).run(evidence, options)
    expect(metricOf(near, 'cells5').value).toBe(1)
    expect(metricOf(near, 'cells1').value).toBeLessThan(0.05)
    expect(near.attributes![0]!.medianError).toBeCloseTo(0.03, 10)
    const far = await guessing((unseen) => ({ features: unseen.map((c) => c.map(() => 1e9)) })).run(
      evidence,
      options,
    )
    expect(Math.max(...far.attributes!.map((a) => a.largestError))).toBeLessThanOrEqual(1)
  })

  it('takes what is no number for no guess: the mean of the known rows', async () => {
    const finding = await guessing((unseen) => ({
      features: unseen.map((c) => c.map(() => Number.NaN)),
    })).run(evidence, options)
    expect(metricOf(finding, 'explained').value).toBeCloseTo(0, 12)
    expect(finding.cells).toEqual([])
  })

  it('takes the one value that hits most known rows for chance', async () => {
    // Numbers that are 0 seven times of ten: the mean, 0.3, would hit nothing.
    const binary = first.map((_, r) => (r % 10 < 7 ? 0 : 1))
    const flat = { ...evidence, features: [binary], released: [binary] }
    const attributes = numericAttributes(['binary'], flat.features)
    const finding = await guessing((unseen) => ({ features: unseen })).run({ ...flat, attributes }, options)
    const { unseen } = splitRows(rows, options.known, options.seed)
    const zeros = [...unseen].filter((r) => binary[r] === 0).length / unseen.length
    expect(metricOf(finding, 'cells5').chance).toBeCloseTo(zeros, 12)
  })

  it('rounds a guess at a number of few values to them for hits, and leaves its errors as they are', async () => {
    const binary = first.map((_, r) => 1 + Number(r % 10 < 4))
    const flat = { ...evidence, features: [binary], released: [binary] }
    const attributes = numericAttributes(['sex'], flat.features)
    const nearly = guessing((unseen) => ({ features: unseen.map((c) => c.map((x) => 0.7 * x + 0.4)) }))
    const finding = await nearly.run({ ...flat, attributes }, options)
    expect(metricOf(finding, 'cells1').value).toBe(1)
    expect(finding.attributes![0]!.metrics![0]).toMatchObject({ name: 'cells5', value: 1 })
    expect(finding.attributes![0]!.medianError).toBeCloseTo(0.1, 10)
    expect(metricOf(finding, 'explained').value).toBeLessThan(0.95)
    // Of a number of many values it is the guess itself that counts.
    const off = guessing((unseen) => ({ features: unseen.map((c) => c.map((x) => x + 0.3)) }))
    expect(metricOf(await off.run(evidence, options), 'cells1').value).toBeLessThan(0.5)
  })

  it('finds the column and the people that the averages hide', async () => {
    // Of one column of three everything, of the others nothing; and of five people in a hundred all.
    const oneColumn = guessing((unseen) => ({
      features: unseen.map((c, f) => (f === 1 ? c : c.map(() => Number.NaN))),
    }))
    const column = await oneColumn.run(evidence, options)
    const shares = column.attributes!.map(({ metrics }) => metrics!.find(({ name }) => name === 'cells1')!)
    expect(shares[1]).toMatchObject({ value: 1 })
    expect(shares[1]!.interval[0]).toBeGreaterThan(0.95)
    expect(metricOf(column, 'cells1').value).toBeLessThan(0.5)
    const people = await guessing((unseen) => ({
      features: unseen.map((c) => c.map((x, r) => (r % 20 === 0 ? x : Number.NaN))),
    })).run(evidence, options)
    expect(metricOf(people, 'cells1').value).toBeLessThan(0.15)
    expect(people.people!.find(({ name }) => name === 'cells1')!.value).toBeGreaterThan(0.5)
  })

  it('has a baseline that sees correlation between attributes, and none where there is none', async () => {
    const only = { ...evidence, features: [first, second], released: [first, second] }
    const correlated = { ...only, attributes: evidence.attributes.slice(0, 2) }
    const blank = guessing((unseen) => ({ features: unseen.map((c) => new Float64Array(c.length)) }))
    const strong = metricOf(await blank.run(correlated, options), 'explained')
    expect(strong.baseline).toBeGreaterThan(0.95)
    const apart = { ...only, features: [first, third], released: [first, third] }
    const weak = metricOf(
      await blank.run({ ...apart, attributes: numericAttributes(['a', 'b'], apart.features) }, options),
      'explained',
    )
    expect(weak.baseline).toBeLessThan(0.1)
  })

  it('names the cells that are known far better than chance, worst first, by their row in the table', async () => {
    const { unseen } = splitRows(rows, options.known, options.seed)
    const planted = 17
    const oneRow = guessing((columns) => ({
      features: columns.map((c) => c.map((x, r) => (r === planted ? x : Number.NaN))),
    }))
    const { cells } = await oneRow.run(evidence, options)
    expect(new Set(cells!.map((c) => c.row))).toEqual(new Set([unseen[planted]!]))
    const gains = cells!.map((c) => c.chanceError - c.error)
    expect(gains).toEqual(gains.toSorted((a, b) => b - a))
  })
})

describe('judging categories', () => {
  const codes = Array.from({ length: rows }, (_, r) => (r % 10 < 7 ? 0 : r % 10 < 9 ? 1 : 2))
  const oneHot = [0, 1, 2].map((c) => Float64Array.from(codes, (code) => (code === c ? 1 : 0)))
  const attribute: Attribute = { name: 'colour', kind: 'categorical', feature: 0, categories: 3 }
  const coloured: Evidence = {
    attributes: [attribute],
    features: oneHot,
    released: oneHot,
    scheme: evidence.scheme,
  }

  it('counts the largest feature, and takes the most frequent category for chance', async () => {
    const right = await guessing((unseen) => ({
      features: unseen.map((c) => c.map((x) => 0.2 * x - 5)),
    })).run(coloured, options)
    const metric = metricOf(right, 'cells5')
    expect(metric.value).toBe(1)
    const { unseen } = splitRows(rows, options.known, options.seed)
    const frequent = [...unseen].filter((r) => codes[r] === 0).length / unseen.length
    expect(metric.chance).toBeCloseTo(frequent, 12)
    expect(metric.baseline).toBeUndefined()
  })
})

it('leaves constant attributes out, and refuses too few known rows and a signal', async () => {
  const flat = [first, new Float64Array(rows).fill(4)]
  const constant = {
    ...evidence,
    features: flat,
    released: flat,
    attributes: numericAttributes(['first', 'flat'], flat),
  }
  const attack = guessing((unseen) => ({ features: unseen }))
  expect((await attack.run(constant, options)).attributes!.map((a) => a.name)).toEqual(['first'])
  await expect(attack.run(evidence, { ...options, known: 0 })).rejects.toThrow('needs 1 known rows or more')
  await expect(attack.run(evidence, { ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  })
})
