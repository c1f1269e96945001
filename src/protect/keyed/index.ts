// Keyed protection of tables (Smart Privacy Guardian): make a key, protect, encode, restore, decode.
// Source: SPG section 4.2, all seven stages; docs/architecture.md#the-keyed-protection.
// Its strength against an adversary who knows some original rows is measured, not proved: see BREAK.md.

import { layered } from './layered.ts'
import { projection } from './projection.ts'
import type { Protection } from './protection.ts'
import { rotation } from './rotation.ts'

/** Every protection of columns in memory; each is one file, and `fit` takes the options of its own. */
export const protections: readonly Protection<never>[] = [layered, rotation, projection]
