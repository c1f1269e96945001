import { describe, expect, it } from 'vitest'
import type { ImageSet, ImageShape } from '../../data/index.ts'
import { withComputedAttributes } from './computedAttributes.ts'

/** Strokes from top to bottom, each moved by so many pixels a row, and so bright. */
function strokes(
  leans: readonly number[],
  bright: readonly number[],
  paper = 0,
  channels: 1 | 3 = 1,
): ImageSet {
  const shape: ImageShape = [channels, 21, 21]
  const pixels = new Uint8Array(leans.length * channels * 441).fill(paper)
  leans.forEach((lean, i) => {
    for (let c = 0; c < channels; c++) {
      for (let y = 4; y < 17; y++) {
        const x = 10 + Math.round(lean * (y - 10))
        pixels[(i * channels + c) * 441 + y * 21 + x] = Math.abs(paper - bright[i]!)
      }
    }
  })
  return { name: 'strokes', shape, count: leans.length, pixels, attributes: {} }
}

const named = (set: ImageSet, name: string) => {
  const { names, of } = set.attributes[name]!
  return Array.from(of, (c) => names[c])
}
const leans = [-0.7, -0.5, 0, 0, 0.5, 0.7]
const bright = [40, 120, 250, 60, 130, 240]

describe('attributes that need no file', () => {
  it.each<[string, number, 1 | 3]>([
    ['light on dark', 0, 1],
    ['dark on light', 255, 1],
    ['in colours', 0, 3],
  ])('are slant and ink, %s', (_, paper, channels) => {
    const { originals } = withComputedAttributes(strokes(leans, bright, paper, channels))
    expect(named(originals, 'slant')).toEqual([
      'top to the right',
      'top to the right',
      'upright',
      'upright',
      'top to the left',
      'top to the left',
    ])
    expect(named(originals, 'ink')).toEqual(['little', 'middling', 'much', 'little', 'middling', 'much'])
  })

  it('divide training images where the audited ones are divided', () => {
    const training = strokes([0.6, 0.7, 0.65], [250, 250, 250])
    const both = withComputedAttributes(strokes(leans, bright), training)
    expect(named(both.training!, 'slant')).toEqual(Array(3).fill('top to the left'))
    expect(named(both.training!, 'ink')).toEqual(Array(3).fill('much'))
    expect(both.training!.attributes['slant']!.names).toEqual(both.originals.attributes['slant']!.names)
  })

  it('leave what is there as it is', () => {
    const own = { names: ['a', 'b'], of: Int32Array.of(0, 1, 0, 1, 0, 1) }
    const { originals } = withComputedAttributes({
      ...strokes(leans, bright),
      attributes: { slant: own, color: own },
    })
    expect(originals.attributes['slant']).toBe(own)
    expect(Object.keys(originals.attributes).sort()).toEqual(['color', 'ink', 'slant'])
  })

  it('of blank images are all alike', () => {
    const { originals } = withComputedAttributes(strokes([0, 0, 0], [0, 0, 0]))
    for (const name of ['ink', 'slant']) expect(new Set(originals.attributes[name]!.of).size).toBe(1)
  })
})
