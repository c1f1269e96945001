// Keyed protection of tables (Smart Privacy Guardian): make a key, protect, encode, restore, decode.
// Source: SPG section 4.2, all seven stages; docs/architecture.md#the-keyed-protection.
// Its strength against an adversary who knows some original rows is measured, not proved: see BREAK.md.

import { layered } from './layered.ts'
import { projection } from './projection.ts'
import type { Protection } from './protection.ts'
import { rotation } from './rotation.ts'

export { type ActivationName, activationNames } from './activationNames.ts'
export { activation } from './activations.ts'
export { type Columns, oneHotLimits } from './attributes.ts'
export { certainRefusal, createKey, type KeyOptions, type NewKey } from './create.ts'
export { describeKey, type Key, type KeyDescription } from './key.ts'
export { readKeyFile, writeKeyFile } from './keyFile.ts'
export { type HiddenLabel, isReleasedLabel } from './labels.ts'
export { type LayeredOptions, layered } from './layered.ts'
export {
  answersManifestOf,
  type LeakSummary,
  labelColumns,
  type Manifest,
  manifestPath,
  readManifest,
  readManifestIfAny,
  verifyManifest,
  writeLeakSummary,
} from './manifest.ts'
export { type Encoded, type KeyedPane, paneOf, protectedNames } from './pane.ts'
export { type ProjectionOptions, projection } from './projection.ts'
export type { ColumnPane, Protection, Scheme } from './protection.ts'
export {
  type EncodeOptions,
  encodeTable,
  openOwnTable,
  protectTable,
  type StreamOptions,
  type StreamReport,
} from './protectTable.ts'
export {
  type DecodeOptions,
  decodeTable,
  originalRows,
  protectedSchema,
  restoreTable,
} from './restoreTable.ts'
export { type RotationOptions, rotation } from './rotation.ts'

/** Every protection of columns in memory; each is one file, and `fit` takes the options of its own. */
export const protections: readonly Protection<never>[] = [layered, rotation, projection]
