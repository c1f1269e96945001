import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { compile } from '../../graph/index.ts'
import { mapClasses, readClassMapping } from './classes.ts'
import type { Preprocessing } from './contract.ts'
import { unitPixels } from './pane.ts'
import {
  namedPreprocessing,
  preprocessImageSet,
  preprocessingGraph,
  readPreprocessing,
} from './preprocessing.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-preprocessing-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const shape = [3, 4, 5] as const
const pixels = Uint8Array.from({ length: 2 * 60 }, (_, i) => (i * 37 + 11) % 256)
const set = { name: 'made up', shape, count: 2, pixels }

describe('preprocessing', () => {
  const scales = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
  it.each<Preprocessing>([
    { ...scales, layout: 'NCHW', order: 'RGB' },
    { ...scales, layout: 'NCHW', order: 'BGR' },
    { ...scales, layout: 'NHWC', order: 'RGB' },
    { ...scales, layout: 'flat', order: 'BGR' },
    { mean: [0, 0, 0], std: [1, 1, 1], layout: 'NHWC', order: 'BGR' },
  ])('of raw samples is that of the graph, bit for bit: $layout $order', async (p) => {
    const program = await compile(preprocessingGraph(p, shape), { executor: 'native' })
    const { sample } = await program.run({
      image: { dtype: 'float32', shape: [2, ...shape], data: unitPixels(pixels) },
    })
    const raw = preprocessImageSet(set, p)
    expect(raw.shape).toEqual(sample!.shape)
    expect(raw.data).toEqual(sample!.data)
    await program.close()
    // And it is the formula: the last pixel of image 1, of the service's first channel.
    const channel = p.order === 'BGR' ? 2 : 0
    const byte = pixels[60 + channel * 20 + 19]!
    const at = p.layout === 'NCHW' ? 60 + 19 : 60 + 19 * 3
    expect(raw.data[at]).toBeCloseTo((byte / 255 - p.mean[0]!) / p.std[0]!, 5)
  })

  it('has names: ImageNet in BGR is turned, MobileNet is (pixel − 128) / 128', () => {
    expect(namedPreprocessing('imagenet', 3, { order: 'BGR' }).mean).toEqual([0.406, 0.456, 0.485])
    const { data } = preprocessImageSet(set, namedPreprocessing('mobilenet', 3))
    data.forEach((v, i) => {
      expect(v).toBeCloseTo((pixels[i]! - 128) / 128, 5)
    })
    expect(namedPreprocessing('unit', 1)).toEqual({ mean: [0], std: [1], layout: 'NCHW', order: 'grey' })
  })

  it('refuses what does not fit', async () => {
    expect(() => namedPreprocessing('caffe', 3)).toThrow(/'caffe' is not a preprocessing/)
    expect(() => namedPreprocessing('imagenet', 1)).toThrow(/3 numbers of mean for 1 channels/)
    expect(() => preprocessImageSet(set, namedPreprocessing('unit', 1))).toThrow(
      /made up have 3 channel\(s\), but the service takes grey/,
    )
    await expect(readPreprocessing(join(folder, 'none.json'))).rejects.toThrow(/cannot be read/)
    await expect(readPreprocessing(file('a.json', '{'))).rejects.toThrow(/not JSON/)
    await expect(
      readPreprocessing(file('b.json', '{"mean": [0], "std": [0], "layout": "NCHW", "order": "grey"}')),
    ).rejects.toThrow(/'std\.0'/)
    await expect(
      readPreprocessing(file('c.json', '{"mean": [0], "std": [1], "layout": "NCHW", "order": "RGB"}')),
    ).rejects.toThrow(/RGB images has 3 mean/)
    const good = { mean: [0.5], std: [0.25], layout: 'flat', order: 'grey' }
    expect(await readPreprocessing(file('d.json', JSON.stringify(good)))).toEqual(good)
  })
})

describe('classes', () => {
  const names = ['cat', 'dog']
  it('map in equal order, or as a file says', async () => {
    expect([...mapClasses({ names }, 2)]).toEqual([0, 1])
    const mapping = await readClassMapping(file('map.json', '{"dog": 7, "cat": 281}'))
    expect([...mapClasses({ names }, 1000, mapping)]).toEqual([281, 7])
  })

  it.each<[string, number, Record<string, number> | undefined, RegExp]>([
    ['no mapping', 1000, undefined, /2 classes \(cat, dog\), but the classifier has 1000 outputs/],
    ['a missing class', 10, { cat: 1 }, /lacks 'dog'/],
    ['an output too far', 10, { cat: 1, dog: 10 }, /'dog' the output 10/],
    ['half an output', 10, { cat: 1, dog: 1.5 }, /'dog' the output 1\.5/],
    ['an output twice', 10, { cat: 1, dog: 1 }, /'cat' and 'dog' the output 1/],
  ])('are refused: %s', (_, outputs, mapping, words) => {
    expect(() => mapClasses({ names }, outputs, mapping)).toThrow(words)
  })

  it('are refused from files that hold something else', async () => {
    await expect(readClassMapping(file('e.json', '["cat"]'))).rejects.toThrow(/not a number|whole/)
    await expect(readClassMapping(file('f.json', '{"cat": "a"}'))).rejects.toThrow(
      /'cat': it is not a number/,
    )
    await expect(readClassMapping(join(folder, 'nope'))).rejects.toThrow(/cannot be read/)
  })
})
