// What an adversary gets from what left. One file an attack; each states its standpoint.
// Source: ARCHITECTURE, "Contracts". More attacks come with the issue on what breaks the keyed protection.

export { type LinearRecovery, linearInversion, type Pairs, reordered, rowsThatBreak } from './linear.ts'
