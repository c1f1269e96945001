// The attacks on images that an audit runs, where they apply.
// Source: docs/architecture.md#the-audit; Yonan et al. 2025.
// No attack here succeeding is no proof that none would.

import { attributeServer } from './attacks/attributeServer.ts'
import { blindMap } from './attacks/blindMap.ts'
import { distanceMatching } from './attacks/distanceMatching.ts'
import { membership } from './attacks/membership.ts'
import { noisyNet, pathNet } from './attacks/outsider.ts'
import { paneIdentity } from './attacks/paneIdentity.ts'
import { recnet } from './attacks/reconstruction.ts'
import { reidentification } from './attacks/reidentification.ts'
import type { ImageAttack } from './contract.ts'

/** Every attack on images. */
export const imageAttacks: readonly ImageAttack[] = [
  recnet,
  attributeServer,
  noisyNet,
  pathNet,
  blindMap,
  reidentification,
  distanceMatching,
  paneIdentity,
  membership,
]
