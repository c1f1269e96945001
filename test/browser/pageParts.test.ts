// The parts of the page that need no browser: digits from lines, words from numbers, places in the chart.
import { describe, expect, it } from 'vitest'
import { failureWords } from '../../site/failure.ts'
import { apart, bandOf, lineOf, namesOf, plotOf } from '../../site/plot.ts'
import { digitOf, type Point, type Stroke, side } from '../../site/strokes.ts'
import { verdictOn } from '../../site/words.ts'
import type { GalleryIndex, GalleryPane } from '../../src/demo/galleryIndex.ts'
import { FrostglassError } from '../../src/errors.ts'

const line = (...points: readonly [number, number][]): Stroke => points.map(([x, y]): Point => ({ x, y }))
const seven = [line([0.25, 0.2], [0.75, 0.2], [0.45, 0.85])]

/** Rows and columns with ink, and the centre of its mass. */
function boxOf(digit: Uint8Array) {
  let [mass, x, y] = [0, 0, 0]
  const rows = new Set<number>()
  const columns = new Set<number>()
  digit.forEach((value, i) => {
    if (value === 0) return
    rows.add(Math.floor(i / side))
    columns.add(i % side)
    mass += value
    x += value * ((i % side) + 0.5)
    y += value * (Math.floor(i / side) + 0.5)
  })
  return { height: rows.size, width: columns.size, x: x / mass, y: y / mass, mass }
}

describe('a digit from lines', () => {
  it('fits a box of 20×20 and is centred by mass in 28×28, as MNIST is', () => {
    const box = boxOf(digitOf(seven)!)
    expect(Math.max(box.height, box.width)).toBeGreaterThanOrEqual(19)
    expect(Math.max(box.height, box.width)).toBeLessThanOrEqual(22)
    expect(Math.abs(box.x - 14)).toBeLessThan(0.15)
    expect(Math.abs(box.y - 14)).toBeLessThan(0.15)
  })

  it('does not depend on where or how large it was drawn', () => {
    const moved = seven.map((stroke) => stroke.map(({ x, y }) => ({ x: 0.1 + 0.5 * x, y: 0.3 + 0.5 * y })))
    const [a, b] = [digitOf(seven)!, digitOf(moved)!]
    expect(Math.max(...a.map((v, i) => Math.abs(v - b[i]!)))).toBeLessThanOrEqual(2)
  })

  it('has soft edges', () => {
    const grey = digitOf(seven)!.filter((v) => v > 0 && v < 255).length
    expect(grey).toBeGreaterThan(20)
  })

  it('keeps a dot small, and makes nothing of nothing', () => {
    const dot = boxOf(digitOf([line([0.5, 0.5])])!)
    expect(dot.width).toBeLessThanOrEqual(4)
    expect(dot.mass).toBeGreaterThan(255)
    expect(digitOf([])).toBeUndefined()
  })

  it('keeps what leaves the canvas of 28×28 inside', () => {
    // All mass at one end: centring by mass pushes the other end out.
    const comb = [
      line([0, 0.5], [1, 0.5]),
      ...Array.from({ length: 9 }, (_, i) => line([0, i / 9], [0.15, i / 9])),
    ]
    expect(digitOf(comb)!.length).toBe(784)
  })
})

