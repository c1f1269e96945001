import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ImageSet, readDigits, readIdx } from '../index.ts'
import { imageAttribute, measuredLabels, measuredValues, tercileCuts, tercileOf } from './attributes.ts'
import { colored, colorNames } from './synthetic.ts'

/** A picture drawn in characters: `#` is full ink, a digit is so many tenths of it. */
function drawn(...rows: readonly string[]) {
  const grey = (c: string) => (c === '#' ? 255 : c === '.' ? 0 : Math.round((255 * Number(c)) / 10))
  return [
    Uint8Array.from(rows.flatMap((row) => Array.from(row, grey))),
    rows.length,
    rows[0]!.length,
  ] as const
}
const slant = imageAttribute('slant')
const thickness = imageAttribute('thickness')
const colour = imageAttribute('colour')

describe('slant', () => {
  test('columns right a row down: of strokes that go straight, left and right', () => {
    expect(slant(...drawn('.#.', '.#.', '.#.'))).toBe(0)
    expect(slant(...drawn('..#', '.#.', '#..'))).toBe(-1)
    expect(slant(...drawn('#....', '..#..', '....#'))).toBe(2)
    // Masses are grey values: by hand, 2 at the top left and 1 below, one to the right.
    expect(slant(...drawn('#.', '.5'))).toBeCloseTo(1, 12)
    // Three points (0, 0), (1, 0), (1, 1): μ11 = 1/9, μ02 = 2/9.
    expect(slant(...drawn('##', '.#'))).toBeCloseTo(1 / 2, 12)
  })

  test('is 0 where there is no height, and does not mind where a stroke lies', () => {
    expect(slant(...drawn('...', '...'))).toBe(0)
    expect(slant(...drawn('.##', '...'))).toBe(0)
    fc.assert(
      fc.property(
        fc.nat(10),
        fc.nat(10),
        fc.array(fc.nat(255), { minLength: 12, maxLength: 12 }),
        (down, right, ink) => {
          const at = (down: number, right: number) => {
            const pixels = new Uint8Array(196)
            ink.forEach((v, i) => {
              pixels[(down + Math.floor(i / 4)) * 14 + right + (i % 4)] = v
            })
            return slant(pixels, 14, 14)
          }
          expect(at(down, right)).toBeCloseTo(at(0, 0), 9)
        },
      ),
    )
  })
})

test('thickness: twice the area over the border, with the outside for no ink', () => {
  expect(thickness(...drawn('.....', '.###.', '.....'))).toBe(6 / 8)
  expect(thickness(...drawn('###', '###', '###'))).toBe(18 / 12)
  expect(thickness(...drawn('###', '#.#', '###'))).toBe(16 / 16)
  // 127 is no ink, 128 is.
  expect(thickness(Uint8Array.from([127, 128]), 1, 2)).toBe(2 / 4)
  expect(thickness(...drawn('4'))).toBe(0)
})

describe('colour', () => {
  test('is what coloured digits were given', async () => {
    const { test: digits } = await readDigits()
    const set = colored(digits, { seed: 5 })
    expect(measuredLabels(set, 'colour')).toEqual(set.attributes['color'])
  })

  test('goes by half of the brightest channel, and is white without light', () => {
    const of = (...light: number[]) => colorNames[colour(Uint8Array.from(light), 1, 1)]
    expect(of(200, 99, 99)).toBe('red')
    expect(of(200, 99, 100)).toBe('magenta')
    expect(of(200, 100, 99)).toBe('yellow')
    expect(of(90, 180, 180)).toBe('white')
    expect(of(0, 0, 0)).toBe('white')
  })
})

describe('terciles', () => {
  test('lie between values, and a value on a cut is below it', () => {
    expect(tercileCuts([4, 1, 3, 2])).toEqual([2, 3])
    expect(tercileCuts([0, 1, 2])).toEqual([2 / 3, 4 / 3])
    expect([1, 2, 2.5, 3, 4].map((v) => tercileOf(v, [2, 3]))).toEqual([0, 0, 1, 1, 2])
  })

  test('are refused where values do not make three classes', () => {
    for (const values of [[], [1, 2], [1, 1, 1], [0, 1, 1, 1, 1], [0, Number.NaN, 2]])
      expect(() => tercileCuts(values)).toThrow(expect.objectContaining({ code: 'input' }))
  })

  test('of digits make classes of nearly one size', async () => {
    const { train } = await readDigits()
    for (const name of ['slant', 'thickness'] as const) {
      const { of } = measuredLabels(train, name, tercileCuts(measuredValues(train, name)))
      for (const c of [0, 1, 2]) expect(of.filter((v) => v === c).length / of.length).toBeCloseTo(1 / 3, 2)
    }
  })
})

test('other channels are refused by name', () => {
  const grey: ImageSet = {
    name: 'one',
    shape: [1, 2, 2],
    count: 1,
    pixels: new Uint8Array(4),
    attributes: {},
  }
  expect(() => measuredLabels(grey, 'colour')).toThrow(/3 channels.*these are 4/)
  expect(() => slant(new Uint8Array(12), 2, 2)).toThrow(expect.objectContaining({ code: 'shape' }))
})

const mnist = fileURLToPath(new URL('../../../../shared/data/mnist/', import.meta.url))

test.runIf(existsSync(mnist))('the 60,000 training images of MNIST: first values, and cuts', async () => {
  const train = await readIdx(`${mnist}train-images-idx3-ubyte.gz`)
  const rounded = (values: Float64Array, digits: number) =>
    Array.from(values.subarray(0, 5), (v) => v.toFixed(digits))
  const slants = measuredValues(train, 'slant')
  const widths = measuredValues(train, 'thickness')
  expect(rounded(slants, 4)).toEqual(['-0.2325', '-0.3473', '0.2145', '-0.5631', '-0.0080'])
  expect(rounded(widths, 4)).toEqual(['1.9138', '2.0161', '1.5577', '2.0625', '1.7500'])
  expect(tercileCuts(slants).map((cut) => cut.toFixed(6))).toEqual(['-0.223638', '0.010117'])
  expect(tercileCuts(widths).map((cut) => cut.toFixed(6))).toEqual(['1.754014', '2.190476'])
})
