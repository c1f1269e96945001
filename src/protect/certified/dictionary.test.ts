// Dictionaries for a net that can be computed by hand: what is picked, what is tuned, what is refused.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classMap, codesOf, labelOf, meanings, pairNet, rowPictures } from '../../../test/certifiedRelease.ts'
import type { Classifier } from '../learned/classifier.ts'
import { openClassifierService } from '../learned/measure.ts'
import { openClassifier } from '../learned/openClassifier.ts'
import { preprocessImageSet } from '../learned/preprocessing.ts'
import { pictureCells } from './codedPictures.ts'
import { createDictionary, type DictionaryOptions } from './dictionary.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-dictionary-'))
const set = rowPictures(600)
const pictures = { set, codeOf: codesOf(set) }
/** Codes that are released as they are. */
const alone = labelOf.map((_, code) => labelOf.map((_, output) => Number(output === code)))
const medoids: DictionaryOptions = { kind: 'checked-medoid', picturesArePublic: true, classMap }
const tuned: DictionaryOptions = { kind: 'tuned', classMap }
let net: Classifier

beforeAll(async () => {
  net = await opened(2)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function opened(sharpness: number): Promise<Classifier> {
  const path = join(folder, `net ${sharpness}.onnx`)
  writeFileSync(path, pairNet(sharpness))
  return openClassifier(path, {
    preprocessing: (guess) => ({ ...guess, mean: [0.25], std: [0.5] }),
  })
}

/** The net's probabilities of pictures, a row each. */
async function answers(classifier: Classifier, pixels: Uint8Array): Promise<number[][]> {
  const service = await openClassifierService(classifier)
  const count = pixels.length / 36
  const { data } = await service.probabilities(
    preprocessImageSet({ ...set, pixels, count }, classifier.preprocessing),
  )
  await service.close()
  return Array.from({ length: count }, (_, i) => [...(data as Float32Array).subarray(4 * i, 4 * i + 4)])
}

/** The share of the code's label among the labels. */
const sure = (answer: readonly number[], code: number) =>
  answer[labelOf[code]! + 1]! / (answer[1]! + answer[2]! + answer[3]!)

const picture = (pixels: Uint8Array, i: number) => [...pixels.subarray(36 * i, 36 * i + 36)]

describe('a dictionary of checked medoids', () => {
  it('has the picture nearest to the mean among those that are read surely, not the nearest of all', async () => {
    const dictionary = await createDictionary(net, pictures, meanings, medoids)
    const all = await answers(net, set.pixels)
    const cells = pictureCells(pictures, alone)
    let unsure = 0
    for (const [code, { rows, mean }] of cells.entries()) {
      const distance = (row: number) =>
        picture(set.pixels, row).reduce((sum, v, i) => sum + (v - mean[i]!) ** 2, 0)
      const nearest = [...rows].sort((a, b) => distance(a) - distance(b))
      const surely = nearest.filter((row) => sure(all[row]!, code) >= 0.9)
      if (surely[0] !== nearest[0]) unsure++
      expect(picture(dictionary.pictures, code)).toEqual(picture(set.pixels, surely[0]!))
      expect(dictionary.read[code]!.label).toBe(labelOf[code])
      expect(dictionary.read[code]!.share).toBeCloseTo(sure(all[surely[0]!]!, code), 5)
    }
    // Else the test would not tell checked medoids from others.
    expect(unsure).toBeGreaterThan(0)
    expect(dictionary).toMatchObject({ kind: 'checked-medoid', data: 'rows', shape: [1, 6, 6] })
    expect(dictionary.classifier).toEqual({ name: 'net 2.onnx', sha256: net.sha256 })
  })

  it('is not made of pictures that nobody said are public', async () => {
    const made = createDictionary(net, pictures, meanings, { ...medoids, picturesArePublic: undefined })
    await expect(made).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/not said that these are public/),
    })
  })

  it('is refused where the net reads no picture of a code surely, by name', async () => {
    const made = createDictionary(await opened(0.1), pictures, meanings, medoids)
    await expect(made).rejects.toThrow(
      /^code 0 stands for ‘low’, but net 0.1.onnx reads none of its \d+ pictures so with a share of 0.9; the nearest to their mean it reads as ‘low’ with a share of 0\.\d{3}$/,
    )
  })
})

