// What is learnt under encryption: patients of heart disease, reviews of IMDB; as rows of numbers and labels 0 or 1.
// Source: UCI data set 45 (embedded; ill or not); Maas et al. 2011 (the user's copy).
// Means, deviations and words are those of the training part.

import { readEmbedded } from '../../src/data/index.ts'
import { chooseWords, featureRows } from '../../src/data/text/features.ts'
import { readReviews } from '../../src/data/text/reviews.ts'
import { documentsOf, vocabularyOf } from '../../src/data/text/vocabulary.ts'
import type { LabelledRows } from '../../src/encrypt/index.ts'
import { stratifiedKFold } from '../../src/learn/index.ts'
import { spread } from '../../src/statistics/moments.ts'

/** Both parts of a set; the last feature is a constant. */
export interface TrainAndTest {
  readonly features: number
  readonly train: LabelledRows
  readonly test: LabelledRows
}

/** One of five stratified parts of the 303 patients tests, the others train: 13 attributes, standardised. */
export async function patients(fold: number, seed: number): Promise<TrainAndTest> {
  const table = await readEmbedded('heart-disease')
  const classes = table.schema.label!.task === 'class' ? table.schema.label!.classes : []
  const ill = Uint8Array.from(table.label!, (c) => (String(classes[c]) === '0' ? 0 : 1))
  const { train, test } = stratifiedKFold(ill, 5, { seed })[fold]!
  const scales = table.columns.map((column) => {
    const values = Array.from(train, (row) => column[row]!)
    const { mean, deviation } = spread(values)
    return { mean, deviation: deviation || 1 }
  })
  const features = table.columns.length + 1
  const rowsOf = (part: Int32Array): LabelledRows => ({
    x: Float32Array.from({ length: part.length * features }, (_, at) => {
      const column = at % features
      if (column === features - 1) return 1
      const { mean, deviation } = scales[column]!
      return (table.columns[column]![part[Math.floor(at / features)]!]! - mean) / deviation
    }),
    labels: Uint8Array.from(part, (row) => ill[row]!),
  })
  return { features, train: rowsOf(train), test: rowsOf(test) }
}

/** The first reviews train, those after them test; a word is a feature. @throws FrostglassError `input` for too few */
export async function reviews(
  folder: string,
  size: { readonly train: number; readonly test: number; readonly words: number },
): Promise<TrainAndTest> {
  const { train, test, words } = size
  const all = await readReviews(folder, train + test)
  const learnt = {
    name: all.name,
    texts: all.texts.slice(0, train),
    positive: all.positive.slice(0, train),
  }
  const vocabulary = vocabularyOf(learnt)
  const documents = documentsOf(learnt.texts, vocabulary)
  const chosen = chooseWords(documents, learnt.positive, vocabulary, words)
  const unseen = documentsOf(all.texts.slice(train, train + test), vocabulary)
  // A constant of the size of a word's weight.
  const constant = 0.3
  return {
    features: words + 1,
    train: { x: featureRows(documents, chosen, constant), labels: learnt.positive },
    test: {
      x: featureRows(unseen, chosen, constant),
      labels: all.positive.slice(train, train + test),
    },
  }
}
