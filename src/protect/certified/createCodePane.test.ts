// From rows to files: what the seal, the split and the attacked rows have to be, and what goes on after a stop.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readDigits } from '../../data/images/digits.ts'
import { takeImages } from '../../data/images/imageSet.ts'
import { tensor } from '../../graph/index.ts'
import { upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { type CodeSource, hiddenClasses, imageSource, joinedClasses } from './codeSources.ts'
import { createCodePane } from './createCodePane.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-code-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Rows of two numbers, of which the first tells the label and the second what is to stay hidden. */
function source(rows = 600, seed = 1): CodeSource {
  const draw = seededStream(seed, 'rows')
  const data = Float64Array.from({ length: rows * 2 }, () => 1000 + draw.normal())
  const above = (j: number) => Int32Array.from({ length: rows }, (_, i) => (data[i * 2 + j]! > 1000 ? 1 : 0))
  return {
    name: 'made',
    inputs: () => ({ x: tensor(data, [rows, 2], 'float64'), columns: null }),
    label: { names: ['no', 'yes'], of: above(0) },
    units: Array.from({ length: rows }, (_, i) => `row ${i}`),
    unit: 'row',
    hidden: { second: Float64Array.from({ length: rows }, (_, i) => data[i * 2 + 1]!) },
    warnings: [],
  }
}

const options = { epochs: 8, batch: 40, learningRate: 0.01, threads: 1, cells: 4 }

describe('createCodePane', () => {
  it('goes on from its checkpoint to the same files', async () => {
    const whole = await createCodePane(source(), options)
    const checkpoint = join(folder, 'state')
    const stopping = new AbortController()
    const stopped = createCodePane(source(), {
      ...options,
      checkpoint,
      signal: stopping.signal,
      onProgress: () => existsSync(checkpoint) && stopping.abort(),
    })
    await stopped.catch((error) => expect(error).toMatchObject({ code: 'aborted' }))
    expect(existsSync(checkpoint)).toBe(true)
    await expect(createCodePane(source(), { ...options, checkpoint, lambda: 1 })).rejects.toThrow(
      /another run/,
    )
    await expect(createCodePane(source(600, 2), { ...options, checkpoint })).rejects.toThrow(/another run/)
    const resumed = await createCodePane(source(), { ...options, checkpoint })
    expect(resumed.files).toEqual(whole.files)
  })

  it('gives up no accuracy for nothing', async () => {
    const of = source()
    const draw = seededStream(4, 'hidden')
    const rare = Int32Array.from({ length: 600 }, () => (draw.uniform() < 0.1 ? 1 : 0))
    const hidden = { second: { names: ['usual', 'rare'], of: rare } }
    // Nine in ten are usual: every code names that already, and no release names it in fewer.
    await expect(createCodePane({ ...of, hidden }, { ...options, codes: 2, accuracy: 0.7 })).rejects.toThrow(
      /gains nothing here/,
    )
  })

  it('attacks other rows where they are given, which must have the same classes', async () => {
    const test = source(500, 9)
    const made = await createCodePane(source(), { ...options, test })
    expect(made.certificates[0]!.attack!.units).toBe(500)
    expect(made.split.attackTest.units).toBe(0)
    const renamed = { ...test, label: { ...test.label, names: ['yes', 'no'] } }
    await expect(createCodePane(source(), { ...options, test: renamed })).rejects.toThrow(
      /other values of 'label'/,
    )
  })

  it('refuses to certify what an attack on other people breaks', async () => {
    const own = source(1200)
    const draw = seededStream(4, 'hidden')
    // Of the attacked people the label tells all, of the others a little.
    const told = (of: CodeSource, how: number): CodeSource => ({
      ...of,
      hidden: {
        second: {
          names: ['a', 'b'],
          of: of.label.of.map((label) => (draw.uniform() < how ? label : 1 - label)),
        },
      },
    })
    const test = told(source(500, 9), 1)
    await expect(createCodePane(told(own, 0.65), { ...options, test })).rejects.toMatchObject({
      code: 'policy',
      message: expect.stringContaining('an attack told'),
    })
  })
})

describe('what is hidden', () => {
  it('is cut by training rows alone', () => {
    const values = Float64Array.of(1, 2, 3, 4, 5, 6, 1000, 2000, 3000)
    const cut = hiddenClasses(values, upTo(6))
    expect([...cut(values).of]).toEqual([0, 0, 1, 1, 2, 2, 2, 2, 2])
  })

  it('of several attributes is each of their combinations', () => {
    const all = joinedClasses([
      { names: ['a', 'b'], of: Int32Array.of(0, 1, 1) },
      { names: ['x', 'y', 'z'], of: Int32Array.of(2, 0, 1) },
    ])
    expect(Array.from(all.of, (of) => all.names[of])).toEqual(['a, z', 'b, x', 'b, y'])
  })

  it('of images is measured, or one of their attributes', async () => {
    const { train } = await readDigits()
    const few = takeImages(train, upTo(60))
    const found = imageSource(few, { hide: ['slant', 'folder'] })
    expect(found.hidden['slant']).toHaveLength(60)
    expect(found.hidden['folder']).toBe(few.labels)
    expect(new Set(found.units).size).toBe(60)
    expect(() => imageSource(few, { hide: ['slant'], unit: 'writer' })).toThrow(/have no 'writer'/)
  })
})
