import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { type ImageSet, openImages, readDigits, readIdx, takeImages } from '../index.ts'
import { cacheFolder } from './catalogue.ts'
import { concatenateImages } from './imageSet.ts'
import { contactSheet } from './sheet.ts'
import { colored, colorNames, noisyImages, pathImages } from './synthetic.ts'

const shared = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
const digits = await readDigits()
const counts = (codes: Int32Array, classes: number) => {
  const found = new Array<number>(classes).fill(0)
  for (const code of codes) found[code]!++
  return found
}
/** Mean of each channel of one image. */
const channels = (set: ImageSet, image: number) => {
  const area = set.shape[1] * set.shape[2]
  return [0, 1, 2].map((c) => {
    const at = (image * 3 + c) * area
    return set.pixels.subarray(at, at + area).reduce((a, b) => a + b, 0) / area
  })
}

test('digits: 500 and 100 of each', () => {
  expect(digits.train).toMatchObject({ name: 'digits train', shape: [1, 28, 28], count: 5000 })
  expect(counts(digits.train.labels!.of, 10)).toEqual(new Array(10).fill(500))
  expect(counts(digits.test.labels!.of, 10)).toEqual(new Array(10).fill(100))
})

describe('synthetic sets', () => {
  const color = colored(digits.train, { seed: 3 })

  test('coloured digits: equal numbers of each colour, in every class too; pixels are those of the grey digit', () => {
    const own = color.attributes['color']!
    expect(own.names).toEqual(colorNames)
    const all = counts(own.of, 7)
    expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1)
    for (let digit = 0; digit < 10; digit++) {
      const of = counts(
        own.of.filter((_, i) => color.labels!.of[i] === digit),
        7,
      )
      expect(Math.max(...of) - Math.min(...of)).toBeLessThanOrEqual(1)
    }
    for (let image = 0; image < 200; image++) {
      const grey = digits.train.pixels.subarray(784 * image, 784 * (image + 1))
      const [red, green, blue] = [0, 1, 2].map((c) => {
        const at = 784 * (3 * image + c)
        const plane = color.pixels.subarray(at, at + 784)
        const lit = plane.some((v) => v > 0)
        if (lit) expect(plane).toEqual(grey)
        return lit
      })
      const name = own.names[own.of[image]!]
      const expected = {
        red: '100',
        green: '010',
        blue: '001',
        aqua: '011',
        magenta: '101',
        yellow: '110',
        white: '111',
      }
      expect([red, green, blue].map(Number).join('')).toBe(expected[name as keyof typeof expected])
    }
  })

  test('repeat with their seed, and differ with another', () => {
    const codes = (seed: number) => colored(digits.test, { seed }).attributes['color']!.of
    expect(codes(3)).toEqual(codes(3))
    expect(codes(4)).not.toEqual(codes(3))
    expect(noisyImages(3, { seed: 1 })).toEqual(noisyImages(3, { seed: 1 }))
    expect(noisyImages(3, { seed: 1 }).pixels).not.toEqual(noisyImages(3, { seed: 2 }).pixels)
    expect(pathImages(3, { seed: 1 })).toEqual(pathImages(3, { seed: 1 }))
    expect(pathImages(3, { seed: 1 }).pixels).not.toEqual(pathImages(3, { seed: 2 }).pixels)
  })

  test('colours are worth nothing to who knows the digit: each is as frequent in train as in test', async () => {
    const [train, test] = await Promise.all(
      (['train', 'test'] as const).map((split) => openImages('colored:digits', { split })),
    )
    expect(counts(train!.attributes['color']!.of, 7).every((n) => n === 714 || n === 715)).toBe(true)
    expect(counts(test!.attributes['color']!.of, 7).every((n) => n === 142 || n === 143)).toBe(true)
  })

  test('noise grows towards the centre, and is of one colour', () => {
    const set = noisyImages(700, { seed: 5 })
    expect(counts(set.attributes['color']!.of, 7)).toEqual(new Array(7).fill(100))
    const white = [...set.attributes['color']!.of.keys()].filter((i) => set.attributes['color']!.of[i] === 6)
    const mean = (y: number, x: number) =>
      white.reduce((sum, i) => sum + set.pixels[i * 2352 + 28 * y + x]!, 0) / white.length
    // Lit in half of the images less a little, then half of full on average, here with a standard error of 8.
    expect(
      Math.abs(mean(13, 13) - (255 / 4) * (1 - Math.hypot(0.5, 0.5) / Math.hypot(13.5, 13.5))),
    ).toBeLessThan(32)
    const lit = white.filter((i) => set.pixels[i * 2352 + 28 * 13 + 13]! > 0).length / white.length
    expect(Math.abs(lit - 0.48)).toBeLessThan(0.2)
    expect(mean(0, 0)).toBe(0)
    const ring = (radius: number) =>
      (mean(13, 13 - radius) + mean(13, 14 + radius) + mean(13 - radius, 13) + mean(14 + radius, 13)) / 4
    expect([ring(0) > ring(5), ring(5) > ring(9), ring(9) > ring(13)]).toEqual([true, true, true])
    const red = set.attributes['color']!.of.indexOf(0)
    expect(channels(set, red).map((v) => v > 0)).toEqual([true, false, false])
  })

  test('a path is connected, starts in the centre and is of one colour', () => {
    const set = pathImages(70, { seed: 6 })
    for (let image = 0; image < set.count; image++) {
      const own = Uint8Array.from({ length: 784 }, (_, i) =>
        Math.max(...[0, 1, 2].map((c) => set.pixels[(image * 3 + c) * 784 + i]!)),
      )
      expect(own[14 * 28 + 14]).toBe(255)
      const reached = new Set([14 * 28 + 14])
      for (const at of reached)
        for (const next of [at - 1, at + 1, at - 28, at + 28]) if (own[next] === 255) reached.add(next)
      expect(reached.size).toBe(own.reduce((n, v) => n + (v > 0 ? 1 : 0), 0))
      expect(reached.size).toBeGreaterThan(15)
    }
  })
})

