// The split of a bundle, repeated from its public seed, so that an auditor has the rows that it was certified on and those held out.
// Source: splitUnits.ts; the lists are told by their hashes.
// A list is of names: data under the same names are not told apart here, but by counting their codes again.

import { FrostglassError } from '../../errors.ts'
import { alike, rowsCutBy } from './certifiedRows.ts'
import type { CodeManifest } from './codeBundle.ts'
import type { CodeSource } from './codeSources.ts'
import { type CertifiedRows, takeCertified } from './issueCodePane.ts'
import type { FixedPane } from './sealedRows.ts'
import { splitUnits } from './splitUnits.ts'

/** Rows of a bundle's data, by what they were for. */
export interface RepeatedSplit {
  readonly calibration: CertifiedRows
  /** The part that nothing was learned from, chosen by or counted on; or the other rows that are given. */
  readonly attacked: CertifiedRows
}

/**
 * Splits again.
 * @param source what the pane was made from, with the attributes of its certificates hidden
 * @param other rows to attack in place of the split's own part
 * @throws FrostglassError `input` where the lists of units are not those of the manifest, or classes are others; `usage` where there
 * is nothing to attack
 */
export function repeatSplit(
  source: CodeSource,
  { split: stated }: Pick<CodeManifest, 'split'>,
  fixed: FixedPane,
  other?: CodeSource,
): RepeatedSplit {
  const [train, validation, calibration, attackTest] = stated.shares as [number, number, number, number]
  const split = splitUnits(source.units, {
    shares: { train, validation, calibration, attackTest },
    seed: stated.seed,
  })
  for (const part of ['train', 'validation', 'calibration', 'attackTest'] as const)
    if (split[part].sha256 !== stated[part].sha256)
      throw new FrostglassError(
        'input',
        `${source.name}: its ${part} part is not the list of units that the bundle was made with`,
        'Give the data that it was made from, all of them, and the same units.',
      )
  if (!other && attackTest === 0)
    throw new FrostglassError(
      'usage',
      'the split of this bundle kept no units to attack',
      'Name other rows: --attacked.',
    )
  const certified = rowsCutBy(source, split.train.rows)
  const rows = certified(source, source.inputs(split.train.rows).x)
  const opened = split.calibration.open([fixed])
  return {
    calibration: takeCertified(rows, opened.rows),
    attacked: other
      ? alike(rows, certified(other, other.inputs(new Int32Array()).x))
      : takeCertified(rows, split.attackTest.rows),
  }
}
