import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import { isMeasured, type PublishedEvidence, sightOf } from '../contract.ts'
import { rowsOf, tableOf } from '../testing.ts'
import { alignedInOrder } from './rowAlignment.ts'
import { rowOrder } from './rowOrder.ts'

const rows = 1500
const source = seededStream(11, 'order of rows')
const cells = Array.from({ length: rows }, () => ({
  age: 20 + source.below(70),
  sex: 'mf'[source.below(2)]!,
  name: source.below(1e9),
  ill: source.below(5),
}))
const original = tableOf({
  age: cells.map((c) => c.age),
  sex: cells.map((c) => c.sex),
  name: cells.map((c) => c.name),
  ill: cells.map((c) => c.ill),
})
const labelled = tableOf({
  age: cells.map(({ age }) => `[${Math.floor(age / 10) * 10}, ${Math.floor(age / 10) * 10 + 9}]`),
  sex: cells.map((c) => c.sex),
  ill: cells.map((c) => c.ill),
})
const inOrder = Array.from({ length: rows }, (_, i) => i)
const drawn = inOrder.map(() => source.uniform())
const shuffled = [...inOrder].sort((a, b) => drawn[a]! - drawn[b]!)
const suppressed = (share: number) => inOrder.filter((i) => drawn[i]! >= share)
const by = (key: (cell: (typeof cells)[number]) => number, order: readonly number[]) =>
  [...order].sort((a, b) => key(cells[a]!) - key(cells[b]!))
const classOf = ({ age, sex }: (typeof cells)[number]) => 2 * Math.floor(age / 10) + Number(sex === 'f')

/** What the order of these rows gives. */
async function found(order: readonly number[], more: Partial<PublishedEvidence> = {}) {
  const evidence = {
    original,
    published: rowsOf(labelled, order),
    quasi: ['age', 'sex'],
    sensitive: ['ill'],
    ...more,
  }
  const [finding] = (await rowOrder.find(await sightOf(evidence, { seed: 1 }), { seed: 1 })).filter(
    isMeasured,
  )
  const { value, baseline } = metricOf(finding as never, 'attribute')
  return { value, above: value - baseline!, order: finding!.notes[0]! }
}

describe('the order of rows', () => {
  it.each([
    ['as it was', inOrder, 0.99],
    ['from the end', [...inOrder].reverse(), 0.99],
    ['with 5% left out', suppressed(0.05), 0.85],
    ['with 5% left out, from the end', suppressed(0.05).reverse(), 0.85],
    ['with half left out', suppressed(0.5), 0.4],
    ['sorted by their labels', by(classOf, inOrder), 0.99],
    ['sorted by a column that was generalised', by((c) => c.age, shuffled), 0.25],
    ['sorted by a column that was not published', by((c) => c.name, inOrder), 0.99],
    [
      'sorted by a column that was not published, with 5% left out',
      by((c) => c.name, suppressed(0.05)),
      0.85,
    ],
  ])('gives hidden values away: %s', async (_, order, least) => {
    const { value, above } = await found(order)
    expect(value).toBeGreaterThan(least)
    expect(above).toBeGreaterThan(0.05)
  })

  it.each([
    ['shuffled', shuffled],
    ['shuffled with 20% left out', shuffled.filter((i) => i % 5 > 0)],
    ['shuffled, then sorted by their labels', by(classOf, shuffled)],
  ])('gives no more than luck: %s', async (_, order) => {
    const { above, order: name } = await found(order)
    expect(Math.abs(above)).toBeLessThan(0.05)
    expect(name).toContain('that of the original')
  })

  it('gives no more than luck in a small table either, whatever is tried', async () => {
    let most = 0
    for (let seed = 1; seed <= 40; seed++) {
      const draws = seededStream(seed, 'small')
      const some = inOrder.slice(0, 120)
      const keys = some.map(() => draws.uniform())
      const small = { original: rowsOf(original, some) }
      const order = [...some].sort((a, b) => keys[a]! - keys[b]!)
      most = Math.max(most, (await found(order, small)).above)
    }
    expect(most).toBeLessThan(0.15)
  })
})

describe('people and rows in order', () => {
  it('are paired without those who were left out', async () => {
    const labels = Array.from({ length: 5000 }, () => source.below(20))
    const left = Array.from(labels.keys()).filter(() => source.below(10) > 0)
    const pairs = await alignedInOrder(5000, left.length, (i, r) => labels[i] === labels[left[r]!])
    let [right, last] = [0, -1]
    pairs.forEach((r, i) => {
      if (r < 0) return
      expect(labels[i]).toBe(labels[left[r]!])
      expect(r).toBeGreaterThan(last)
      last = r
      if (left[r] === i) right++
    })
    expect(right / left.length).toBeGreaterThan(0.95)
  })

  it('are paired behind a run of people who were left out, and past rows of nobody', async () => {
    const labels = Array.from({ length: 3000 }, () => source.below(30))
    const left = Array.from(labels.keys()).filter((i) => i < 700 || i >= 1000)
    const cells = left.map((i) => (i % 50 === 0 ? -1 : labels[i]!))
    const pairs = await alignedInOrder(3000, left.length, (i, r) => labels[i] === cells[r])
    const right = pairs.reduce((sum, r, i) => sum + Number(r >= 0 && left[r] === i), 0)
    expect(right / left.length).toBeGreaterThan(0.9)
  })

  it('are none where there is nobody', async () => {
    expect([...(await alignedInOrder(3, 0, () => true))]).toEqual([-1, -1, -1])
    expect([...(await alignedInOrder(3, 3, () => true))]).toEqual([0, 1, 2])
    expect([...(await alignedInOrder(3, 3, () => false))]).toEqual([-1, -1, -1])
  })
})
