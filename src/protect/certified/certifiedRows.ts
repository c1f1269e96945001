// Rows of a source as they are certified and attacked: what is hidden cut into classes, by training rows alone.
// Source: codeSources.ts. Whoever makes a pane, and whoever audits one, cut alike.
// It looks at no calibration row to place a cut.

import type { Labels } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'
import { type CodeSource, hiddenClasses } from './codeSources.ts'
import type { CertifiedRows } from './issueCodePane.ts'

/**
 * How rows of a source, or of one like it, are cut.
 * @param train the training rows of `source` @throws FrostglassError `input` where a number has no three classes among them
 */
export function rowsCutBy(
  source: CodeSource,
  train: Int32Array,
): (of: CodeSource, x: Tensor) => CertifiedRows {
  const cuts = Object.entries(source.hidden).map(
    ([name, hidden]) => [name, hiddenClasses(hidden, train)] as const,
  )
  return (of, x) => ({
    x,
    label: of.label,
    attributes: Object.fromEntries(cuts.map(([name, cut]) => [name, cut(of.hidden[name]!)])),
    units: of.units,
  })
}

/** Rows of other data, where these have the same classes by the same numbers. @throws FrostglassError `input` */
export function alike(rows: CertifiedRows, others: CertifiedRows): CertifiedRows {
  const classes = ({ label, attributes }: CertifiedRows): Record<string, Labels> => ({
    ...attributes,
    label,
  })
  const wanted = classes(rows)
  for (const [what, { names }] of Object.entries(classes(others))) {
    const own = wanted[what]!.names
    if (JSON.stringify(own) === JSON.stringify(names)) continue
    throw new FrostglassError(
      'input',
      `the rows to attack have other values of '${what}': ${names.join(', ')}, not ${own.join(', ')}`,
      'Give data of the same classes.',
    )
  }
  return others
}
