// How many answers are right: by the names of classes, since folders come in an order of their own.
// Source: ours. Names that are not the model's cannot be compared, and a number would say something false.

import type { ImageSet } from '../../data/index.ts'

/**
 * Counts answers whose class has the name that the image is labelled with.
 * @param codes class number of each answer, an index of `names`
 * @param names of the model's classes in their order
 * @returns the count; a text that says why there is none; undefined where no labels are given
 */
export function scoreOf(
  codes: ArrayLike<number>,
  names: readonly string[],
  set: Pick<ImageSet, 'labels'> | undefined,
): number | string | undefined {
  const labels = set?.labels
  if (!labels) return undefined
  const { names: given, of } = labels
  if (of.length !== codes.length) return `${of.length} labels for ${codes.length} answers`
  // Of these images alone: a set may name classes that none of them has.
  const strange = [...new Set(Array.from(of, (row) => given[row]!))].find((name) => !names.includes(name))
  if (strange !== undefined)
    return `the images are labelled '${strange}', which is no class of the model (${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''})`
  return Array.from(codes).filter((code, i) => names[code] === given[of[i]!]).length
}