describe('the verdict in words', () => {
  const pane = (ssim: number, accuracy = 0.95): GalleryPane => ({
    name: 'mlp-64',
    bottleneck: 64,
    file: '',
    bytes: 1,
    parameters: 1,
    flops: 1,
    accuracy,
    attack: '',
    likeness: { ssim, interval: [ssim, ssim], psnr: 10 },
    read: 0.9,
    seconds: 1,
  })
  const index = {
    classifier: { model: 'digits', parameters: 1, accuracy: 0.95, preprocessing: {} },
    answerAlone: { ssim: 0.4, interval: [0.4, 0.4], psnr: 10 },
  } as unknown as GalleryIndex

  it('says that a pane hides little from 0.1 above what needs no attack, with the numbers', () => {
    const verdict = verdictOn(pane(0.51), index)!
    expect(verdict.grade).toBe('little')
    expect(verdict.title).toBe('This pane hides little.')
    for (const number of ['0.51', '0.40', '95.0%', '90%']) expect(verdict.because).toContain(number)
    expect(verdictOn(pane(0.45), index)!.grade).toBe('some')
    expect(verdictOn(pane(0.41), index)!.grade).toBe('most')
  })

  it('does not praise a pane that spoils the answer', () => {
    expect(verdictOn(pane(0.3), index)!.title).toContain('little more than the answer')
    expect(verdictOn(pane(0.3, 0.5), index)!.title).toContain('hides the digit from the service too')
  })

  it('says nothing while there is nothing to compare with', () => {
    expect(
      verdictOn(pane(0.5), { ...index, answerAlone: undefined } as unknown as GalleryIndex),
    ).toBeUndefined()
  })
})

describe('the chart', () => {
  const pane = (bottleneck: number, accuracy: number, ssim: number) =>
    ({
      bottleneck,
      accuracy,
      likeness: { ssim, interval: [ssim - 0.1, ssim + 0.1], psnr: 20 },
    }) as unknown as GalleryPane
  const panes = [pane(8, 0.5, 0.2), pane(64, 1, 0.4)]

  it('spreads bottlenecks evenly, and shares from the bottom to the top', () => {
    const plot = plotOf([8, 16, 64], false)
    const { left, top, inner, x, y } = plot
    expect([x(8), x(16), x(64)]).toEqual([left, left + inner.width / 2, left + inner.width])
    expect([y(0), y(1), y(-1), y(2)]).toEqual([top + inner.height, top, top + inner.height, top])
    // One alone stands in the middle.
    expect(plotOf([32], true).x(32)).toBe(34 + (340 - 34 - 10) / 2)
    expect(lineOf(plot, panes, ({ accuracy }) => accuracy)).toBe(`M${x(8)} ${y(0.5)}L${x(64)} ${y(1)}`)
    const band = bandOf(plot, panes).split(' ').map(Number)
    expect(band).toHaveLength(8)
    expect(band.slice(0, 2)).toEqual([x(8), y(0.2 + 0.1)])
    expect(band.slice(-2)).toEqual([x(8), y(0.2 - 0.1)])
  })

  it('moves names apart and keeps their order', () => {
    const moved = apart([{ at: 12 }, { at: 10 }, { at: 11 }, { at: 100 }], 15)
    const places = moved.map(({ at }) => at)
    for (let i = 1; i < places.length; i++) expect(places[i]! - places[i - 1]!).toBeGreaterThan(14.99)
    expect(places.at(-1)).toBe(100)
    expect(places[1]).toBeCloseTo(11, 1)
  })

  it('names the lines that are there', () => {
    const plot = plotOf([8, 64], false)
    const names = (index: object) => namesOf(plot, index as GalleryIndex).map(({ class: name }) => name)
    expect(names({ panes: [] })).toEqual([])
    expect(names({ panes })).toEqual(['obfuscated', 'attack'])
    const index = { panes, classifier: { accuracy: 0.99 }, answerAlone: { ssim: 0.3 } }
    expect(names(index).toSorted()).toEqual(['alone', 'attack', 'obfuscated', 'raw'])
  })
})

describe('what went wrong', () => {
  const address = 'http://127.0.0.1:8080/v2/encrypted/keys/6f96dc8c0813646b4d9d1b1310fa1e61'
  it.each([
    [
      new FrostglassError('io', `${address} cannot be asked: Failed to fetch`, 'Check that it runs.'),
      'The service does not answer: it has stopped, or the network is cut.',
    ],
    [
      new FrostglassError('io', `${address} answers 503: enough in hand`),
      'The service answers 503: enough in hand',
    ],
    [
      new FrostglassError('key', 'a key reads 64 answers', 'Make another.'),
      'a key reads 64 answers. Make another.',
    ],
    [new Error('anything'), 'anything'],
  ])('is said without an address', (error, words) => {
    expect(failureWords(error)).toBe(words)
  })
})
