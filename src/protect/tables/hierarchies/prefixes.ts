// Codes by their characters, as postcodes: redacted one after the other from one end, until all are one.
// Source: ARX's redaction-based hierarchies: align, pad to one length, then redact.
// It does not know which places are neighbours: 10115 and 10999 are, 09999 and 10000 need not be.

import { FrostglassError } from '../../../errors.ts'
import type { Hierarchy } from '../hierarchy.ts'
import { climb } from './tree.ts'

/** All have a default: what most postcodes want. */
export interface PrefixOptions {
  /** How many characters stay at level 1, 2, …, falling; by default all but one, all but two, … */
  readonly kept?: readonly number[] | undefined
  /** The end that is redacted; `right` by default. */
  readonly redact?: 'left' | 'right' | undefined
  /** The end at which values of several lengths meet; `left` by default. */
  readonly align?: 'left' | 'right' | undefined
  /** One character that stands for a redacted one, and for what a shorter value lacks; `*` by default. */
  readonly character?: string | undefined
}

/**
 * The hierarchy of codes by what is left of them, with one label for all on top. A missing cell stays missing below the top.
 * @throws FrostglassError `usage` for numbers of characters that do not fall, more than one character of redaction
 */
export function prefixHierarchy(values: readonly string[], options: PrefixOptions, what: string): Hierarchy {
  const { redact = 'right', align = 'left', character = '*' } = options
  if ([...character].length !== 1)
    throw new FrostglassError(
      'usage',
      `"${character}" is not one character of redaction`,
      'Take one character.',
    )
  const characters = values.map((value) => [...value])
  const longest = characters.reduce((most, { length }) => Math.max(most, length), 0)
  const kept =
    options.kept ?? Array.from({ length: Math.max(0, longest - 1) }, (_, level) => longest - 1 - level)
  kept.forEach((count, level) => {
    if (!Number.isInteger(count) || count < 1 || count >= (kept[level - 1] ?? Number.POSITIVE_INFINITY))
      throw new FrostglassError(
        'usage',
        `a hierarchy of prefixes keeps ${kept.join(', ')} characters`,
        'Keep whole numbers of characters that fall from level to level, and 1 at least.',
      )
  })
  const padded = characters.map((cells) => {
    const lacking = Array.from({ length: longest - cells.length }, () => character)
    return align === 'left' ? [...cells, ...lacking] : [...lacking, ...cells]
  })
  const labelAt = (count: number) => (_: string, leaf: number) => {
    const cells = padded[leaf]!
    const gone = character.repeat(Math.max(0, longest - count))
    return redact === 'right' ? cells.slice(0, count).join('') + gone : gone + cells.slice(-count).join('')
  }
  return climb(values, kept.map(labelAt), what)
}
