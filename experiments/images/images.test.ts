import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { openImages, readDigits } from '../../src/data/index.ts'
import { rightOf, share, shareText } from '../shares.ts'
import { kept } from './kept.ts'
import { halved, obfuscatedOf, oneOfEach, rowOf, shownImages, shownSamples } from './shown.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-kept-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('what tasks share', () => {
  const bytes = Uint8Array.of(1, 2, 3)

  it('is made once by whoever comes first, and the others wait', async () => {
    let made = 0
    const make = async () => {
      made++
      await setTimeout(50)
      return bytes
    }
    const paths = await Promise.all(Array.from({ length: 4 }, () => kept(folder, { a: 1 }, make)))
    expect([made, new Set(paths).size]).toEqual([1, 1])
    expect([...readFileSync(paths[0]!)]).toEqual([1, 2, 3])
    expect(await kept(folder, { a: 2 }, make)).not.toBe(paths[0])
    expect(made).toBe(2)
    expect(readdirSync(folder).filter((file) => file.endsWith('.lock'))).toEqual([])
  })

  it('is made again after a failure, and after somebody who died in the middle', async () => {
    await expect(kept(folder, { b: 1 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    const path = await kept(folder, { b: 1 }, async () => bytes)
    rmSync(path)
    writeFileSync(`${path}.lock`, '')
    utimesSync(`${path}.lock`, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000))
    expect(await kept(folder, { b: 1 }, async () => bytes)).toBe(path)
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  it('stops waiting when told to', async () => {
    const path = await kept(folder, { c: 1 }, async () => bytes)
    rmSync(path)
    writeFileSync(`${path}.lock`, '')
    const controller = new AbortController()
    const waiting = kept(folder, { c: 1 }, async () => bytes, controller.signal)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    expect(existsSync(path)).toBe(false)
  })
})

describe('shares', () => {
  // Wilson intervals as statsmodels 0.14 gives them: proportion_confint(9, 10, method='wilson') and so on.
  it.each([
    [9, 10, 0.5958499732, 0.9821237869],
    [0, 10, 0, 0.2775327999],
    [9898, 10_000, 0.9876321, 0.9915912],
  ])('%i of %i', (right, of, low, high) => {
    const found = share(right, of)
    expect(found.value).toBe(right / of)
    expect(found.interval[0]).toBeCloseTo(low, 5)
    expect(found.interval[1]).toBeCloseTo(high, 5)
  })

  it('are written with their intervals, and none is refused', () => {
    expect(shareText(share(1, 4))).toBe('25.00% [4.56, 69.94]')
    expect(() => share(0, 0)).toThrow(RangeError)
    expect(rightOf([1, 2, 3], Int32Array.of(1, 0, 3))).toBe(2)
  })
})

describe('shown images', () => {
  it('are one of each class, in different colours where there are colours', async () => {
    const { test } = await readDigits()
    expect([...oneOfEach(test)].map((row) => test.labels!.of[row])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const colored = await openImages('colored:digits', { split: 'test' })
    const rows = [...oneOfEach(colored)]
    expect(rows.map((row) => colored.attributes['color']!.of[row])).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1, 2])
    expect(rows.map((row) => colored.labels!.of[row])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('go through JSON; samples keep what black and full stand for', async () => {
    const { test } = await readDigits()
    const row = rowOf(JSON.parse(JSON.stringify(shownImages(test))))
    expect(Buffer.from(row.pixels.buffer).equals(test.pixels)).toBe(true)
    const samples = Float32Array.from({ length: 1000 }, (_, i) => i / 10 - 30)
    const shown = shownSamples(samples, [1, 10, 10])
    expect(shown.range![0]).toBeCloseTo(-29, 1)
    expect(shown.range![1]).toBeCloseTo(68.9, 1)
    const { pixels } = rowOf(shown)
    expect([pixels[0], pixels[500], pixels[999]]).toEqual([0, 128, 255])
    await expect(obfuscatedOf({ protect: async () => samples }, test, Int32Array.of(1))).rejects.toThrow(
      RangeError,
    )
  })

  it('are halved by the mean of four pixels', () => {
    const set = {
      shape: [1, 2, 4] as const,
      pixels: Uint8Array.of(0, 10, 100, 100, 20, 30, 200, 200),
      count: 1,
      name: '',
      attributes: {},
    }
    expect(halved(shownImages(set)).shape).toEqual([1, 1, 2])
    expect([...rowOf(halved(shownImages(set))).pixels]).toEqual([15, 150])
  })
})
