// The attacks on a protected table: one file each in attacks/, and one line here.
// Source: attack.ts for the contract; each attack states its own.
// No attack here succeeding is no proof that none would.

import type { Attack } from './attack.ts'
import { alignedLinkage } from './attacks/alignedLinkage.ts'
import { alternatingInversion } from './attacks/alternatingInversion.ts'
import { alternatingLinkage } from './attacks/alternatingLinkage.ts'
import { blindAlignment } from './attacks/blindAlignment.ts'
import { categoryComponents } from './attacks/categoryComponents.ts'
import { classGeometry } from './attacks/classGeometry.ts'
import { classNaming } from './attacks/classNaming.ts'
import { crowdInversion } from './attacks/crowdInversion.ts'
import { distanceLinkage } from './attacks/distanceLinkage.ts'
import { equalRowPeople, equalRowStrangers } from './attacks/equalRowFrequencies.ts'
import { equalRowLookup } from './attacks/equalRowLookup.ts'
import { independentComponents } from './attacks/independentComponents.ts'
import { learnedInverter } from './attacks/inverter.ts'
import { keyRecovery } from './attacks/keyRecovery.ts'
import { knownSample } from './attacks/knownSample.ts'
import { labelFrequency } from './attacks/labelFrequency.ts'
import { labelInversion } from './attacks/labelInversion.ts'
import { labelLinkage } from './attacks/labelLinkage.ts'
import { labelNames } from './attacks/labelNames.ts'
import { landmarkLinkage } from './attacks/landmarkLinkage.ts'
import { linearInversion } from './attacks/linear.ts'
import { lookupPairs } from './attacks/lookupPairs.ts'
import { lookupPeople } from './attacks/lookupPeople.ts'
import { lookupStrangers } from './attacks/lookupStrangers.ts'
import { ordinalInversion } from './attacks/ordinalInversion.ts'
import { principalAxes } from './attacks/principalAxes.ts'
import { sortedMarginals } from './attacks/sortedMarginals.ts'
import { targetInversion } from './attacks/targetInversion.ts'
import { targetLinkage } from './attacks/targetLinkage.ts'
import { targetPairs } from './attacks/targetPairs.ts'
import { targetPeople } from './attacks/targetPeople.ts'
import { targetShape } from './attacks/targetShape.ts'

/** Every attack that an audit runs, where it applies. */
export const attacks: readonly Attack[] = [
  linearInversion,
  keyRecovery,
  learnedInverter,
  knownSample,
  principalAxes,
  independentComponents,
  sortedMarginals,
  blindAlignment,
  crowdInversion,
  distanceLinkage,
  alignedLinkage,
  landmarkLinkage,
  labelFrequency,
  alternatingInversion,
  alternatingLinkage,
  ordinalInversion,
  classNaming,
  classGeometry,
  targetPairs,
  targetPeople,
  targetShape,
  targetLinkage,
  targetInversion,
  labelNames,
  labelLinkage,
  labelInversion,
  lookupPeople,
  lookupStrangers,
  lookupPairs,
  equalRowLookup,
  equalRowPeople,
  equalRowStrangers,
  categoryComponents,
]
