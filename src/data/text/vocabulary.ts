// Words as numbers: a vocabulary by how often a word occurs and how one-sided it is, and texts as the words they have.
// Source: Sayyad and Kulkarni (a positive-to-negative ratio a term); the same idea in many courses of sentiment networks.
// It does not know languages: a word is a run of letters, digits and apostrophes, in lower case.

import type { Reviews } from './reviews.ts'

/** Words in the order of their numbers. */
export interface Vocabulary {
  readonly words: readonly string[]
  /** The log of each word's positive-to-negative ratio: ln((positive + 1) / (negative + 1)). */
  readonly logRatios: Float64Array
}

export interface VocabularyOptions {
  /** Fewest occurrences of a word. Default 20. */
  readonly fewest?: number | undefined
  /** Least |log ratio|: words that occur as often in both kinds say nothing. Default 0.1. */
  readonly oneSided?: number | undefined
}

const wordsOf = (text: string): RegExpMatchArray | [] =>
  text
    .toLowerCase()
    .replaceAll('<br />', ' ')
    .match(/[\p{L}\p{N}']+/gu) ?? []

/**
 * Collects the words of reviews. Give it training reviews alone: the ratios know the verdicts.
 * @throws RangeError for options that choose nothing sensible
 */
export function vocabularyOf(
  { texts, positive }: Reviews,
  { fewest = 20, oneSided = 0.1 }: VocabularyOptions = {},
): Vocabulary {
  if (!(fewest >= 1) || !(oneSided >= 0))
    throw new RangeError(`fewest must be 1 or more and oneSided 0 or more, not ${fewest} and ${oneSided}`)
  const counts = new Map<string, [negative: number, positive: number]>()
  texts.forEach((text, i) => {
    const side = positive[i] as 0 | 1
    for (const word of wordsOf(text)) {
      const count = counts.get(word)
      if (count) count[side]++
      else counts.set(word, side === 1 ? [0, 1] : [1, 0])
    }
  })
  const words: string[] = []
  const logRatios: number[] = []
  for (const [word, [bad, good]] of counts) {
    const ratio = Math.log((good + 1) / (bad + 1))
    if (bad + good < fewest || Math.abs(ratio) < oneSided) continue
    words.push(word)
    logRatios.push(ratio)
  }
  return { words, logRatios: Float64Array.from(logRatios) }
}

/** Each text as the numbers of the known words that it has, each once, in order of appearance. */
export function documentsOf(texts: readonly string[], { words }: Vocabulary): Int32Array[] {
  const numbers = new Map(words.map((word, i) => [word, i]))
  return texts.map((text) => {
    const seen = new Set<number>()
    for (const word of wordsOf(text)) {
      const number = numbers.get(word)
      if (number !== undefined) seen.add(number)
    }
    return Int32Array.from(seen)
  })
}
