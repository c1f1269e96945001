import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { chooseWords, featureRows } from './features.ts'
import { readReviews } from './reviews.ts'
import { documentsOf, vocabularyOf } from './vocabulary.ts'

const root = mkdtempSync(join(tmpdir(), 'frostglass-text-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const folder = (name: string, files: Record<string, string | Uint8Array>): string => {
  const path = join(root, name)
  for (const [file, contents] of Object.entries(files)) {
    mkdirSync(join(path, file, '..'), { recursive: true })
    writeFileSync(join(path, file), contents)
  }
  return path
}

describe('reviews', () => {
  it('are read from a line each, packed or not, in the folder or below it', async () => {
    const lines = { 'reviews.txt': 'good film\nbad film\n', 'labels.txt': 'positive\nNEGATIVE\n' }
    const packed = {
      'imdb/reviews.txt.gz': gzipSync(lines['reviews.txt']),
      'imdb/labels.txt': lines['labels.txt'],
    }
    for (const path of [folder('lines', lines), folder('packed', packed)]) {
      const { texts, positive } = await readReviews(path)
      expect(texts).toEqual(['good film', 'bad film'])
      expect([...positive]).toEqual([1, 0])
    }
  })

  it('are read from folders of one file each, in turn', async () => {
    const path = folder('files', {
      'aclImdb/train/pos/0_9.txt': 'A',
      'aclImdb/train/pos/1_9.txt': 'B',
      'aclImdb/train/neg/0_1.txt': 'C',
      'aclImdb/train/neg/urls.md': 'not a review',
    })
    const { texts, positive } = await readReviews(path)
    expect(texts).toEqual(['A', 'C', 'B'])
    expect([...positive]).toEqual([1, 0, 1])
  })

  it.each([
    ['no reviews', { 'other.txt': 'x' }, /has no reviews/],
    [
      'lines that do not match',
      { 'reviews.txt': 'a\nb\n', 'labels.txt': 'positive\n' },
      /2 lines and .* has 1/,
    ],
    [
      'another label',
      { 'reviews.txt': 'a\nb\n', 'labels.txt': 'positive\nfine\n' },
      /line 2: 'fine' is no label/,
    ],
    [
      'a cut file',
      { 'reviews.txt.gz': gzipSync('a'.repeat(999)).subarray(0, 12), 'labels.txt': 'positive' },
      /cannot be read/,
    ],
    ['an empty folder', { 'pos/x.md': '', 'neg/y.txt': 'z' }, /has no \.txt files/],
  ])('refuse %s', async (name, files, message) => {
    await expect(readReviews(folder(name, files))).rejects.toThrow(message)
  })
})

describe('a vocabulary', () => {
  const reviews = {
    name: 'made',
    texts: ['Great, great film!', "a great film that isn't bad<br />x", 'bad bad film', 'bad film.'],
    positive: Uint8Array.of(1, 1, 0, 0),
  }

  it('has frequent and one-sided words, and their ratios', () => {
    const { words, logRatios } = vocabularyOf(reviews, { fewest: 3, oneSided: 0.1 })
    // film: twice in either kind.
    expect(words).toEqual(['great', 'bad'])
    expect(logRatios[0]).toBeCloseTo(Math.log(4 / 1))
    expect(logRatios[1]).toBeCloseTo(Math.log(2 / 4))
    expect(vocabularyOf(reviews, { fewest: 1, oneSided: 0 }).words).toContain("isn't")
    expect(() => vocabularyOf(reviews, { fewest: 0 })).toThrow(RangeError)
  })

  it('makes texts numbers: each known word once', () => {
    const words = vocabularyOf(reviews, { fewest: 3 })
    expect(documentsOf([...reviews.texts, 'unknown', ''], words).map((d) => [...d])).toEqual([
      [0],
      [0, 1],
      [1],
      [1],
      [],
      [],
    ])
  })
})

describe('rows of features', () => {
  const documents = [[0, 1], [0, 2], [1, 2], [1]].map((words) => Int32Array.from(words))
  const vocabulary = { words: ['good', 'bad', 'film'], logRatios: new Float64Array(3) }

  it('have the words that tell most, by rarity, of length one', () => {
    const features = chooseWords(documents, [1, 1, 0, 0], vocabulary, 2)
    // good: 2 of 2 positive; bad: 1 of 3; film: 1 of 2.
    expect([...features.words]).toEqual([0, 1])
    expect(features.rarity[0]).toBeCloseTo(Math.log(2))
    expect(features.rarity[1]).toBeCloseTo(Math.log(4 / 3))
    const rows = featureRows([...documents, Int32Array.of(2)], features, 0.3)
    expect(rows.length).toBe(15)
    expect(Math.hypot(rows[0]!, rows[1]!)).toBeCloseTo(1)
    expect(rows[0]! / rows[1]!).toBeCloseTo(Math.log(2) / Math.log(4 / 3), 5)
    expect([...rows.slice(3, 5)]).toEqual([1, 0])
    // A text without any of them.
    expect([...rows.slice(12)]).toEqual([0, 0, Math.fround(0.3)])
    expect(() => chooseWords(documents, [1, 1, 0, 0], vocabulary, 4)).toThrow(RangeError)
  })
})
