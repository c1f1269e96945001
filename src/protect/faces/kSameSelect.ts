// k-same-select: k-same among people who are alike in some attributes, which the averages keep.
// Source: Gross, Airoldi, Malin and Sweeney, PET 2005.
// What is kept is told: who has a rare attribute is one of fewer people than who has not, though never of fewer than k.

import type { ImageSet } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { type AveragedFaces, averageAlbums, type KSameOptions } from './averaged.ts'

/**
 * Averages images with such of other people as have the same attributes. A person with images of several values is
 * grouped with people who have images of the same several values.
 * @param select names of attributes of the set, at least one
 * @throws FrostglassError `usage` for an attribute that there is not, `input` where fewer than k people are alike (says who)
 * @example const { faces } = kSameSelect(set, ['glasses'], { k: 5, person: set.attributes.subject })
 */
export function kSameSelect(set: ImageSet, select: readonly string[], options: KSameOptions): AveragedFaces {
  if (select.length === 0)
    throw new FrostglassError('usage', 'no attribute is named to be kept', 'Name one, or use k-same alone.')
  return averageAlbums(set, select, options)
}
