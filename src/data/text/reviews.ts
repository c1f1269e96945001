// Reviews with a verdict, positive or negative: from one file a line, or from folders of one file a review.
// Source: Maas et al. 2011, Large Movie Review Dataset (aclImdb/train/pos, neg); reviews.txt and labels.txt, one a line,
// as courses hand them out. It embeds none: the texts have no licence that lets us.

import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { FrostglassError } from '../../errors.ts'

/** Texts and their verdicts, in the order of the files; folders in turn, a positive one first. */
export interface Reviews {
  readonly name: string
  readonly texts: readonly string[]
  /** 1 positive, 0 negative. */
  readonly positive: Uint8Array
}

/**
 * Reads reviews from a folder: `reviews.txt` and `labels.txt` in it (also .gz), or `pos` and `neg` with a file a review.
 * Both are also looked for in its folders `imdb`, `aclImdb` and `train`.
 * @param fewest how many there must be
 * @throws FrostglassError `input` when there are none or too few, when lines do not match, or a label is not positive or
 * negative
 * @example await readReviews('aclImdb')
 */
export async function readReviews(folder: string, fewest = 1): Promise<Reviews> {
  const found = await reviewsIn(folder)
  if (found.texts.length < fewest)
    throw new FrostglassError(
      'input',
      `${folder} has ${found.texts.length} reviews`,
      `Give ${fewest} or more.`,
    )
  return found
}

async function reviewsIn(folder: string): Promise<Reviews> {
  const places = [folder, 'imdb', 'train', join('aclImdb', 'train')].map((place, i) =>
    i === 0 ? place : join(folder, place),
  )
  for (const place of places) {
    const reviews = fileIn(place, 'reviews.txt')
    const labels = fileIn(place, 'labels.txt')
    if (reviews && labels) return fromLines(reviews, labels)
    if (existsSync(join(place, 'pos')) && existsSync(join(place, 'neg'))) return fromFolders(place)
  }
  throw new FrostglassError(
    'input',
    `${folder} has no reviews`,
    'Put reviews.txt and labels.txt (also .gz) into it, or folders pos and neg as the Large Movie Review Dataset has.',
  )
}

const fileIn = (folder: string, name: string): string | undefined =>
  [name, `${name}.gz`].map((file) => join(folder, file)).find((path) => existsSync(path))

async function linesOf(path: string): Promise<string[]> {
  try {
    const bytes = await readFile(path)
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
    return text.replace(/\r?\n$/, '').split(/\r?\n/)
  } catch (cause) {
    throw new FrostglassError(
      'input',
      `${path} cannot be read`,
      'Fetch it again: it may be cut off, or no gzip file.',
      cause,
    )
  }
}

async function fromLines(reviews: string, labels: string): Promise<Reviews> {
  const [texts, verdicts] = [await linesOf(reviews), await linesOf(labels)]
  if (texts.length !== verdicts.length)
    throw new FrostglassError(
      'input',
      `${reviews} has ${texts.length} lines and ${labels} has ${verdicts.length}`,
      'Give a label for each review.',
    )
  const positive = Uint8Array.from(verdicts, (verdict, line) => {
    const word = verdict.trim().toLowerCase()
    if (word !== 'positive' && word !== 'negative')
      throw new FrostglassError(
        'input',
        `${labels}, line ${line + 1}: '${verdict}' is no label`,
        'Write positive or negative for each review.',
      )
    return word === 'positive' ? 1 : 0
  })
  return { name: basename(reviews), texts, positive }
}

async function fromFolders(folder: string): Promise<Reviews> {
  const read = async (part: string) => {
    const files = (await readdir(join(folder, part))).filter((file) => file.endsWith('.txt')).sort()
    if (files.length === 0)
      throw new FrostglassError(
        'input',
        `${join(folder, part)} has no .txt files`,
        'Put each review into a file of its own there.',
      )
    return Promise.all(files.map((file) => readFile(join(folder, part, file), 'utf8')))
  }
  const [good, bad] = [await read('pos'), await read('neg')]
  const texts: string[] = []
  const positive: number[] = []
  // In turn, so that who learns in order does not see one kind first.
  for (let i = 0; i < Math.max(good.length, bad.length); i++) {
    for (const [from, verdict] of [
      [good, 1],
      [bad, 0],
    ] as const) {
      const text = from[i]
      if (text === undefined) continue
      texts.push(text)
      positive.push(verdict)
    }
  }
  return { name: basename(folder), texts, positive: Uint8Array.from(positive) }
}
