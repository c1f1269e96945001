// Every upgrade that we have, by operator.
// Source: ONNX Changelog. Adding one is an entry in one file here, and a case in its test.

import { broadcastUpgrades } from './broadcast.ts'
import { flattenedUpgrades } from './flattened.ts'
import { inputUpgrades } from './inputs.ts'
import { layerUpgrades } from './layers.ts'
import { resizeUpgrades } from './resize.ts'
import type { Upgrade } from './upgrade.ts'

const all: readonly Upgrade[] = [
  ...broadcastUpgrades,
  ...flattenedUpgrades,
  ...inputUpgrades,
  ...layerUpgrades,
  ...resizeUpgrades,
]

const byName = new Map(all.flatMap((upgrade) => upgrade.names.map((name) => [name, upgrade] as const)))

/** What brings a node of this version to a later one, if there is such. */
export function upgradeOf(name: string, version: number): Upgrade | undefined {
  const upgrade = byName.get(name)
  return upgrade && version < upgrade.to ? upgrade : undefined
}
