// Texts as rows of numbers: the words that say most, weighted by how rare they are, each row of length one.
// Source: Salton and Buckley 1988 (tf-idf with cosine normalisation; a word counts once a text).

import type { Vocabulary } from './vocabulary.ts'

/** A choice of words and their weights. */
export interface WordFeatures {
  /** Numbers of the words in the vocabulary, the strongest first. */
  readonly words: Int32Array
  /** ln(texts / texts with the word). */
  readonly rarity: Float64Array
}

/**
 * Chooses the words that tell positive from negative best: largest (share − ½)² × texts with it.
 * @param documents training texts as words (see `documentsOf`); @param positive their verdicts
 * @throws RangeError for more words than the vocabulary has
 */
export function chooseWords(
  documents: readonly Int32Array[],
  positive: ArrayLike<number>,
  { words }: Vocabulary,
  count: number,
): WordFeatures {
  if (count < 1 || count > words.length)
    throw new RangeError(`${count} words of a vocabulary of ${words.length}`)
  const having = new Float64Array(words.length)
  const good = new Float64Array(words.length)
  documents.forEach((words, i) => {
    for (const word of words) {
      having[word]!++
      good[word]! += positive[i]!
    }
  })
  const score = having.map((texts, word) => (texts === 0 ? 0 : (good[word]! / texts - 0.5) ** 2 * texts))
  const chosen = Int32Array.from(score.keys())
    .sort((a, b) => score[b]! - score[a]! || a - b)
    .slice(0, count)
  return {
    words: chosen,
    rarity: Float64Array.from(chosen, (word) => Math.log(documents.length / Math.max(1, having[word]!))),
  }
}

/** Rows [texts, words + 1]: weights of the words that a text has, of length one together; last a constant. */
export function featureRows(
  documents: readonly Int32Array[],
  { words, rarity }: WordFeatures,
  constant: number,
): Float32Array {
  const columns = words.length + 1
  const places = new Map(Array.from(words, (word, column) => [word, column]))
  const rows = new Float32Array(documents.length * columns)
  documents.forEach((words, i) => {
    const row = rows.subarray(i * columns, (i + 1) * columns)
    let square = 0
    for (const word of words) {
      const column = places.get(word)
      if (column === undefined) continue
      row[column] = rarity[column]!
      square += rarity[column]! ** 2
    }
    if (square > 0) {
      const length = Math.sqrt(square)
      for (let c = 0; c < columns - 1; c++) row[c] = row[c]! / length
    }
    row[columns - 1] = constant
  })
  return rows
}
