// All attacks on published tables. A new one is one file in attacks/ and one line in the list.
// Source: contract.ts. The quickest first.

import { deFinetti, strangersAndClasses } from './attacks/deFinetti.ts'
import { intersection } from './attacks/intersection.ts'
import { knownPeople, knownValues, linkage, listed, otherColumns } from './attacks/linkage.ts'
import { localRecoding } from './attacks/localRecoding.ts'
import { minimality } from './attacks/minimality.ts'
import { otherColumnsTell } from './attacks/otherColumnsTell.ts'
import { rowOrder } from './attacks/rowOrder.ts'
import { background, homogeneity, skewness } from './attacks/sensitiveValues.ts'
import type { PublishedAttack } from './contract.ts'

/** What {@link auditPublished} runs. */
export const publishedAttacks: readonly PublishedAttack[] = [
  linkage,
  listed,
  otherColumns,
  knownPeople,
  knownValues,
  homogeneity,
  skewness,
  background,
  otherColumnsTell,
  rowOrder,
  deFinetti,
  strangersAndClasses,
  intersection,
  minimality,
  localRecoding,
]
