import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type ClassRelabelling,
  hiddenLabels,
  isReleasedLabel,
  labelMapOf,
  releasedLabel,
  type TargetMap,
} from './labels.ts'

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })
const place = { name: 'y', integer: false, position: 0 }

it('relabels classes by a permutation that decodes exactly', () => {
  fc.assert(
    fc.property(secrets, fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 30 }), (secret, classes) => {
      const map = labelMapOf({ ...place, task: 'class', classes }, secret) as ClassRelabelling
      const all = Int32Array.from(classes, (_, i) => i)
      const codes = map.encode(all)
      expect(Array.from(codes).sort((a, b) => a - b)).toEqual(Array.from(all))
      expect(map.decode(codes)).toEqual(all)
      classes.forEach((name, i) => {
        expect(map.decodeName(map.names[codes[i]!]!)).toBe(name)
      })
    }),
  )
})

it('refuses a class that it did not give', () => {
  const map = labelMapOf(
    { ...place, task: 'class', classes: ['a', 'b'] },
    new Uint8Array(32),
  ) as ClassRelabelling
  expect(() => map.decodeName('c2')).toThrow("'c2' is not a class that this key hides")
})

it('maps numbers back to within rounding of their range, at any scale, whole numbers exactly', () => {
  fc.assert(
    fc.property(
      secrets,
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      fc.integer({ min: 0, max: 1_000_000 }),
      (secret, minimum, width) => {
        const maximum = minimum + width
        const values = Float64Array.of(minimum, maximum, minimum + Math.floor(width / 3))
        for (const integer of [true, false]) {
          const map = labelMapOf({ ...place, integer, task: 'number', minimum, maximum }, secret) as TargetMap
          map.decode(map.encode(values)).forEach((x, i) => {
            expect(Math.abs(x - values[i]!)).toBeLessThanOrEqual(
              integer ? 0 : 1e-14 * (width + Math.abs(minimum)),
            )
          })
        }
      },
    ),
  )
})

it('keeps its slope away from zero: the ends of the range stay at least half a unit apart', () => {
  fc.assert(
    fc.property(secrets, (secret) => {
      const map = labelMapOf({ ...place, task: 'number', minimum: 10, maximum: 30 }, secret) as TargetMap
      const [low, high] = map.encode(Float64Array.of(10, 30))
      expect(Math.abs(high! - low!)).toBeGreaterThanOrEqual(0.5 - 1e-12)
      expect(Math.abs(high! - low!)).toBeLessThanOrEqual(2 + 1e-12)
    }),
  )
})

it('hides each of several labels by a map of its own, the first as if it were the only one', () => {
  const classes = Array.from({ length: 12 }, (_, i) => `class ${i}`)
  const label = { ...place, task: 'class' as const, classes }
  const number = { ...place, task: 'number' as const, minimum: 0, maximum: 1 }
  fc.assert(
    fc.property(secrets, (secret) => {
      const all = Int32Array.from(classes, (_, i) => i)
      const own = hiddenLabels([label, label, number, number, label], secret)
      expect(own.map(({ column }) => column)).toEqual(['label', 'label_2', 'label_3', 'label_4', 'label_5'])
      const codes = [0, 1, 4].map((i) => (own[i]!.map as ClassRelabelling).encode(all).join())
      expect(new Set(codes).size).toBe(3)
      expect(codes[0]).toBe((labelMapOf(label, secret) as ClassRelabelling).encode(all).join())
      const lines = [2, 3].map((i) => (own[i]!.map as TargetMap).encode(Float64Array.of(0, 1)).join())
      expect(lines[0]).not.toBe(lines[1])
    }),
    { numRuns: 20 },
  )
})

it('names columns so that they are known again, and no others', () => {
  for (let i = 0; i < 30; i++) expect(isReleasedLabel(releasedLabel(i))).toBe(true)
  for (const other of ['label_', 'label_0', 'label_1', 'label_02', 'Label', 'label2', 'my label'])
    expect(isReleasedLabel(other)).toBe(false)
})

it('hides them as it did when this was recorded', () => {
  const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const label = { ...place, task: 'class' as const, classes }
  const number = { ...place, task: 'number' as const, minimum: 0, maximum: 1 }
  const [first, second, third] = hiddenLabels([label, label, number], new Uint8Array(32).fill(7))
  const all = Int32Array.from(classes, (_, i) => i)
  expect((first!.map as ClassRelabelling).encode(all).join()).toBe('6,5,4,1,3,2,0,7')
  expect((second!.map as ClassRelabelling).encode(all).join()).toBe('7,0,5,3,1,6,4,2')
  const hidden = (third!.map as TargetMap).encode(Float64Array.of(0, 1))
  expect(hidden[0]).toBeCloseTo(-0.8823524717505646, 12)
  expect(hidden[1]).toBeCloseTo(-0.2592900357041963, 12)
})
