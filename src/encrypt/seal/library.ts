// SEAL for a service: the build that computes on where a sum of ciphertexts cancels, instead of throwing.
// Source: node-seal 7, 'node-seal/allows' (SEAL_THROW_ON_TRANSPARENT_CIPHERTEXT off).
// For services alone: an exception would tell who makes up ciphertexts which weights cancel. What hides nothing does not leave:
// every answer is made new. An owner keeps the build that throws.

import type { MainModule } from 'node-seal'

let loading: Promise<MainModule> | undefined

/** The library of this thread, for a service. */
export function loadServiceSeal(): Promise<MainModule> {
  loading ??= import('node-seal/allows').then(({ default: start }) => start())
  return loading
}
