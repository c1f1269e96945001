// What all columns that are not hidden say of the hidden ones, also those that nobody took for quasi-identifiers.
// Source: Narayanan and Shmatikov (S&P 2008); sensitiveValues.ts has the attacks, which are run here with more columns known.
// The baseline is what the same columns tell of a stranger: a kept column that predicts is no fault of the classes.

import { needsSensitive, type PublishedAttack, type PublishedFound, sightOf } from '../contract.ts'
import { otherColumns, others } from './linkage.ts'
import { homogeneity, skewness } from './sensitiveValues.ts'

/** Who knows the kept columns, too. */
export const otherColumnsTell: PublishedAttack = {
  name: 'hidden-values-other-columns',
  title: 'Hidden values by all columns that are not sensitive',
  standpoint: 'outsider',
  needs: otherColumns.needs,
  source: otherColumns.source,
  obstacle: (evidence) => needsSensitive(evidence) ?? otherColumns.obstacle(evidence),
  async find({ evidence }, options) {
    const quasi = [...evidence.quasi, ...others(evidence)]
    const wide = await sightOf({ ...evidence, quasi, algorithm: undefined }, options)
    const [certain, believed] = [
      await homogeneity.find(wide, options),
      await skewness.find(wide, options),
    ] as readonly (readonly PublishedFound[])[]
    return certain!.map((found, s) => ({
      ...found,
      metrics: [...found.metrics, ...believed![s]!.metrics],
      notes: [
        ...found.notes,
        `Known besides the quasi-identifiers: ${others(evidence)
          .map((name) => `“${name}”`)
          .join(', ')}.`,
      ],
    }))
  },
}