describe('a tuned dictionary', () => {
  it('answers as the code’s label law, nearer than the mean picture does, and stays near the mean', async () => {
    const dictionary = await createDictionary(net, pictures, meanings, tuned)
    const cells = pictureCells(pictures, alone)
    const means = Uint8Array.from(cells.flatMap(({ mean }) => [...mean].map(Math.round)))
    const [now, before] = [await answers(net, dictionary.pictures), await answers(net, means)]
    for (const [code, { shares }] of meanings.codes.entries()) {
      const divergence = (answer: number[]) =>
        shares.reduce((sum, share, label) => sum + share * Math.log(share / answer[classMap[label]!]!), 0)
      expect(divergence(now[code]!)).toBeLessThan(0.02)
      expect(divergence(now[code]!)).toBeLessThan(divergence(before[code]!))
      expect(dictionary.read[code]!.share).toBeCloseTo(sure(now[code]!, code), 5)
    }
    const away = (pixels: Uint8Array) => pixels.reduce((sum, v, i) => sum + (v - means[i]!) ** 2, 0)
    const free = await createDictionary(net, pictures, meanings, { ...tuned, tuning: { pull: 0 } })
    expect(away(dictionary.pictures)).toBeLessThan(away(free.pictures))
    const held = await createDictionary(net, pictures, meanings, { ...tuned, tuning: { pull: 10 } })
    expect(away(held.pictures)).toBeLessThan(away(dictionary.pictures))
  })

  it('is refused when what would ship is misread: code, label and reading are named', async () => {
    // Codes 0 and 5 change places: the mean picture of one is read as the other's label.
    const codeOf = pictures.codeOf.map((code) => (code === 0 ? 5 : code === 5 ? 0 : code))
    const made = createDictionary(net, { set, codeOf }, meanings, { ...tuned, tuning: { steps: 0 } })
    await expect(made).rejects.toThrow(
      /^code 0 stands for ‘low’, but net 2.onnx reads its picture as ‘high’ with a share of 0\.\d{3}$/,
    )
    // The output that is no label's.
    const nothing = { ...set, pixels: new Uint8Array(set.pixels.length) }
    const dark = createDictionary(net, { ...pictures, set: nothing }, meanings, {
      ...tuned,
      tuning: { steps: 0 },
    })
    await expect(dark).rejects.toThrow(/reads its picture as output 0, which is no label/)
  })
})

describe('a dictionary of a channel', () => {
  const channel = labelOf.map((label) => [0, 1, 2].map((output) => (output === label ? 0.8 : 0.1)))

  it('has a picture for each output: of the law of the labels behind it', async () => {
    const dictionary = await createDictionary(net, pictures, meanings, { ...tuned, channel })
    expect(dictionary.read.map(({ label }) => label)).toEqual([0, 1, 2])
    const counts = labelOf.map((_, code) => pictures.codeOf.filter((c) => c === code).length)
    const found = await answers(net, dictionary.pictures)
    for (const output of [0, 1, 2]) {
      const masses = counts.map((count, code) => count * channel[code]![output]!)
      const all = masses.reduce((a, b) => a + b, 0)
      for (const label of [0, 1, 2]) {
        const share = masses.reduce(
          (sum, mass, code) => sum + (mass / all) * meanings.codes[code]!.shares[label]!,
          0,
        )
        expect(Math.abs(found[output]![label + 1]! - share)).toBeLessThan(0.03)
      }
      const [cell] = pictureCells(
        pictures,
        channel.map((law) => [law[output]!]),
      )
      const mean = picture(set.pixels, 0).map((_, i) =>
        pictures.codeOf.reduce(
          (sum, code, row) => sum + (channel[code]![output]! / all) * set.pixels[36 * row + i]!,
          0,
        ),
      )
      cell!.mean.forEach((value, i) => {
        expect(value).toBeCloseTo(mean[i]!, 6)
      })
    }
    const medoid = await createDictionary(net, pictures, meanings, { ...medoids, channel })
    expect(medoid.read.map(({ label }) => label)).toEqual([0, 1, 2])
  })
})

describe('what does not fit', () => {
  it.each([
    [
      'a code without pictures',
      { set, codeOf: pictures.codeOf.map((c) => (c === 4 ? 3 : c)) },
      /no picture of rows has the code 4/,
    ],
    [
      'a code too many',
      { set, codeOf: pictures.codeOf.map((c) => (c === 4 ? 6 : c)) },
      /picture \d+ has the code 6, and there are 6/,
    ],
    ['codes of other pictures', { set, codeOf: pictures.codeOf.subarray(1) }, /600 pictures, but 599 codes/],
    [
      'pictures of another size',
      { set: { ...set, shape: [1, 4, 9] as const }, codeOf: pictures.codeOf },
      /1×4×9/,
    ],
  ])('is refused: %s', async (_, given, message) => {
    await expect(createDictionary(net, given, meanings, tuned)).rejects.toThrow(message)
  })

  it('is refused: a net of other outputs, without a map of classes', async () => {
    const made = createDictionary(net, pictures, meanings, { kind: 'tuned' })
    await expect(made).rejects.toMatchObject({ code: 'usage', message: /3 classes .*4 outputs/ })
  })
})
