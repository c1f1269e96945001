// All attacks of a participant. A new one is one file here and one line in the list.
// Source: participant.ts. The quickest first.

import { constrainedBackdoor, modelReplacement, semanticBackdoor } from './backdoor.ts'
import { boostedPoisoning, stealthyPoisoning } from './boosting.ts'
import { ganReconstruction } from './ganReconstruction.ts'
import type { ParticipantAttack } from './participant.ts'

/** What {@link auditFleet} runs. */
export const participantAttacks: readonly ParticipantAttack[] = [
  boostedPoisoning,
  stealthyPoisoning,
  modelReplacement,
  constrainedBackdoor,
  semanticBackdoor,
  ganReconstruction,
]
