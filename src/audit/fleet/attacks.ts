// All attacks on what nodes send. A new one is one file here and one line in the list.
// Source: contract.ts. The quickest first.

import type { UpdateAttack } from './contract.ts'
import { denseLeak } from './denseLeak.ts'
import { inversion } from './inversion.ts'
import { labelLeak } from './labelLeak.ts'
import { spanLeak } from './spanLeak.ts'
import { alignment, likelihoodRatioOfUpdate } from './updateMembership.ts'

/** What {@link auditUpdate} runs. */
export const updateAttacks: readonly UpdateAttack[] = [
  labelLeak,
  denseLeak,
  spanLeak,
  alignment,
  likelihoodRatioOfUpdate,
  inversion,
]
