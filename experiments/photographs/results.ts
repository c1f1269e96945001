// LightNet and DenseNet on photographs, summed up: answers by model and obfuscator, without their pictures.
// Source: photographs.ts.

import type { PhotographsAnswer, PhotographsTask } from './photographs.ts'

export type PhotographsResult = Omit<PhotographsAnswer, 'shown' | 'originals' | 'reconstructed'>

export interface PhotographsResults {
  readonly results: readonly PhotographsResult[]
}

export const photographsResults = (
  _: readonly PhotographsTask[],
  answers: readonly PhotographsAnswer[],
): PhotographsResults => ({
  results: inOrder(answers).map(({ shown, originals, reconstructed, ...rest }) => rest),
})

/** By model and obfuscator; of each the first seed before others. */
export const inOrder = <R extends PhotographsResult>(answers: readonly R[]): R[] =>
  answers.toSorted((a, b) => a.model.localeCompare(b.model) || b.obfuscator.localeCompare(a.obfuscator))

/** Of each model and obfuscator the first seed: what is shown. */
export const firstOfEach = <R extends PhotographsResult>(results: readonly R[]): R[] =>
  results.filter((result, i) => results.findIndex((r) => pictureOf(r) === pictureOf(result)) === i)

/** The file that shows what RecNet made of an obfuscator's samples. */
export const pictureOf = ({ model, obfuscator }: PhotographsResult): string =>
  `figure-12-${model.split(' ')[0]!.toLowerCase()}-${obfuscator.toLowerCase()}`