describe('sets', () => {
  test('taking rows keeps images, classes and attributes together', () => {
    const color = colored(digits.test)
    fc.assert(
      fc.property(fc.array(fc.nat(999), { maxLength: 20 }), (rows) => {
        const some = takeImages(color, Int32Array.from(rows))
        expect(some.count).toBe(rows.length)
        rows.forEach((row, i) => {
          expect(some.pixels.subarray(2352 * i, 2352 * (i + 1))).toEqual(
            color.pixels.subarray(2352 * row, 2352 * (row + 1)),
          )
          expect(some.labels!.of[i]).toBe(color.labels!.of[row])
          expect(some.attributes['color']!.of[i]).toBe(color.attributes['color']!.of[row])
        })
      }),
      { numRuns: 20 },
    )
  })

  test('two sets as one', () => {
    const first = takeImages(colored(digits.test), Int32Array.of(1, 2))
    const second = takeImages(colored(digits.test), Int32Array.of(3))
    expect(concatenateImages(first, second, 'x')).toEqual({
      ...takeImages(colored(digits.test), Int32Array.of(1, 2, 3)),
      name: 'x',
    })
    expect(() => concatenateImages(first, digits.test)).toThrow(/3×28×28, digits test of 1×28×28/)
    expect(() =>
      concatenateImages(first, { ...second, labels: { names: ['a'], of: Int32Array.of(0) } }),
    ).toThrow(/differ in their classes/)
  })
})

