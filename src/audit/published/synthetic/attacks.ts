// All attacks on synthetic rows. A new one is one file here and one line in the list.
// Source: contract.ts. The quickest first.

import type { SyntheticAttack } from './contract.ts'
import { inferenceByClassifier, inferenceByNearest } from './inference.ts'
import { linkabilityByOne, linkabilityByTen, linkabilityByTies } from './linkability.ts'
import { membershipByDensity, membershipByDistance, membershipByNearest } from './membership.ts'
import { singlingByFive, singlingByOne, singlingByThree } from './singlingOut.ts'
import { wholeCopies } from './wholeCopies.ts'

/** What {@link auditSynthetic} runs. */
export const syntheticAttacks: readonly SyntheticAttack[] = [
  singlingByOne,
  singlingByThree,
  singlingByFive,
  linkabilityByOne,
  linkabilityByTen,
  linkabilityByTies,
  inferenceByClassifier,
  inferenceByNearest,
  membershipByDensity,
  membershipByNearest,
  membershipByDistance,
  wholeCopies,
]