describe('contact sheets', () => {
  const bytes = (n: number, shape: readonly [number, number, number]) =>
    Uint8Array.from({ length: n * shape[0] * shape[1] * shape[2] }, (_, i) => (37 * i) % 251)

  test('every pixel is where it belongs, grey and RGB, scaled', () => {
    const grey = { shape: [1, 2, 3] as const, pixels: bytes(5, [1, 2, 3]) }
    const rgb = { shape: [3, 2, 3] as const, pixels: bytes(5, [3, 2, 3]) }
    const [columns, scale, gap] = [2, 3, 4]
    const png = decode(contactSheet([grey, rgb], { columns, scale, gap }))
    const block = 2 * (2 * scale + gap) - gap
    expect([png.width, png.height, png.channels]).toEqual([
      2 * (9 + gap) + gap,
      3 * (block + 3 * gap) - 3 * gap + 2 * gap,
      3,
    ])
    for (let image = 0; image < 5; image++)
      for (const [r, row] of [grey, rgb].entries())
        for (let y = 0; y < 2; y++)
          for (let x = 0; x < 3; x++) {
            const top = gap + Math.floor(image / 2) * (block + 3 * gap) + r * (6 + gap) + y * scale
            const left = gap + (image % 2) * (9 + gap) + x * scale
            const found = (dy: number, dx: number) => {
              const at = 3 * ((top + dy) * png.width + left + dx)
              return [...png.data.subarray(at, at + 3)]
            }
            const c = (channel: number) =>
              row.pixels[(image * row.shape[0] + (row.shape[0] === 3 ? channel : 0)) * 6 + 3 * y + x]
            expect(found(0, 0)).toEqual([c(0), c(1), c(2)])
            expect(found(2, 2)).toEqual(found(0, 0))
          }
  })

  test('floats are clipped to the stated range', () => {
    const png = decode(
      contactSheet([{ shape: [1, 1, 4], pixels: Float32Array.of(-9, 1, 3, 99), range: [1, 5] }], { gap: 0 }),
    )
    expect([...png.data]).toEqual([0, 0, 128, 255])
    expect([
      ...decode(contactSheet([{ shape: [1, 1, 2], pixels: Float32Array.of(0.2, 1.5) }], { gap: 0 })).data,
    ]).toEqual([51, 255])
  })

  test('refuses what does not fit', () => {
    const row = { shape: [1, 2, 2] as const, pixels: bytes(1, [1, 2, 2]) }
    expect(() => contactSheet([])).toThrow(/no image/)
    expect(() => contactSheet([row, { shape: [1, 2, 3], pixels: bytes(1, [1, 2, 3]) }])).toThrow(
      /row 2 .* 1×2×3/,
    )
    expect(() => contactSheet([{ ...row, pixels: bytes(1, [1, 2, 3]) }])).toThrow(/no whole number/)
  })
})

test('the cache folder: by its own variable, by XDG, in the home', () => {
  expect(cacheFolder({ FROSTGLASS_CACHE: '/x', XDG_CACHE_HOME: '/y' })).toBe('/x')
  expect(cacheFolder({ XDG_CACHE_HOME: '/y' })).toBe(join('/y', 'frostglass'))
  expect(cacheFolder({})).toMatch(/\.cache.frostglass$/)
})

describe.skipIf(!existsSync(shared))('against the originals', () => {
  test('the embedded digits are the first of each class of MNIST', async () => {
    for (const [part, file, each] of [
      ['train', 'train', 500],
      ['test', 't10k', 100],
    ] as const) {
      const whole = await readIdx(
        join(shared, `mnist/${file}-images-idx3-ubyte.gz`),
        join(shared, `mnist/${file}-labels-idx1-ubyte.gz`),
      )
      const seen = new Array<number>(10).fill(0)
      const rows: number[] = []
      whole.labels!.of.forEach((label, i) => {
        if (seen[label]!++ < each) rows.push(i)
      })
      const expected = takeImages(whole, Int32Array.from(rows))
      expect(Buffer.from(digits[part].pixels).equals(expected.pixels)).toBe(true)
      expect(digits[part].labels!.of).toEqual(expected.labels!.of)
    }
  })

  test('MNIST, Fashion-MNIST, CIFAR-10, photographs, faces with attributes', async () => {
    const open = (name: string, options: object = {}) =>
      openImages(join(shared, name), { split: 'test', ...options })
    for (const name of ['mnist', 'fashion-mnist'])
      expect(counts((await open(name)).labels!.of, 10)[1]).toBe(name === 'mnist' ? 1135 : 1000)
    expect(counts((await open('cifar10')).labels!.of, 10)).toEqual(new Array(10).fill(200))
    const photographs = await open('imagenette-224', { limit: 40, size: 64 })
    expect(photographs).toMatchObject({ count: 40, shape: [3, 64, 64], name: 'imagenette-224 test' })
    expect(counts(photographs.labels!.of, 10)).toEqual(new Array(10).fill(4))
    const faces = await open('orl-faces', {
      split: 'all',
      attributes: join(shared, 'orl-faces/attributes.csv'),
    })
    expect(faces).toMatchObject({ count: 400, shape: [1, 112, 92] })
    expect(counts(faces.attributes['sex']!.of, 2)).toEqual([40, 360])
    expect(counts(faces.attributes['glasses']!.of, 2)).toEqual([281, 119])
  })
})
